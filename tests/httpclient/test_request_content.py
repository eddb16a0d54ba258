"""``params``, ``json`` and ``form``."""

from __future__ import annotations

import json as json_module
import math
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.httpclient.servers import OK, Request, answer, serving
from zonda.httpclient import AsyncHTTPClient, HTTPClient, HTTPRequest, RequestError

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("url", "params", "expected"),
    [
        ("http://h/", {"a": "1"}, "http://h/?a=1"),
        ("http://h/p?a=1#part", [("a", 2), ("b", 0.5)], "http://h/p?a=1&a=2&b=0.5#part"),
        ("http://h", {"q": "é&=+ ", "b": b"\xff"}, "http://h?q=%C3%A9%26%3D%2B+&b=%FF"),
        ("http://me:pw@h:81/?a", {"b": ["x", "y"]}, "http://me:pw@h:81/?a=&b=x&b=y"),
        ("http://bücher.example/", {"a": ""}, "http://bücher.example/?a="),
        ("http://h/?%41", {}, "http://h/?%41"),
        ("http://h/?%41", None, "http://h/?%41"),
    ],
)
def test_params_are_added_to_the_query(url: str, params: Any, expected: str) -> None:
    assert HTTPRequest(url, params=params).url == expected


@pytest.mark.parametrize("url", ["ftp://h/", "http://h/a b", "http://h/\n", "h", "http://[/"])
def test_params_mend_no_url(url: str) -> None:
    """What cannot be fetched without them cannot be fetched with them."""
    with pytest.raises(RequestError):
        HTTPRequest(url, params={"a": "1"})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"name": "João", "tags": [1, 2.5, None, True]},
            b'{"name":"Jo\xc3\xa3o","tags":[1,2.5,null,true]}',
        ),
        ({}, b"{}"),
        (0, b"0"),
        (False, b"false"),
        ("", b'""'),
    ],
)
def test_json(value: object, expected: bytes) -> None:
    request = HTTPRequest("http://h/", "PUT", json=value)
    assert (request.body, request.headers["Content-Type"]) == (expected, "application/json")


def test_a_form() -> None:
    request = HTTPRequest("http://h/", "POST", form={"a": ["é", 1], "b": "x y"})
    assert (request.body, request.headers["Content-Type"]) == (b"a=%C3%A9&a=1&b=x+y", FORM)
    assert HTTPRequest("http://h/", "POST", form=[]).body == b""


@pytest.mark.parametrize("content", [{"json": {}}, {"form": {}}])
def test_a_type_that_is_given_stays(content: dict[str, Any]) -> None:
    headers = {"content-type": "application/problem+json"}
    request = HTTPRequest("http://h/", "POST", headers, **content)
    assert request.headers.get_list("Content-Type") == ["application/problem+json"]
    assert headers == {"content-type": "application/problem+json"}


def test_what_is_none_is_not_given() -> None:
    request = HTTPRequest("http://h/", json=None, form=None, params=None)
    assert (request.body, request.has_headers, request.given()) == (None, False, {})


def test_nothing_of_it_is_an_option_later() -> None:
    request = HTTPRequest("http://h/", "POST", params={"a": 1}, json={}, request_timeout=1)
    assert request.given() == {"request_timeout": 1}


async def produce(write: object) -> None:
    """Not called."""


