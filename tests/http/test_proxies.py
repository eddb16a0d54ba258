"""What proxies are called."""

from __future__ import annotations

import pytest

from zonda.http import Proxy, parse_proxy


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://proxy", Proxy("http", "proxy", 80)),
        ("proxy:3128", Proxy("http", "proxy", 3128)),
        ("HTTPS://proxy/", Proxy("https", "proxy", 443)),
        ("https://me:s%40cret@proxy", Proxy("https", "proxy", 443, "me", "s@cret")),
        ("socks5://[::1]", Proxy("socks5", "::1", 1080)),
        ("socks5h://a%40b:c%3A@proxy:1", Proxy("socks5", "proxy", 1, "a@b", "c:")),
    ],
)
def test_urls_of_proxies(url: str, proxy: Proxy) -> None:
    assert parse_proxy(url) == proxy


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "socks4://x", "http://", "http://x/path", "http://x:y", "http://é"]
)
def test_what_is_no_proxy(url: str) -> None:
    with pytest.raises(ValueError, match="proxy"):
        parse_proxy(url)


def test_the_error_does_not_tell_the_password() -> None:
    with pytest.raises(ValueError, match="ftp://proxy") as caught:
        parse_proxy("ftp://me:secret@proxy")
    assert "secret" not in str(caught.value)
