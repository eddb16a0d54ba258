"""Bodies that are produced while they are sent, or wait for the server's consent."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

import pytest

from tests.httpclient.leftovers import nothing_left
from tests.httpclient.servers import OK, Request, answer, serving
from zonda.httpclient import AsyncHTTPClient, HTTPClientError, HTTPTimeoutError, RequestError
from zonda.iostream import StreamClosedError


@pytest.mark.parametrize("length", [None, 6])
async def test_a_body_that_is_produced(client: AsyncHTTPClient, length: int | None) -> None:
    async def produce(write: Any) -> None:
        for piece in (b"ab", b"", b"cdef"):
            await write(piece)
            await asyncio.sleep(0)

    headers = {} if length is None else {"Content-Length": str(length)}
    async with serving(OK) as server:
        for _ in range(2):
            await client.fetch(server.url, method="POST", body_producer=produce, headers=headers)
            assert server.last.body == b"abcdef"
        assert server.connections == 1
    assert ("transfer-encoding" in server.last.headers) is (length is None)


@pytest.mark.parametrize("body", [b"abc", b"abcde"])
async def test_a_body_that_is_not_as_long_as_announced(
    client: AsyncHTTPClient, body: bytes
) -> None:
    async def produce(write: Any) -> None:
        await write(body)

    async with serving(OK) as server:
        with pytest.raises(RequestError, match="announced"):
            await client.fetch(
                server.url, method="PUT", body_producer=produce, headers={"Content-Length": "4"}
            )
    assert (nothing_left(client), client.pool.idle_count) == (True, 0)


async def test_a_producer_that_raises_ends_the_fetch(client: AsyncHTTPClient) -> None:
    async def produce(write: Any) -> None:
        raise ZeroDivisionError

    async with serving(OK) as server:
        with pytest.raises(ZeroDivisionError):
            await client.fetch(server.url, method="PUT", body_producer=produce)
    assert nothing_left(client)


async def test_a_producer_waits_for_a_server_that_does_not_read(client: AsyncHTTPClient) -> None:
    made = 0
    over, gone = asyncio.Event(), asyncio.Event()

    async def produce(write: Any) -> None:
        nonlocal made
        while True:
            await write(b"x" * 65536)
            made += 65536

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.transport.abort()
        gone.set()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        with pytest.raises(HTTPTimeoutError):
            await client.fetch(url, method="POST", body_producer=produce, request_timeout=0.3)
        assert made < 64 * 2**20
        over.set()
        await gone.wait()


@pytest.mark.parametrize("produced", [False, True])
async def test_an_answer_before_the_body_was_sent_ends_the_connection(
    client: AsyncHTTPClient, produced: bool
) -> None:
    """The next request would wait behind the rest of the body, which the server does not read."""
    connections = 0
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        request = await reader.readuntil(b"\r\n\r\n")
        cast(asyncio.ReadTransport, writer.transport).pause_reading()
        writer.write(OK if b"GET" in request else answer(b"too large", "413 Content Too Large"))
        await done.wait()
        writer.close()

    async def produce(write: Callable[[bytes], Any]) -> None:
        await write(b"x")
        await done.wait()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    async with listening:
        for _ in range(2):
            response = await client.fetch(
                url,
                method="POST",
                body=None if produced else b"x" * 10_000_000,
                body_producer=produce if produced else None,
                raise_error=False,
            )
            assert (response.code, response.body) == (413, b"too large")
            assert (client.pool.idle_count, client.pool.active_count) == (0, 0)
        assert (await client.fetch(url)).body == b"ok"
        assert connections == 3
        done.set()


async def test_a_large_body_that_was_sent_leaves_the_connection(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        for size in (9_000, 100_000, 3_000_000, 1):
            await client.fetch(server.url, method="POST", body=b"x" * size)
            assert len(server.last.body) == size
        assert server.connections == 1


@pytest.mark.parametrize("produced", [False, True])
async def test_a_body_that_waits_for_the_servers_consent(
    client: AsyncHTTPClient, produced: bool
) -> None:
    async def produce(write: Any) -> None:
        await write(b"content")

    body: dict[str, Any] = {"body_producer": produce} if produced else {"body": b"content"}
    async with serving(OK) as server:
        for _ in range(2):
            await client.fetch(server.url, method="POST", expect_100_continue=True, **body)
            assert server.last.headers["expect"] == "100-continue"
            assert server.last.body == b"content"
        assert server.connections == 1


async def test_a_body_that_the_server_does_not_want(own_client: AsyncHTTPClient) -> None:
    client = own_client

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"", "417 Expectation Failed"))
        assert await reader.read() == b""
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        with pytest.raises(HTTPClientError, match="417"):
            await client.fetch(url, method="PUT", body=b"x", expect_100_continue=True)


async def test_a_server_that_gives_no_consent_gets_the_body_anyway(
    client: AsyncHTTPClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zonda.httpclient.body_sender.CONTINUE_TIMEOUT", 0.05)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(await reader.readexactly(4)))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        response = await client.fetch(url, method="PUT", body=b"body", expect_100_continue=True)
    assert response.body == b"body"


variable: ContextVar[str] = ContextVar("variable", default="unset")


@pytest.mark.parametrize("is_coroutine", [False, True])
async def test_a_producer_sees_the_callers_context(
    client: AsyncHTTPClient, is_coroutine: bool
) -> None:
    """Also when it had to wait for somebody else's connection, or is called again elsewhere."""

    async def fetch(name: str) -> None:
        variable.set(name)

        async def produce(write: Callable[[bytes], Any]) -> None:
            seen.append((name, variable.get()))
            await write(b"x")

        def produce_at_once(write: Callable[[bytes], Any]) -> None:
            seen.append((name, variable.get()))
            write(b"x")

        producer: Any = produce if is_coroutine else produce_at_once
        await narrow.fetch(f"{server.url}/{name}", method="PUT", body_producer=producer)

    def redirect_once(request: Request) -> bytes:
        again = request.target.endswith("again")
        return OK if again else answer(b"", "307 Elsewhere", location=f"{request.target}/again")

    seen: list[tuple[str, str]] = []
    async with (
        serving(redirect_once) as server,
        type(client)(force_instance=True, max_clients=1) as narrow,
    ):
        await asyncio.gather(*[fetch(name) for name in "abc"])
    assert sorted(seen) == [(name, name) for name in "aabbcc"]