@pytest.mark.parametrize(
    "options",
    [
        {"json": {}, "form": {}},
        {"json": {}, "body": b""},
        {"form": {}, "body": b""},
        {"json": {}, "body_producer": produce},
        {"form": {}, "body_producer": produce},
    ],
)
def test_a_request_has_one_body(options: dict[str, Any]) -> None:
    with pytest.raises(RequestError, match="one body: body, body_producer, json or form"):
        HTTPRequest("http://h/", "POST", **options)


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"json": {1, 2}}, TypeError, "json cannot be sent: .*set"),
        ({"json": {b"a": 1}}, TypeError, "json cannot be sent: keys"),
        ({"json": math.nan}, RequestError, "json cannot be sent: .*float"),
        ({"json": [math.inf]}, RequestError, "json cannot be sent"),
        ({"json": LOOP}, RequestError, "json cannot be sent: Circular"),
        ({"json": "\ud800"}, RequestError, "json cannot be sent: .*surrogates"),
        ({"form": "a=1"}, TypeError, "form is a mapping"),
        ({"form": {"a": None}}, TypeError, "'a' in form"),
        ({"form": {"a": "\ud800"}}, RequestError, "form cannot be sent"),
        ({"params": "a=1"}, TypeError, "params is a mapping"),
        ({"params": {"a": None}}, TypeError, "'a' in params"),
        ({"params": {"a": "\ud800"}}, RequestError, "params cannot be sent"),
    ],
)
async def test_what_cannot_be_sent(
    client: AsyncHTTPClient, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        HTTPRequest("http://h/", "POST", **options)
    with pytest.raises(error, match=message):
        await client.fetch("http://h/", method="POST", **options)
    with pytest.raises(error, match=message):
        client.stream("http://h/", method="POST", **options)


async def test_a_value_that_is_nested_too_deeply(client: AsyncHTTPClient) -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(RequestError, match="json cannot be sent"):
        HTTPRequest("http://h/", "POST", json=value)


@pytest.mark.parametrize("name", ["params", "json", "form"])
async def test_they_are_no_defaults(client: AsyncHTTPClient, name: str) -> None:
    with pytest.raises(TypeError, match=f"no default: {name} is said with each request"):
        type(client)(force_instance=True, defaults={name: {"a": "1"}})


async def test_what_the_server_gets(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        await client.fetch(f"{server.url}/p?a=1", params={"b": "c d"})
        assert (server.last.method, server.last.target) == ("GET", "/p?a=1&b=c+d")
        await client.fetch(server.url, method="POST", json={"é": [1]}, params={"x": 1})
        assert (server.last.target, json_module.loads(server.last.body)) == ("/?x=1", {"é": [1]})
        assert server.last.headers["content-type"] == "application/json"
        assert server.last.headers["content-length"] == str(len(server.last.body))
        for method in ("POST", "PUT", "PATCH"):
            await client.fetch(server.url, method=method, form={"é": "ü&", "n": 5})
            assert parse_qsl(server.last.body.decode()) == [("é", "ü&"), ("n", "5")]
            assert (server.last.method, server.last.headers["content-type"]) == (method, FORM)
        async with client.stream(server.url, method="POST", json=[1], params={"y": 2}) as response:
            assert await response.read() == b"ok"
        assert (server.last.target, server.last.body) == ("/?y=2", b"[1]")
        await client.fetch(HTTPRequest(server.url, "POST", form={"a": "b"}))
        assert server.last.body == b"a=b"


def test_without_an_event_loop() -> None:
    with HTTPClient() as client, pytest.raises(RequestError, match="the body of GET"):
        client.fetch("http://127.0.0.1:1/", json={})


@pytest.mark.parametrize("content", [{"json": {}}, {"form": {}}])
async def test_the_method_stays_what_is_said(
    client: AsyncHTTPClient, content: dict[str, Any]
) -> None:
    async with serving(OK) as server:
        with pytest.raises(RequestError, match=r'body of GET must be None.*method="POST"'):
            await client.fetch(server.url, **content)
        assert server.requests == []
        await client.fetch(server.url, allow_nonstandard_methods=True, **content)
        assert (server.last.method, len(server.last.body)) == (
            "GET",
            len(b"{}") * ("json" in content),
        )


@pytest.mark.parametrize("content", [{"json": {"a": 1}}, {"form": {"a": 1}}])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects(client: AsyncHTTPClient, content: dict[str, Any], status: int) -> None:
    def handler(request: Request) -> bytes:
        if request.target.startswith("/there"):
            return OK
        return answer(b"moved", f"{status} Moved", location="/there")

    async with serving(handler) as server:
        await client.fetch(server.url, method="POST", params={"b": 2}, **content)
        first, last = server.requests
        assert (first.target, last.target) == ("/?b=2", "/there")
        if status in (307, 308):
            assert (last.method, last.body) == ("POST", first.body)
            assert last.headers["content-type"] == first.headers["content-type"]
        else:
            assert (last.method, last.body) == ("GET", b"")
            assert "content-type" not in last.headers


async def test_a_redirect_takes_a_body_but_no_credentials_elsewhere(
    client: AsyncHTTPClient,
) -> None:
    async with serving(OK) as there:
        moved = answer(b"", "307 Moved", location=f"{there.url}/x")
        async with serving(moved) as here:
            await client.fetch(
                here.url,
                method="PUT",
                json=[1],
                headers={"Cookie": "a=b"},
                auth_username="me",
                auth_password="pw",
            )
        assert "authorization" in here.last.headers
        assert (there.last.method, there.last.body) == ("PUT", b"[1]")
        assert not {"authorization", "cookie"} & there.last.headers.keys()
