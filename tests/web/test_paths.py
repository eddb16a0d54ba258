"""Paths are compared by their parts, not by their first letters."""

from __future__ import annotations

import os

import pytest

from zonda.web.paths import absolute, is_below


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [
        ("/a/b", "/a", True),
        ("/a", "/a", True),
        ("/a/b", "/a/", True),
        ("/ab", "/a", False),
        ("/a_secret/b", "/a", False),
        ("/b", "/", True),
    ],
)
def test_below(path: str, root: str, below: bool) -> None:
    assert is_below(path, root) is below


@pytest.mark.parametrize("path", ["/a/../b", "/a/./b/", "/a//b", "relative", "../up"])
def test_absolute_is_what_the_standard_library_says(path: str) -> None:
    assert absolute(path) == os.path.abspath(path)
