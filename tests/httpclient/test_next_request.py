from __future__ import annotations

from typing import Any

import pytest

from zonda.http import Proxy, ResponseStartLine, parse_header_block
from zonda.httpclient import ResponseError
from zonda.httpclient.next_request import Detours
from zonda.httpclient.request import HTTPRequest, merge_options
from zonda.httpclient.route import Route
from zonda.httpclient.target import parse_url

DIGEST = 'Digest realm="r", nonce="n", qop="auth"'
PLAIN = Proxy("http", "p", 1, "me", "secret", "digest")


def next_request(
    detours: Detours, code: int, lines: str = "", proxy: Proxy | None = None, **options: Any
) -> HTTPRequest | None:
    request = HTTPRequest("http://h/a", **options)
    return detours.next_request(
        request,
        merge_options({}, request.given()),
        parse_url(request.url),
        Route("h", 80, None, proxy),
        ResponseStartLine("HTTP/1.1", code, ""),
        parse_header_block(f"{lines}\r\n".encode()),
    )


@pytest.mark.parametrize(
    ("code", "lines", "proxy", "options"),
    [
        (404, "", None, {}),
        (302, "", None, {}),
        (302, "Location: /b\r\n", None, {"follow_redirects": False}),
        (302, "Location: /b\r\n", None, {"max_redirects": 0}),
        (304, "Location: /b\r\n", None, {}),
        (401, f"WWW-Authenticate: {DIGEST}\r\n", None, {"auth_username": "me"}),
        (401, f"WWW-Authenticate: {DIGEST}\r\n", None, {"auth_mode": "digest"}),
        (401, "WWW-Authenticate: Basic\r\n", None, {"auth_username": "a", "auth_mode": "digest"}),
        (407, f"Proxy-Authenticate: {DIGEST}\r\n", None, {}),
        (407, f"Proxy-Authenticate: {DIGEST}\r\n", PLAIN._replace(auth_mode="basic"), {}),
        (407, f"Proxy-Authenticate: {DIGEST}\r\n", PLAIN._replace(username=None), {}),
        (407, f"Proxy-Authenticate: {DIGEST}\r\n", PLAIN._replace(scheme="socks5"), {}),
        (407, "", PLAIN, {}),
    ],
)
def test_answers_that_are_the_end(
    code: int, lines: str, proxy: Proxy | None, options: dict[str, Any]
) -> None:
    assert next_request(Detours(), code, lines, proxy, **options) is None


def test_a_redirect_to_several_places() -> None:
    found = next_request(Detours(), 302, "Location: /b\r\nLocation: /b\r\n")
    assert found is not None and found.url == "http://h/b"
    with pytest.raises(ResponseError, match="several places"):
        next_request(Detours(), 302, "Location: /b\r\nLocation: /c\r\n")


def test_redirects_are_counted() -> None:
    detours = Detours()
    for _ in range(3):
        found = next_request(detours, 302, "Location: /b\r\n", max_redirects=3)
        assert found is not None and found.url == "http://h/b"
    assert next_request(detours, 302, "Location: /b\r\n", max_redirects=3) is None


def test_a_challenge_is_met_once_by_the_server_and_once_by_the_proxy() -> None:
    detours = Detours()
    options = {"auth_mode": "digest", "auth_username": "me"}
    both = f"WWW-Authenticate: {DIGEST}\r\nProxy-Authenticate: {DIGEST}\r\n"
    assert next_request(detours, 407, both, PLAIN, **options) is not None
    assert next_request(detours, 401, both, PLAIN, **options) is not None
    assert detours.added.keys() == {"Authorization", "Proxy-Authorization"}
    assert 'uri="/a"' in detours.added["Authorization"]
    assert 'uri="http://h/a"' in detours.added["Proxy-Authorization"]
    assert next_request(detours, 407, both, PLAIN, **options) is None
    assert next_request(detours, 401, both, PLAIN, **options) is None


def test_credentials_are_not_taken_along_a_redirect() -> None:
    detours = Detours()
    detours.added["Authorization"] = "secret"
    assert next_request(detours, 302, "Location: http://other/\r\n") is not None
    assert detours.added == {}
