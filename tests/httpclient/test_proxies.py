from __future__ import annotations

import pytest

from zonda.httpclient import HTTPRequest, RequestError
from zonda.httpclient.proxies import (
    is_excepted,
    parse_proxy,
    proxy_from_environment,
    requested_proxy,
)
from zonda.httpclient.target import parse_url


def test_what_is_no_proxy() -> None:
    with pytest.raises(RequestError, match="http, https or socks5"):
        parse_proxy("ftp://x")
    with pytest.raises(RequestError, match="port"):
        parse_proxy("http://x:0")


@pytest.mark.parametrize(
    ("no_proxy", "url", "expected"),
    [
        ("", "http://example.org/", False),
        ("*", "http://example.org/", True),
        ("example.org", "http://example.org/", True),
        ("example.org", "http://www.example.org/", True),
        ("example.org", "http://badexample.org/", False),
        (".example.org", "http://www.example.org/", True),
        ("*.example.org", "http://www.example.org/", True),
        ("EXAMPLE.org", "http://Example.ORG/", True),
        ("other, example.org:81", "http://example.org:81/", True),
        ("example.org:81", "http://example.org/", False),
        ("10.0.0.0/8", "http://10.1.2.3/", True),
        ("10.0.0.0/8", "http://11.1.2.3/", False),
        ("127.0.0.1", "http://127.0.0.1:99/", True),
        ("127.0.0.1:99", "http://127.0.0.1:99/", True),
        ("::1", "http://[::1]/", True),
        ("[::1]:80", "http://[::1]/", True),
        ("[::1]:81", "http://[::1]/", False),
        (" , ", "http://example.org/", False),
        ("other example.org", "http://example.org/", True),
        ("example.org.", "http://example.org/", True),
        ("example.org", "http://www.example.org./", True),
        ("bücher.example", "http://www.bücher.example/", True),
        ("xn--bcher-kva.example", "http://bücher.example/", True),
        ("10.0.0.0/8", "http://[::ffff:10.1.2.3]/", True),
        ("::ffff:0:0/96", "http://[::1]/", False),
        ("fe80::/10", "http://[fe80::1]/", True),
        (".", "http://example.org/", False),
        ("\udc80", "http://example.org/", False),
        ("1.2.3.4.5/8", "http://1.2.3.4/", False),
    ],
)
def test_exceptions(no_proxy: str, url: str, expected: bool) -> None:
    assert is_excepted(parse_url(url), no_proxy) is expected


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://upper"}, "upper"),
        ({"HTTP_PROXY": "http://upper", "http_proxy": "http://lower"}, "lower"),
        ({"HTTPS_PROXY": "http://other"}, None),
        ({"ALL_PROXY": "socks5://all"}, "all"),
        ({"ALL_PROXY": "socks5://all", "http_proxy": "lower:1"}, "lower"),
        ({"HTTP_PROXY": "http://upper", "REQUEST_METHOD": "GET"}, None),
        ({"http_proxy": "http://lower", "REQUEST_METHOD": "GET"}, "lower"),
        ({"http_proxy": "http://lower", "NO_PROXY": "localhost"}, None),
        ({"http_proxy": " http://spaces:1 "}, "spaces"),
        ({"http_proxy": "", "HTTP_PROXY": "upper"}, "upper"),
    ],
)
def test_the_environment(environment: dict[str, str], host: str | None) -> None:
    proxy = proxy_from_environment(parse_url("http://localhost/"), environment)
    assert (None if proxy is None else proxy.host) == host


@pytest.mark.parametrize("host", ["::1", "[::1]", "http://[::1]:8", "http://[::1]"])
def test_an_address_of_ipv6(host: str) -> None:
    request = HTTPRequest("http://h/", proxy_host=host, proxy_port=3128)
    proxy = requested_proxy(request)
    assert proxy is not None
    assert (proxy.host, proxy.port) == ("::1", 3128)
