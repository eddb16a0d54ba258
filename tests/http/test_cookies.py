"""Reading the ``Cookie`` header."""

from __future__ import annotations

import http.cookies
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http.cookies import Morsel, parse_cookie, quote_cookie_value, unquote_cookie_value
from zonda.http.errors import HTTPOutputError

LATIN = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"))


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("", {}),
        ("a=b", {"a": "b"}),
        ("chips=ahoy; vienna=finger", {"chips": "ahoy", "vienna": "finger"}),
        ("a=b;c=d;", {"a": "b", "c": "d"}),
        # A semicolon separates, also between quotes.
        ('ga="a;_xsrf=evil"', {"ga": '"a', "_xsrf": 'evil"'}),
        (
            'k="E=mc2; L=\\"Loves\\"; f=\\012;"',
            {"k": '"E=mc2', "L": '\\"Loves\\"', "f": "\\012", "": '"'},
        ),
        # Characters that no grammar allows stay where they are, and harm nobody else.
        ("a=b; c=[; d=r; f=h", {"a": "b", "c": "[", "d": "r", "f": "h"}),
        ("k:e]y=v:a,l u<e>; ok=1", {"k:e]y": "v:a,l u<e>", "ok": "1"}),
        ("saint=Andr\xe9 Bessette; ok=1", {"saint": "Andr\xe9 Bessette", "ok": "1"}),
        ("a=\x00\x01; ok=1", {"a": "\x00\x01", "ok": "1"}),
        # Only the first equals sign separates.
        ("a=b=c", {"a": "b=c"}),
        # No equals sign: a value without a name.
        ("abc=def; unnamed; lang=en", {"abc": "def", "": "unnamed", "lang": "en"}),
        ('a=b; "; c=d', {"a": "b", "": '"', "c": "d"}),
        ("=x", {"": "x"}),
        ("x=", {"x": ""}),
        ("  =  b  ;  ;  =  ;   c  =  ;  ", {"": "b", "c": ""}),
        # The last one of a name counts.
        ("a=b; h=i; a=c", {"a": "c", "h": "i"}),
        # What a browser would take for an attribute is a cookie here.
        ("a=b; Path=/", {"a": "b", "Path": "/"}),
        # Only spaces and tabs are white space: a byte of UTF-8 may look like more.
        ("a=\xc3\xa0\t; b=\x85x", {"a": "\xc3\xa0", "b": "\x85x"}),
    ],
)
def test_parse_cookie(header: str, cookies: dict[str, str]) -> None:
    assert parse_cookie(header) == cookies


@pytest.mark.parametrize(
    ("quoted", "value"),
    [
        (r'"b"', "b"),
        (r'""', ""),
        (r'"', '"'),
        (r'"b', '"b'),
        (r'b"', 'b"'),
        (r'"b=\""', 'b="'),
        (r'"b=\\"', "b=\\"),
        (r'"b=\="', "b=="),
        (r'"b=\n"', "b=n"),
        (r'"b=\042"', 'b="'),
        (r'"b=\073"', "b=;"),
        (r'"b=\377"', "b=\xff"),
        (r'"b=\400"', "b=400"),
        (r'"b=\42"', "b=42"),
        (r'"b=\\042"', "b=\\042"),
        (r'"b=\\\042"', 'b=\\"'),
        (r'"b=\134\""', 'b=\\"'),
        ('"b=\\\n"', "b=\n"),
    ],
)
def test_quoted_values_are_unquoted(quoted: str, value: str) -> None:
    assert unquote_cookie_value(quoted) == value


@pytest.mark.parametrize(
    "make",
    [
        lambda n: 'a="b=' + "\\\\" * n + '"',
        lambda n: 'a="b=' + "\\134" * n + '"',
        lambda n: 'a="' + '"' * n + '"',
        lambda n: 'a="' + "\\" * n + '"',
        lambda n: 'a="' + '\\"' * n,
        lambda n: ";" * n,
        lambda n: "a=b;" * n,
        lambda n: 'a"' * n + ";" + '"' * n,
        lambda n: "=" * n,
        lambda n: " \t" * n,
    ],
)
def test_parse_cookie_is_linear(make: Callable[[int], str]) -> None:
    def run(size: int) -> Callable[[], object]:
        header = make(size)
        return lambda: parse_cookie(header)

    assert growth(run) < LINEAR


@given(LATIN)
def test_what_is_quoted_is_read_back(value: str) -> None:
    quoted = quote_cookie_value(value)
    assert not set(quoted) & set("; ,\r\n")
    assert parse_cookie(f"x=1; a={quoted}; y=2") == {"x": "1", "a": value, "y": "2"}


@given(LATIN)
def test_values_are_quoted_as_the_standard_library_does(value: str) -> None:
    cookie: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
    cookie["a"] = value
    assert Morsel("a", value).coded_value == cookie["a"].coded_value


@pytest.mark.parametrize("bad", [" ", "a b", "\t", "a\r\nb", "\x00", "\x7f", "\u20ac", "\ud800"])
def test_values_that_cannot_be_quoted(bad: str) -> None:
    with pytest.raises(HTTPOutputError, match="cannot have"):
        quote_cookie_value(bad)


@given(st.text(), st.text())
def test_any_text_is_parsed_and_good_pairs_are_kept(before: str, after: str) -> None:
    cookies = parse_cookie(f"{before};good=1;{after}")
    if "good" not in after:
        assert cookies["good"] == "1"
    assert all(isinstance(name, str) for name in cookies)


@given(st.lists(st.text('ab= \t;"\\', max_size=4)))
def test_simple_headers_are_read_as_others(pairs: list[str]) -> None:
    header = "; ".join([*pairs, "long=" + "x" * 1000])
    assert parse_cookie(header) == parse_cookie(";" + header)


@given(st.text('a0\\"', max_size=8).filter(lambda text: not text.endswith("\\")))
def test_quotes_in_quotes_are_read_beside_other_escapes(text: str) -> None:
    assert unquote_cookie_value(f'"{text}"') + "," == unquote_cookie_value(f'"{text}\\054"')


def test_morsel_has_key_and_value() -> None:
    morsel = Morsel("a", "b;c")
    assert (morsel.key, morsel.value, morsel.coded_value) == ("a", "b;c", '"b\\073c"')