async def test_a_producer_whose_own_source_is_closed(client: AsyncHTTPClient) -> None:
    async def produce(write: Callable[[bytes], Any]) -> None:
        await write(b"x")
        raise StreamClosedError(None)

    async with serving(OK) as server:
        with pytest.raises(StreamClosedError):
            await client.fetch(server.url, method="PUT", body_producer=produce, request_timeout=0)
    assert nothing_left(client)


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "1"}])
async def test_nothing_is_written_into_the_next_request(
    client: AsyncHTTPClient, headers: dict[str, str]
) -> None:
    """A producer may keep what it writes with longer than its request lasts."""
    kept: list[Callable[[bytes], Any]] = []

    async def produce(write: Callable[[bytes], Any]) -> None:
        kept.append(write)
        await write(b"x")

    async with serving(OK) as server:
        await client.fetch(server.url, method="PUT", headers=headers, body_producer=produce)
        for data in (b"GET / HTTP/1.1\r\n\r\n", b""):
            with pytest.raises(StreamClosedError):
                kept[0](data)
        assert (await client.fetch(server.url)).body == b"ok"
        assert server.connections == 1


@pytest.mark.parametrize("data", ["text", None, 5])
async def test_a_producer_writes_bytes(client: AsyncHTTPClient, data: Any) -> None:
    async def produce(write: Callable[[Any], Any]) -> None:
        await write(bytearray(b"ab"))
        await write(memoryview(array("H", [0x6463])))
        await write(b"")

    async def produce_other(write: Callable[[Any], Any]) -> None:
        await write(data)

    async with serving(OK) as server:
        await client.fetch(server.url, method="PUT", body_producer=produce)
        assert server.last.body == b"abcd"
        with pytest.raises(TypeError, match="a piece of a body is bytes"):
            await client.fetch(server.url, method="PUT", body_producer=produce_other)
    assert nothing_left(client)
