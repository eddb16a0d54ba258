"""How long a match can be, and when nobody can tell."""

from __future__ import annotations

import re
import sys

import pytest

from zonda.iostream.pattern_width import longest_match


@pytest.mark.parametrize(
    ("pattern", "longest"),
    [
        (rb"\r?\n\r?\n", 4),
        (rb"(a|bc){2,3}", 6),
        (rb"[a-z]{1,20};", 21),
        (rb"(ab)\1", 4),
        (rb"x{0,0}", 1),
        (rb"a+", None),
        (rb"a.*b", None),
        (rb"a(?=b)", None),
        (rb"a(?!b)", None),
        (rb"((a)(?:b|c\b))", None),
        (rb"a$", None),
    ],
)
def test_longest_match(pattern: bytes, longest: int | None) -> None:
    assert longest_match(re.compile(pattern)) == longest


def test_an_unknown_parser_means_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re._parser", None)
    assert longest_match(re.compile(rb"only here \d")) is None
