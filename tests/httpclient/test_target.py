from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.httpclient import RequestError
from zonda.httpclient.target import parse_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://example.org", ("http", "example.org", 80, "/", "example.org", None)),
        ("HTTP://Example.ORG:80?a", ("http", "example.org", 80, "/?a", "example.org", None)),
        ("https://a:8443/p#f", ("https", "a", 8443, "/p", "a:8443", None)),
        ("https://[::1]:443/", ("https", "::1", 443, "/", "[::1]", None)),
        ("http://[::1]:81/", ("http", "::1", 81, "/", "[::1]:81", None)),
        ("http://u%40:p%3A@h/", ("http", "h", 80, "/", "h", ("u@", "p:"))),
        ("http://u@h/", ("http", "h", 80, "/", "h", ("u", ""))),
        (
            "http://bücher.example/",
            ("http", "xn--bcher-kva.example", 80, "/", "xn--bcher-kva.example", None),
        ),
        (
            "http://bücher.example:81/",
            ("http", "xn--bcher-kva.example", 81, "/", "xn--bcher-kva.example:81", None),
        ),
        ("http://h/a@b:c", ("http", "h", 80, "/a@b:c", "h", None)),
    ],
)
def test_urls(url: str, expected: tuple[object, ...]) -> None:
    assert parse_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.org", "//example.org/", "ftp://h/", "file:///etc/passwd", "javascript:1"),
        *(
            "http://",
            "http:///path",
            "http://:80/",
            "http://h:x/",
            "http://h:0/",
            "http://h:99999/",
        ),
        *("http://[::1", "http://h h/", "http://h\r\n/", "http://h/\r\nX: y", "http://h/a b"),
        *(
            "http://h/\n",
            "http://h/\t",
            "http://h/\x00",
            "http://h/é",
            "http://h/\u560a",
            "http://h/\x7f",
        ),
        *(
            "http://h/?q=\u560d",
            "http://\u3000/",
            "http://a%0d/",
            "http://a\\b/",
        ),
        *("http://u:p\r@h/", "http://u\u560a@h/", "http://" + "x" * 64 + "é/"),
        "http://good.example\\@bad.example/",
        *(
            "http://bad.example\uff20h/",
            "http://h\uff1a81/",
            "http://h\uff0fp/",
            "http://\u2100.h/",
        ),
        *("http://stra\u00dfe.example/", "http://a\u200db.example/"),
    ],
)
def test_urls_that_cannot_be_fetched(url: str) -> None:
    with pytest.raises(RequestError):
        parse_url(url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://me:secret@h h/", "http://me:secret@/", "http://me:secret@h:99999/"),
        *("http://me:secret@h/ ", "me:secret@h/", "ftp://me:secret@h/", "http://me:sec\tret@h/"),
        "http://me:secret@\u00fc" + "x" * 64 + "/",
    ],
)
def test_no_error_shows_a_password(url: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_url(url)
    assert "…@" in str(caught.value)
    assert "sec" not in str(caught.value)


@given(st.text())
def test_nothing_but_visible_characters_comes_out(text: str) -> None:
    try:
        target = parse_url(f"http://{text}")
    except RequestError:
        return
    for part in (target.host, target.path, target.authority):
        assert part.isascii() and part.isprintable() and " " not in part
