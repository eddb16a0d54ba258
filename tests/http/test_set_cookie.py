"""Writing and reading the ``Set-Cookie`` header."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http.errors import HTTPOutputError
from zonda.http.set_cookie import (
    SetCookie,
    format_set_cookie,
    parse_cookie_date,
    parse_set_cookie,
)

DATE = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "options", "header"),
    [
        ("v", {}, "n=v; Path=/"),
        ("v", {"path": None}, "n=v"),
        ("v", {"path": ""}, "n=v"),
        ("", {}, 'n=""; Path=/'),
        ("a=b", {}, 'n="a=b"; Path=/'),
        ("a;b", {}, 'n="a\\073b"; Path=/'),
        ("a,b", {}, 'n="a\\054b"; Path=/'),
        ('a"b', {}, 'n="a\\"b"; Path=/'),
        ("v", {"domain": "foo.com", "path": "/foo"}, "n=v; Domain=foo.com; Path=/foo"),
        ("v", {"domain": ".foo.com", "path": None}, "n=v; Domain=.foo.com"),
        ("v", {"expires": 784111777}, "n=v; expires=Sun, 06 Nov 1994 08:49:37 GMT; Path=/"),
        ("v", {"expires": DATE}, "n=v; expires=Sun, 06 Nov 1994 08:49:37 GMT; Path=/"),
        ("v", {"max_age": 10}, "n=v; Max-Age=10; Path=/"),
        ("v", {"max_age": 0}, "n=v; Max-Age=0; Path=/"),
        ("v", {"max_age": -1}, "n=v; Max-Age=-1; Path=/"),
        ("v", {"secure": True}, "n=v; Path=/; Secure"),
        ("v", {"httponly": True}, "n=v; HttpOnly; Path=/"),
        ("v", {"samesite": "lax"}, "n=v; Path=/; SameSite=Lax"),
        ("v", {"samesite": "Strict"}, "n=v; Path=/; SameSite=Strict"),
        ("v", {"samesite": "none", "secure": True}, "n=v; Path=/; SameSite=None; Secure"),
        ("v", {"secure": True, "partitioned": True}, "n=v; Partitioned; Path=/; Secure"),
    ],
)
def test_format_set_cookie(value: str, options: dict[str, Any], header: str) -> None:
    assert format_set_cookie("n", value, **options) == header


CONTROLS = [chr(number) for number in range(0x21)] + ["\x7f"]


@pytest.mark.parametrize("bad", [*CONTROLS, ";", ",", "=", '"', "\xe9", "\u20ac", "\ud800"])
def test_names_are_tokens(bad: str) -> None:
    with pytest.raises(HTTPOutputError, match="Invalid cookie attribute name"):
        format_set_cookie(f"a{bad}b", "v")


def test_names_are_not_empty() -> None:
    with pytest.raises(ValueError, match="Invalid cookie attribute name"):
        format_set_cookie("", "v")


@pytest.mark.parametrize("bad", [*CONTROLS, ";", ",", "\xe9", "\u20ac", "\n"])
@pytest.mark.parametrize("attribute", ["domain", "path", "samesite"])
def test_attributes_cannot_have_what_ends_them(attribute: str, bad: str) -> None:
    good = {"domain": "example.com", "path": "/a", "samesite": "Lax"}[attribute]
    for text in (good + bad, bad + good, good[:2] + bad + good[2:]):
        options: dict[str, Any] = {attribute: text}
        with pytest.raises(
            ValueError, match=f"Invalid cookie attribute {attribute}=.*for cookie 'n'"
        ):
            format_set_cookie("n", "v", **options)


@pytest.mark.parametrize("bad", CONTROLS)
def test_values_have_no_spaces_or_control_characters(bad: str) -> None:
    with pytest.raises(ValueError, match="cannot have"):
        format_set_cookie("n", f"a{bad}b")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_age": "1; Domain=x"}, "max_age='1; Domain=x'.*must be an int"),
        ({"max_age": 1.5}, "max_age=1.5"),
        ({"max_age": True}, "max_age=True"),
        ({"expires": "Sun; Domain=x"}, "expires="),
        ({"expires": 1e30}, "expires=.*cannot be written"),
        ({"samesite": "Laxer"}, "must be Strict, Lax or None"),
        ({"partitioned": True}, "needs secure"),
        ({"domain": "a..b"}, "domain="),
        ({"domain": "http://a"}, "domain="),
        ({"path": "/a;Domain=x"}, "path="),
    ],
)
def test_attributes_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        format_set_cookie("n", "v", **options)


@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_no_text_adds_an_attribute(
    name: str, value: str, domain: str, path: str, samesite: str
) -> None:
    try:
        header = format_set_cookie(
            name, value, domain=domain, path=path, samesite=samesite, httponly=True
        )
    except ValueError:
        return
    assert not set(header) & set("\r\n\0,")
    known = {"Domain", "HttpOnly", "Path", "SameSite"}
    attributes = [part.partition("=")[0] for part in header.split("; ")[1:]]
    assert set(attributes) <= known
    assert len(attributes) == len(set(attributes))


@pytest.mark.parametrize(
    ("header", "cookie"),
    [
        ("a=b", SetCookie("a", "b")),
        (" a = b ;", SetCookie("a", "b")),
        ("b", SetCookie("", "b")),
        ("=b", SetCookie("", "b")),
        ("a=", SetCookie("a", "")),
        ('a="b c"', SetCookie("a", '"b c"')),
        (
            "a=b; Secure; HttpOnly; Partitioned",
            SetCookie("a", "b", secure=True, httponly=True, partitioned=True),
        ),
        ("a=b; SECURE=no", SetCookie("a", "b", secure=True)),
        ("a=b; Path=/x; path=/y", SetCookie("a", "b", path="/y")),
        ("a=b; Path=/x; path=y", SetCookie("a", "b")),
        ("a=b; Path=", SetCookie("a", "b")),
        ("a=b; Domain=.Example.COM", SetCookie("a", "b", domain="example.com")),
        ("a=b; Domain=", SetCookie("a", "b")),
        ("a=b; Max-Age=60", SetCookie("a", "b", max_age=60)),
        ("a=b; Max-Age=-60", SetCookie("a", "b", max_age=-60)),
        ("a=b; Max-Age=7; Max-Age=x", SetCookie("a", "b", max_age=7)),
        ("a=b; Max-Age=" + "9" * 500, SetCookie("a", "b")),
        ("a=b; Expires=Sun, 06 Nov 1994 08:49:37 GMT", SetCookie("a", "b", expires=784111777)),
        ("a=b; Expires=never", SetCookie("a", "b")),
        ("a=b; SameSite=lax", SetCookie("a", "b", samesite="Lax")),
        ("a=b; SameSite=foo", SetCookie("a", "b")),
        ("a=b; Unknown=1; =; ;", SetCookie("a", "b")),
        ("a=b; Path=/" + "x" * 1024, SetCookie("a", "b")),
    ],
)
def test_parse_set_cookie(header: str, cookie: SetCookie) -> None:
    assert parse_set_cookie(header) == cookie


@pytest.mark.parametrize(
    "header", ["", ";", "=", " = ; Path=/", "a=b\x00", "a=b\r\nX: y", "a=" + "x" * 4096, "a=b\x7f"]
)
def test_what_a_browser_ignores(header: str) -> None:
    assert parse_set_cookie(header) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784111777),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784111777),
        ("Sun Nov  6 08:49:37 1994", 784111777),
        ("1994 November 6, 8:49:37", 784111777),
        ("08:49:37x 6th nov 94z", 784111777),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 4102444800),
        ("Sat, 01 Jan 69 00:00:00", 3124224000),
        ("06 Nov 1994", None),
        ("06 Nov 08:49:37", None),
        ("06 1994 08:49:37", None),
        ("Nov 1994 08:49:37", None),
        ("31 Feb 1994 08:49:37", None),
        ("06 Nov 1994 24:00:00", None),
        ("06 Nov 1994 08:60:00", None),
        ("06 Nov 1600 08:49:37", None),
        ("06 Nov 19945 08:49:37", None),
        ("", None),
    ],
)
def test_parse_cookie_date(text: str, seconds: float | None) -> None:
    assert parse_cookie_date(text) == seconds


@given(st.text())
def test_any_header_is_read_or_ignored(header: str) -> None:
    cookie = parse_set_cookie(header)
    assert cookie is None or cookie.name or cookie.value


@given(st.text(alphabet="0123456789: ,-JanFebGMT"))
def test_any_date_is_read_or_ignored(text: str) -> None:
    seconds = parse_cookie_date(text)
    assert seconds is None or seconds >= -11644473600


@pytest.mark.parametrize("unit", [";", "a=b;", "Path=/x;", ";Expires=1 ", "\t"])
def test_parse_set_cookie_is_linear(unit: str) -> None:
    def run(size: int) -> Any:
        header = "a=b;" + unit * size
        return lambda: parse_set_cookie(header)

    assert growth(run) < LINEAR


@pytest.mark.parametrize("unit", ["1", "1:", "Jan ", "1 ", "a"])
def test_parse_cookie_date_is_linear(unit: str) -> None:
    def run(size: int) -> Any:
        text = unit * size
        return lambda: parse_cookie_date(text)

    assert growth(run) < LINEAR
