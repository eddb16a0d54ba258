"""What is said of a pattern is true of every path that matches it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.web.pattern_parts import NOTHING_KNOWN, known_of, literal_parts


@pytest.mark.parametrize(
    ("source", "literal", "prefix", "segments"),
    [
        ("/a/b", "/a/b", "/a/b", {0: "", 1: "a", 2: "b"}),
        (r"^/a\.b", "/a.b", "/a.b", {0: "", 1: "a.b"}),
        (r"/a/(\d+)/b", None, "/a/", {0: "", 1: "a", 3: "b"}),
        (r"/(\d+)/b", None, "/", {0: "", 2: "b"}),
        (r"/([^/]+)/b/(.*)", None, "/", {0: "", 2: "b"}),
        (r"/(.*)/b", None, "/", {0: ""}),
        (r"/a/?", None, "/a", {0: ""}),
        (r"/ab?/c", None, "/a", {0: "", 2: "c"}),
        (r"/ab{2,3}/c", None, "/a", {0: "", 2: "c"}),
        (r"/a-(\w)/c", None, "/a-", {0: "", 2: "c"}),
        (r"/[a-z]+/c", None, "/", {0: "", 2: "c"}),
        (r"/[ -~]/c", None, "/", {0: ""}),
        (r"/[^a]/c", None, "/", {0: ""}),
        (r"/[\W]/c", None, "/", {0: ""}),
        (r"/(\D)/c", None, "/", {0: ""}),
        (r"/\w+/c", None, "/", {0: "", 2: "c"}),
        (r"/\S/c", None, "/", {0: ""}),
        (r"/./c", None, "/", {0: ""}),
        (r"/(a(b|c)[)]\))/c", None, "/", {0: "", 2: "c"}),
        (r"/(a/b)/c", None, "/", {0: ""}),
        (r"/(a|\/)/c", None, "/", {0: ""}),
    ],
)
def test_texts_of_a_pattern(
    source: str, literal: str | None, prefix: str, segments: dict[int, str]
) -> None:
    assert known_of(re.compile(source + "$")) == (literal, prefix, segments)


@pytest.mark.parametrize(
    "regex",
    [
        re.compile("/a$", re.IGNORECASE),
        re.compile("/a|/b$"),
        re.compile("/(?=a)a$"),
        re.compile("/(?i:a)$"),
        re.compile("/a$b$"),
        re.compile("/(?#x)a$"),
    ],
)
def test_of_what_is_too_clever_nothing_is_said(regex: re.Pattern[str]) -> None:
    assert known_of(regex) == NOTHING_KNOWN


PIECES = [
    "/",
    "a",
    "b",
    r"\.",
    "(a)",
    "([^/]+)",
    r"(\d*)",
    "(a|b)",
    "(.*)",
    "[ab]",
    "(?:a/)?",
    "a?",
]
TEXT = st.text("/ab.1", max_size=8)


@given(st.lists(st.sampled_from(PIECES), max_size=6), TEXT)
def test_what_is_known_holds_for_all_that_match(pieces: list[str], path: str) -> None:
    regex = re.compile("".join(pieces) + "$")
    known = known_of(regex)
    if regex.match(path):
        assert known.literal in (None, path)
        assert path.startswith(known.prefix)
        segments = path.split("/")
        for number, text in known.segments.items():
            assert segments[number] == text


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("/a", ["/a"]),
        (r"/a/(\d+)$", ["/a/", ""]),
        (r"^/([^/]+)/b\.html", ["/", "/b.html"]),
        ("/(?P<x>a(b))c", ["/", "c"]),
        ("/(?:a)", None),
        ("/a?", None),
        ("/(a)?", None),
        ("/(a)*", None),
        (r"/\d+", None),
        ("/a|b", None),
        ("/[ab]", None),
        ("/(a", None),
        ("/[a", None),
        ("/a{", None),
    ],
)
def test_the_texts_around_groups(source: str, parts: list[str] | None) -> None:
    assert literal_parts(source) == parts
