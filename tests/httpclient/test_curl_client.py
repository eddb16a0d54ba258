"""What is special about the client whose connections are curl's; the rest is tested with ours."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.httpclient.servers import OK, Request, answer, serving
from zonda.httpclient import (
    AsyncHTTPClient,
    CurlAsyncHTTPClient,
    HTTPStreamClosedError,
    RequestError,
)
from zonda.iostream import Resolver

pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")


@pytest.fixture
async def client() -> AsyncIterator[CurlAsyncHTTPClient]:
    async with CurlAsyncHTTPClient(force_instance=True) as client:
        yield client


async def test_it_is_chosen_by_configure() -> None:
    AsyncHTTPClient.configure("zonda.httpclient.CurlAsyncHTTPClient", defaults={"user_agent": "me"})
    try:
        async with AsyncHTTPClient(force_instance=True) as client, serving(OK) as server:
            assert type(client) is CurlAsyncHTTPClient
            await client.fetch(server.url)
            assert server.last.headers["user-agent"] == "me"
    finally:
        AsyncHTTPClient.configure(None)


def test_without_pycurl_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycurl", None)

    async def make() -> None:
        CurlAsyncHTTPClient(force_instance=True)

    with pytest.raises(ImportError, match=r"zonda-httpclient\[curl\]"):
        asyncio.run(make())


@pytest.mark.parametrize("name", ["resolver", "opener", "hostname_mapping"])
async def test_what_curl_does_itself_is_not_taken_from_us(name: str) -> None:
    values: dict[str, Any] = {"resolver": Resolver(), "opener": print, "hostname_mapping": {}}
    with pytest.raises(ValueError, match="curl looks names up"):
        CurlAsyncHTTPClient(force_instance=True, **{name: values[name]})


async def test_anything_that_pycurl_can_set_is_set_for_one_request(
    client: CurlAsyncHTTPClient,
) -> None:
    def prepare(handle: Any) -> None:
        handle.setopt(pycurl.REFERER, "http://elsewhere/")

    def fail(handle: Any) -> None:
        raise ZeroDivisionError

    async with serving(OK) as server:
        await client.fetch(server.url, prepare_curl_callback=prepare)
        assert server.last.headers["referer"] == "http://elsewhere/"
        await client.fetch(server.url)
        assert "referer" not in server.last.headers
        with pytest.raises(ZeroDivisionError):
            await client.fetch(server.url, prepare_curl_callback=fail)
    assert client.pool.active_count == 0


async def test_times_are_those_of_curl(client: CurlAsyncHTTPClient) -> None:
    async with serving(OK) as server:
        times = (await client.fetch(server.url)).time_info
    assert {"namelookup", "connect", "appconnect", "pretransfer", "starttransfer"} <= times.keys()
    # Curl's clocks are not one: a connection that is there at once is earlier than its name.
    assert all(spent >= 0 for spent in times.values())
    assert times["starttransfer"] > 0


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"ssl_options": ssl.create_default_context()}, RequestError),
        ({"ssl_options": {"ciphers": "HIGH"}}, RequestError),
        ({"ca_certs": "/nowhere/ca.pem"}, FileNotFoundError),
        ({"network_interface": "eth0"}, RequestError),
    ],
)
async def test_options_that_curl_has_not(
    client: CurlAsyncHTTPClient, options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await client.fetch("https://localhost:1/", **options)
    assert client.pool.active_count == 0


async def test_nothing_is_added_that_was_not_asked_for(client: CurlAsyncHTTPClient) -> None:
    async with serving(OK) as server:
        await client.fetch(server.url, headers={"X-Empty": ""})
        assert server.last.headers.keys() == {"host", "x-empty", "accept-encoding", "user-agent"}
        await client.fetch(server.url, method="POST", body=b"x" * 2_000_000)
        assert "expect" not in server.last.headers
        assert server.last.headers["content-length"] == "2000000"
        assert server.last.body == b"x" * 2_000_000


async def test_an_empty_post_is_not_sent_twice_either(client: CurlAsyncHTTPClient) -> None:
    def handler(request: Request) -> bytes | None:
        return OK if request.method == "GET" else None

    async with serving(handler) as server:
        await client.fetch(server.url)
        with pytest.raises(HTTPStreamClosedError):
            await client.fetch(server.url, method="POST", body=b"")
        assert [request.method for request in server.requests] == ["GET", "POST"]


async def test_closing_the_client_while_a_body_is_sent(client: CurlAsyncHTTPClient) -> None:
    began = asyncio.Event()

    async def produce(write: Any) -> None:
        while True:
            await write(b"x" * 65536)
            began.set()

    async with serving(answer(b"")) as server:
        future = client.fetch(server.url, method="POST", body_producer=produce)
        await began.wait()
        client.close()
        with pytest.raises(Exception, match="the client was closed"):
            await future


async def test_what_curl_refuses_leaves_nothing_behind(client: CurlAsyncHTTPClient) -> None:
    """On a handle that is new, and on one that was kept."""

    def nonsense(handle: Any) -> None:
        handle.setopt(10**6, 1)

    async with serving(OK) as server:
        for _ in range(2):
            with pytest.raises(RequestError, match="curl refuses"):
                await client.fetch(f"{server.url}/{'a' * 9_000_000}")
            with pytest.raises(TypeError):
                await client.fetch(server.url, prepare_curl_callback=nonsense)
            assert (client.pool.open_count, len(client.fetches.members)) == (0, 0)
            await client.fetch(server.url)
