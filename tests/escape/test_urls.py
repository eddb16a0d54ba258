"""url_escape, url_unescape and parse_qs_bytes, against urllib."""

from __future__ import annotations

from urllib.parse import (
    parse_qs,
    quote,
    quote_plus,
    unquote,
    unquote_plus,
    unquote_to_bytes,
    urlencode,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth_of
from zonda.escape import parse_qs_bytes, url_escape, url_unescape

encodable = st.text(st.characters(exclude_categories=["Cs"]))
queries = st.text(alphabet="%+&=;abcdefABCDEF0123456789\xe9\n")


@given(encodable | st.binary())
def test_url_escape_agrees_with_urllib(value: str | bytes) -> None:
    assert url_escape(value) == quote_plus(value)
    assert url_escape(value, plus=False) == quote(value)


@given(encodable, st.booleans())
def test_url_unescape_undoes_url_escape(text: str, plus: bool) -> None:
    assert url_unescape(url_escape(text, plus), plus=plus) == text
    assert url_unescape(url_escape(text, plus).encode(), plus=plus) == text
    assert url_unescape(url_escape(text, plus), encoding=None, plus=plus) == text.encode()


@given(encodable | queries, st.sampled_from(["utf-8", "latin-1", "shift_jis", "utf-16"]))
def test_url_unescape_agrees_with_urllib(text: str, encoding: str) -> None:
    assert url_unescape(text, encoding) == unquote_plus(text, encoding)
    assert url_unescape(text, encoding, plus=False) == unquote(text, encoding)
    assert url_unescape(text.encode(), encoding, plus=False) == unquote(text, encoding)


@given(st.binary() | queries.map(str.encode))
def test_unescaping_to_bytes_agrees_with_urllib(data: bytes) -> None:
    assert url_unescape(data, None, plus=False) == unquote_to_bytes(data)
    assert url_unescape(data, None) == unquote_to_bytes(data.replace(b"+", b" "))


@pytest.mark.parametrize(
    ("escaped", "encoding", "expected"),
    [
        ("%C3%A9", "utf8", "\xe9"),
        ("%C3%A9", "latin1", "\xc3\xa9"),
        ("%C3%A9", None, b"\xc3\xa9"),
        ("%E9", "utf8", "\ufffd"),
        ("%83A", "shift_jis", "\u30a2"),
        ("100%", "utf8", "100%"),
        ("%zz%4", "utf8", "%zz%4"),
    ],
)
def test_url_unescape_in_other_encodings(
    escaped: str, encoding: str | None, expected: str | bytes
) -> None:
    assert url_unescape(escaped, encoding) == expected


def test_url_functions_refuse_what_they_cannot_read() -> None:
    with pytest.raises(TypeError, match="expected str or bytes, got int"):
        url_escape(1)  # type: ignore[arg-type]  # that is what is tested
    with pytest.raises(LookupError, match="nosuch"):
        url_unescape("%41", "nosuch")
    with pytest.raises(UnicodeDecodeError):
        url_unescape(b"\xe9")


@given(queries, st.booleans())
def test_parse_qs_bytes_agrees_with_urllib(query: str, blank: bool) -> None:
    theirs = parse_qs(query, keep_blank_values=blank, encoding="latin-1", separator="&")
    ours = parse_qs_bytes(query, keep_blank_values=blank)
    assert {name: [v.decode("latin-1") for v in values] for name, values in ours.items()} == theirs
    assert parse_qs_bytes(query.encode("latin-1"), keep_blank_values=blank) == ours


@given(st.lists(st.tuples(st.text("ab \xe9&=%+"), st.text("ab \xe9&=%+", min_size=1))))
def test_encoded_fields_come_back(fields: list[tuple[str, str]]) -> None:
    expected: dict[str, list[bytes]] = {}
    for name, value in fields:
        expected.setdefault(name, []).append(value.encode("latin-1"))
    assert parse_qs_bytes(urlencode(fields, encoding="latin-1")) == expected


@pytest.mark.parametrize("query", ["a=1&&b=2", "a", "a=1&b"])
def test_strict_parsing_names_the_field(query: str) -> None:
    with pytest.raises(ValueError, match="has no '='"):
        parse_qs_bytes(query, strict_parsing=True)


def test_the_number_of_fields_can_be_limited() -> None:
    assert parse_qs_bytes("a=1&b=2", max_num_fields=2) == {"a": [b"1"], "b": [b"2"]}
    with pytest.raises(ValueError, match="3 fields, 2 are allowed"):
        parse_qs_bytes("a=1&b=2&c=3", max_num_fields=2)


def test_a_query_outside_latin1_is_refused() -> None:
    with pytest.raises(ValueError, match="latin-1"):
        parse_qs_bytes("a=\u20ac")


def test_an_empty_query_has_no_fields() -> None:
    assert parse_qs_bytes("", strict_parsing=True) == {}
    assert parse_qs_bytes(b"&&&", keep_blank_values=True) == {}


@pytest.mark.parametrize("unit", ["%", "%4", "%41", "a%41", "\xe9%41", "+", "&", "a=1&", "="])
def test_url_functions_are_linear(unit: str) -> None:
    for function in (url_escape, url_unescape, parse_qs_bytes):
        assert growth_of(function, lambda size: "a=" + unit * size) < LINEAR
