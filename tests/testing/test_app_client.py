"""A client without a socket: requests, cookies, websockets."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.testing.site import make_app
from zonda.http import FormFile
from zonda.httpclient import HTTPClientError, HTTPResponse
from zonda.httpserver import HTTPServer
from zonda.testing import AppClient
from zonda.websocket import HandshakeError

Write = Callable[[bytes], Awaitable[None]]


def read(response: HTTPResponse) -> dict[str, Any]:
    """The object in an answer."""
    data: dict[str, Any] = json.loads(response.body)
    return data


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
async def test_every_method(method: str) -> None:
    async with AppClient(make_app()) as client:
        said = read(await getattr(client, method)("/echo?a=1&a=2"))
        assert said["method"] == method.upper()
        assert said["arguments"] == {"a": ["1", "2"]}
        assert (said["host"], said["protocol"]) == ("localhost", "http")
        assert said["remote_ip"] == "127.0.0.1"
        head = await client.head("/echo")
        assert (head.code, head.body) == (200, b"")


async def test_where_it_seems_to_come_from() -> None:
    async with AppClient(
        make_app(), base_url="https://shop.example", remote_ip="192.0.2.1", headers={"X-Mark": "m"}
    ) as client:
        said = read(await client.get("echo"))
        assert (said["host"], said["protocol"]) == ("shop.example", "https")
        assert (said["remote_ip"], said["mark"]) == ("192.0.2.1", "m")
        assert read(await client.get("/echo", headers={"X-Mark": "n"}))["mark"] == "n"
        assert read(await client.get("https://other.example/echo"))["host"] == "other.example"


@pytest.mark.parametrize("url", ["localhost", "ftp://localhost", "http://", ""])
def test_a_base_url_must_be_one(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        AppClient(make_app(), base_url=url)


async def test_bodies() -> None:
    async with AppClient(make_app()) as client:
        said = read(await client.fetch("/echo", form={"a": "1", "b": ["2", "3"]}))
        assert (said["method"], said["arguments"]) == ("POST", {"a": ["1"], "b": ["2", "3"]})
        said = read(await client.put("/echo", json={"a": [1]}))
        assert (said["kind"], json.loads(said["body"])) == ("application/json", {"a": [1]})
        said = read(await client.post("/echo", form={"a": "1"}, files={"f": FormFile("x", b"y")}))
        assert (said["arguments"], said["files"]) == ({"a": ["1"]}, {"f": [["x", "y"]]})
        said = read(await client.post("/echo", body=b"raw", headers={"Content-Type": "text/x"}))
        assert (said["kind"], said["body"]) == ("text/x", "raw")
        said = read(await client.fetch("/echo?a=1", params={"a": 2}))
        assert (said["method"], said["arguments"]) == ("GET", {"a": ["1", "2"]})
        said = read(await client.fetch("/echo", body_producer=produce))
        assert (said["method"], said["body"]) == ("POST", "made")
        bodies: dict[str, Any]
        for bodies in ({"json": 1}, {"form": {}}, {"files": {"f": FormFile("x", b"y")}}):
            with pytest.raises(ValueError, match="one body"):
                await client.post("/echo", body=b"2", **bodies)


async def test_the_type_of_a_body_goes_before_that_of_the_client() -> None:
    async with AppClient(make_app(), headers={"Content-Type": "text/x"}) as client:
        assert read(await client.post("/echo", body=b"raw"))["kind"] == "text/x"
        body: dict[str, Any]
        for body in ({"json": 1}, {"form": {"a": 1}}, {"files": {"f": FormFile("x", b"y")}}):
            assert read(await client.post("/echo", **body))["kind"] != "text/x"
            said = read(await client.post("/echo", headers={"Content-Type": "text/y"}, **body))
            assert said["kind"] == "text/y"


async def produce(write: Write) -> None:
    await write(b"made")


async def test_cookies_are_kept() -> None:
    async with AppClient(make_app()) as client:
        assert client.cookie("visits") is None
        assert [(await client.get("/counter")).body for _ in range(3)] == [b"1", b"2", b"3"]
        assert client.cookie("visits") == "3"
        client.set_cookie("visits", "9")
        assert (await client.get("/counter")).body == b"10"
        client.cookies.clear()
        assert (await client.get("/counter")).body == b"1"


async def test_a_login_without_a_form() -> None:
    async with AppClient(make_app(cookie_secret={0: "a", 1: "b"}, key_version=1)) as client:
        assert (await client.get("/member")).body == b"nobody"
        client.set_signed_cookie("member", "ada")
        assert (await client.get("/member")).body == b"ada"


def test_signing_needs_a_secret_and_an_application() -> None:
    with pytest.raises(ValueError, match="cookie_secret"):
        AppClient(make_app()).set_signed_cookie("member", "ada")
    delegate = HTTPServer(lambda request: None).delegate
    with pytest.raises(TypeError, match="Application"):
        AppClient(delegate).set_signed_cookie("member", "ada")


async def test_redirects() -> None:
    async with AppClient(make_app()) as client:
        assert read(await client.get("/away"))["arguments"] == {"from": ["away"]}
        assert (await client.get("/away", follow_redirects=False)).code == 302
    async with AppClient(make_app(), follow_redirects=False) as client:
        assert (await client.get("/away")).headers["Location"] == "/echo?from=away"


async def test_errors_are_answers_unless_they_shall_not_be() -> None:
    async with AppClient(make_app(), max_body_size=3) as client:
        assert (await client.get("/nothing")).code == 404
        assert (await client.post("/echo", body="long")).code == 413
        with pytest.raises(HTTPClientError, match="404"):
            await client.get("/nothing", raise_error=True)


async def test_websockets_share_the_cookies() -> None:
    async with AppClient(make_app(), headers={"X-Mark": "m"}) as client:
        await client.get("/counter")
        websocket = await client.websocket("/shout?loud")
        assert await websocket.read_message() == "visits 1"
        await websocket.write_message("hello")
        assert await websocket.read_message() == "HELLO"
        assert client.cookie("met") == "yes"
        websocket.close()
        await websocket.closed()
        other = await client.websocket("/shout", headers={"Cookie": "visits=7"})
        assert await other.read_message() == "visits 7"
    assert other.is_closed
    assert client.server.connection_count == 0


async def test_websockets_are_refused_as_ever() -> None:
    async with AppClient(make_app(), base_url="https://shop.example") as client:
        with pytest.raises(HandshakeError) as raised:
            await client.websocket("/shout", headers={"Origin": "https://evil.example"})
        assert raised.value.code == 403
        websocket = await client.websocket("/shout", headers={"Origin": "https://shop.example"})
        assert await websocket.read_message() == "visits None"
