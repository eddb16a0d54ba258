"""What a URL says, and which are refused."""

from __future__ import annotations

import pytest

from zonda.websocket.websocket_url import parse_websocket_url


@pytest.mark.parametrize(
    ("url", "secure", "host", "port", "field", "target"),
    [
        ("ws://example.org", False, "example.org", 80, "example.org", "/"),
        ("wss://example.org/a?b=c", True, "example.org", 443, "example.org", "/a?b=c"),
        ("WS://Example.org:80/", False, "example.org", 80, "example.org", "/"),
        ("ws://example.org:8080?q", False, "example.org", 8080, "example.org:8080", "/?q"),
        ("https://example.org:443/", True, "example.org", 443, "example.org", "/"),
        ("ws://[::1]:9000/x", False, "::1", 9000, "[::1]:9000", "/x"),
        ("ws://bücher.de/ü x", False, "bücher.de", 80, "xn--bcher-kva.de", "/%C3%BC%20x"),
        ("ws://example.org/%C3%BC", False, "example.org", 80, "example.org", "/%C3%BC"),
    ],
)
def test_a_url_is_taken_apart(
    url: str, secure: bool, host: str, port: int, field: str, target: str
) -> None:
    parsed = parse_websocket_url(url)
    assert parsed[:5] == (secure, host, port, field, target)
    assert parsed.authorization is None


def test_a_user_becomes_an_authorization() -> None:
    parsed = parse_websocket_url("ws://Aladdin:open%20sesame@example.org/")
    assert parsed.authorization == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert parse_websocket_url("ws://me@h/").authorization == "Basic bWU6"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "ws:///path",
        "ws://h/#top",
        "ws://h/#",
        "ws://h:port/",
        "ws://h:70000/",
        "ws://[::1/",
    ],
)
def test_what_is_no_websocket_url(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_websocket_url(url)
