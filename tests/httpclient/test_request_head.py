"""What is sent, to the byte, and what is never sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.httpclient.servers import OK, serving
from zonda.http import HTTPHeaders
from zonda.httpclient import AsyncHTTPClient, HTTPRequest, RequestError
from zonda.httpclient.request import merge_options
from zonda.httpclient.request_head import plain_head, request_head
from zonda.httpclient.target import parse_url


def head(url: str, added: dict[str, str] | None = None, **options: Any) -> list[str]:
    request = HTTPRequest(url, **options)
    made = request_head(
        request, merge_options({}, request.given()), parse_url(url), added or {}, False
    )
    return made.decode("latin-1").split("\r\n")[:-2]


def test_the_head_of_a_request_that_says_nothing_is_that_of_one_with_options() -> None:
    target = parse_url("http://h/p")
    assert plain_head(target).decode().split("\r\n")[:-2] == head("http://h/p")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"headers": {"x-a": "b"}}, "X-A: b"),
        ({"headers": {"Host": "other:81"}}, "Host: other:81"),
        ({"headers": {"User-Agent": "me"}}, "User-Agent: me"),
        ({"user_agent": "me", "headers": {"User-Agent": "you"}}, "User-Agent: me"),
        ({"headers": {"Accept-Encoding": "identity"}}, "Accept-Encoding: identity"),
        ({"method": "POST", "body": b"abc"}, "Content-Length: 3"),
        ({"method": "PUT", "body": ""}, "Content-Length: 0"),
        ({"method": "POST", "allow_nonstandard_methods": True}, "Content-Length: 0"),
        ({"if_modified_since": 0}, "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"),
        ({"headers": {"X": "é"}}, "X: é"),
        ({"headers": {"Connection": "close"}}, "Connection: close"),
    ],
)
def test_lines(options: dict[str, Any], line: str) -> None:
    lines = head("http://h/", **options)
    name = line.partition(":")[0]
    assert [found for found in lines if found.startswith(f"{name}:")] == [line]


def test_added_fields_take_the_place_of_others() -> None:
    lines = head("http://h/", {"Authorization": "new"}, headers={"Authorization": "old"})
    assert "Authorization: new" in lines and "Authorization: old" not in lines


def test_several_lines_of_a_name_stay_several() -> None:
    headers = HTTPHeaders()
    headers.add("X", "1")
    headers.add("X", "2")
    assert {"X: 1", "X: 2"} <= set(head("http://h/", headers=headers))


EVIL = ["a\rb", "a\nb", "a\r\nX: y", "a\x00b", "\u560a", "\u560d", "a\u010ab"]


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize(
    "where", ["value", "name", "method", "path", "host", "agent", "user", "host field", "cookie"]
)
async def test_what_would_split_the_request_is_never_sent(
    client: AsyncHTTPClient, where: str, evil: str
) -> None:
    async with serving(OK) as server:
        requests: dict[str, tuple[str, dict[str, Any]]] = {
            "value": (server.url, {"headers": {"X": evil}}),
            "name": (server.url, {"headers": {evil: "x"}}),
            "method": (server.url, {"method": evil, "allow_nonstandard_methods": True}),
            "path": (f"{server.url}/{evil}", {}),
            "host": (server.url.replace("localhost", f"localhost{evil}"), {}),
            "agent": (server.url, {"user_agent": evil}),
            "user": (server.url.replace("//", f"//{evil}@"), {}),
            "host field": (server.url, {"headers": {"Host": evil}}),
            "cookie": (server.url, {"headers": {"Cookie": f"a={evil}"}}),
        }
        url, options = requests[where]
        with pytest.raises((RequestError, OSError)):
            await client.fetch(url, **options)
        assert server.connections == 0


@pytest.mark.parametrize(
    "options",
    [
        {"method": "FOO"},
        {"method": "get"},
        {"method": "CONNECT", "allow_nonstandard_methods": True},
        {"method": "", "allow_nonstandard_methods": True},
        {"method": "A" * 100, "allow_nonstandard_methods": True},
        {"method": "POST"},
        {"method": "GET", "body": b"x"},
        {"method": "POST", "body": b"x", "headers": {"Content-Length": "2"}},
        {"method": "POST", "body": b"x", "headers": {"Content-Length": "+1"}},
        {"method": "GET", "headers": {"Content-Length": "2"}},
        {"method": "POST", "body": b"x", "headers": {"Transfer-Encoding": "chunked"}},
        {"headers": {"Host": "a/b"}},
        {"auth_username": "a:b", "auth_password": ""},
    ],
)
async def test_requests_that_make_no_sense(
    client: AsyncHTTPClient, options: dict[str, Any]
) -> None:
    async with serving(OK) as server:
        with pytest.raises(RequestError):
            await client.fetch(server.url, **options)
        assert server.connections == 0


@pytest.mark.parametrize("body", [None, b"x"])
async def test_any_method_if_allowed(client: AsyncHTTPClient, body: bytes | None) -> None:
    async with serving(OK) as server:
        for method in ("PROPFIND", "GET", "DELETE"):
            await client.fetch(server.url, method=method, body=body, allow_nonstandard_methods=True)
            assert (server.last.method, server.last.body) == (method, body or b"")
        assert server.connections == 1
