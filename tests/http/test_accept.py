"""Choosing what the client likes best."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http.accept import (
    MAX_PREFERENCES,
    Preference,
    negotiate,
    negotiate_encoding,
    negotiate_language,
    parse_accept,
)

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("header", "entries"),
    [
        ("", []),
        (",, ,", []),
        ("A/B", [("a/b", 1.0, {})]),
        (
            "a, b;q=0.5, c;q=0.9, d",
            [("a", 1.0, {}), ("d", 1.0, {}), ("c", 0.9, {}), ("b", 0.5, {})],
        ),
        ("a;q=0, b;Q=1.000", [("b", 1.0, {}), ("a", 0.0, {})]),
        ("a ; x=1 ; q=0.1", [("a", 0.1, {"x": "1"})]),
        ('a;x="1,2;q=0", b', [("a", 1.0, {"x": "1,2;q=0"}), ("b", 1.0, {})]),
        # What is malformed is left out.
        ("a;q=2, b;q=-1, c;q=x, d;q=, e;q=1.5, f;q=0.5x, g", [("g", 1.0, {})]),
        ('a;x="1, b', []),
        ("a;x, b", [("b", 1.0, {})]),
    ],
)
def test_parse_accept(header: str, entries: list[tuple[str, float, dict[str, str]]]) -> None:
    assert parse_accept(header) == [Preference(*entry) for entry in entries]


def test_what_is_behind_the_limit_is_not_looked_at() -> None:
    header = ",".join([f"t/{n};q=0.5" for n in range(MAX_PREFERENCES)] + ["last/one"])
    assert len(parse_accept(header)) == MAX_PREFERENCES
    assert negotiate(header, ["last/one"]) is None


@pytest.mark.parametrize(
    ("header", "offers", "best"),
    [
        (None, ["text/html", "application/json"], "text/html"),
        ("", ["text/html", "application/json"], "text/html"),
        (";;;", ["text/html"], "text/html"),
        (None, [], None),
        ("*/*", [], None),
        (BROWSER, ["application/json", "text/html"], "text/html"),
        (BROWSER, ["application/json"], "application/json"),
        ("application/json", ["text/html", "application/json"], "application/json"),
        ("APPLICATION/JSON", ["application/json"], "application/json"),
        ("image/png", ["text/html"], None),
        ("text/html;q=0", ["text/html"], None),
        ("*/*, text/html;q=0", ["text/html", "text/plain"], "text/plain"),
        ("*", ["text/html"], "text/html"),
        ("text/*;q=0.5, application/json", ["text/html", "application/json"], "application/json"),
        # Equals: the first offer.
        ("a/a, b/b", ["b/b", "a/a"], "b/b"),
        # The more specific entry decides, wherever it stands: RFC 9110 section 12.5.1.
        ("text/*;q=0.3, text/plain;q=0.7, */*;q=0.5", ["text/html", "image/png"], "image/png"),
        ("text/*;q=0.9, text/plain;q=0.1", ["text/plain", "text/html"], "text/html"),
        (
            "text/html;level=1, text/html;q=0.1",
            ["text/html", "text/html;level=1"],
            "text/html;level=1",
        ),
        ("text/html;level=2", ["text/html;level=1"], None),
        ("text/html", ["text/html;charset=utf-8"], "text/html;charset=utf-8"),
    ],
)
def test_negotiate(header: str | None, offers: list[str], best: str | None) -> None:
    assert negotiate(header, offers) == best


@pytest.mark.parametrize(
    ("header", "best"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, br;q=0.9", "gzip"),
        ("*", "br"),
        ("*, br;q=0", "gzip"),
        ("*;q=0.5, gzip", "gzip"),
        ("deflate", "identity"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0, *;q=0", None),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("*;q=0, identity", "identity"),
        ("gzip;q=0.5, identity", "identity"),
        ("gzip, identity;q=0.5", "gzip"),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("identity;q=0, gzip", "gzip"),
        ("gzip;q=0.2, gzip;q=0.9", "gzip"),
    ],
)
def test_negotiate_encoding(header: str | None, best: str | None) -> None:
    assert negotiate_encoding(header, ["br", "gzip"]) == best


@pytest.mark.parametrize(
    ("header", "offers", "best"),
    [
        (None, ["en", "de"], "en"),
        ("", ["en"], "en"),
        (None, [], None),
        ("de", ["en", "de"], "de"),
        ("de-AT, en;q=0.5", ["en_US", "de"], "de"),
        ("pt_BR, pt-BR", ["pt_BR"], "pt_BR"),
        ("en", ["en_US"], "en_US"),
        ("en-US, en;q=0.5", ["en_GB", "en_US"], "en_US"),
        ("en-GB", ["en-US", "en"], "en"),
        ("en", ["en-US", "en"], "en"),
        ("zh-Hant-TW", ["zh-Hans", "zh-Hant"], "zh-Hant"),
        ("eng", ["en"], None),
        ("en", ["eng"], None),
        ("fr", ["en", "de"], None),
        ("*", ["en"], "en"),
        ("fr, *;q=0.1", ["en"], "en"),
        ("en;q=0.5, en-US;q=0", ["en-US"], None),
        ("en-US;q=0, en", ["en"], "en"),
        ("de;q=0, *", ["de", "en"], "en"),
        ("*;q=0", ["de"], None),
    ],
)
def test_negotiate_language(header: str | None, offers: list[str], best: str | None) -> None:
    assert negotiate_language(header, offers) == best


OFFERS = ["text/html", "text/plain;format=flowed", "application/json"]
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from([*OFFERS, "text/*", "*/*", "text/plain", "image/*"]),
        st.sampled_from(["0", "0.1", "0.5", "1"]),
    ),
    min_size=1,
    unique_by=lambda entry: entry[0],
)


@given(ENTRIES)
def test_the_choice_is_acceptable_and_none_is_liked_better(entries: list[tuple[str, str]]) -> None:
    def liked(offer: str) -> float:
        plain = offer.partition(";")[0]
        for name in (offer, plain, plain.partition("/")[0] + "/*", "*/*"):
            for entry, quality in entries:
                if entry == name:
                    return float(quality)
        return 0.0

    best = negotiate(", ".join([f"{name};q={quality}" for name, quality in entries]), OFFERS)
    if best is None:
        assert max(map(liked, OFFERS)) == 0.0
    else:
        assert liked(best) == max(map(liked, OFFERS)) > 0.0


@given(st.text() | st.text(alphabet='ab*/,;q="=01. -'))
def test_any_header_gives_an_offer_or_none(header: str) -> None:
    assert negotiate(header, OFFERS) in [*OFFERS, None]
    assert negotiate_encoding(header, ["br", "gzip"]) in ["br", "gzip", "identity", None]
    assert negotiate_language(header, ["en", "de"]) in ["en", "de", None]


@pytest.mark.parametrize(
    "unit", ["a,", ",", ";", "a;q=1,", '"', '\\"', '"\\', " ", "a/b;c=d;", "*"]
)
def test_negotiation_is_linear(unit: str) -> None:
    def run(size: int) -> Callable[[], object]:
        header = unit * size
        return lambda: [
            negotiate(header, OFFERS),
            negotiate_encoding(header, ["br", "gzip"]),
            negotiate_language(header, ["en", "de"]),
        ]

    assert growth(run) < LINEAR
