"""Which pages may open a websocket."""

from __future__ import annotations

import pytest

from zonda.websocket.origin import is_same_origin


@pytest.mark.parametrize(
    ("origin", "scheme", "host"),
    [
        ("http://example.org", "http", "example.org"),
        ("http://example.org/page?x#y", "http", "example.org"),
        ("http://EXAMPLE.org", "http", "example.ORG"),
        ("http://example.org", "http", "example.org:80"),
        ("https://example.org:443", "https", "example.org"),
        ("http://example.org:8888", "http", "example.org:8888"),
        ("http://[::1]:8888", "http", "[::1]:8888"),
    ],
)
def test_the_same_origin(origin: str, scheme: str, host: str) -> None:
    assert is_same_origin(origin, scheme, host)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "*",
        "example.org",
        "http://evil.example",
        "http://example.org.evil.example",
        "http://sub.example.org",
        "http://example.org:81",
        "https://example.org",
        "ftp://example.org",
        "http://user@example.org",
        "http://example.org:port",
        "http://example.org:99999",
        "http://[::1",
        "http://",
    ],
)
def test_another_origin(origin: str) -> None:
    assert not is_same_origin(origin, "http", "example.org")
