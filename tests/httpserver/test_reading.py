"""Many requests at once, on one connection and on others."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.httpserver.in_memory import Exchange
from tests.httpserver.server_fixture import answer, serving
from zonda.http import HTTPServerRequest
from zonda.httpserver import HTTP1Connection
from zonda.httpserver.answering import UNSENT_ANSWERS
from zonda.httpserver.reading import REQUESTS_PER_TURN

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_a_flood_of_requests_does_not_hold_up_others() -> None:
    """Nine thousand requests in one segment, and one on another connection."""
    seen: list[str] = []

    def note(request: HTTPServerRequest) -> None:
        assert request.uri is not None
        seen.append(request.uri)
        answer(request, 200, b"")

    async with serving(note) as running:
        flooding, other = [await running.connect() for _ in range(2)]
        for client in (flooding, other):
            await client.ask(GET)
        flooding.send(GET.replace(b"/", b"/flood", 1) * 9000)
        other.send(GET.replace(b"/", b"/other", 1))
        await other.read()
        # It may be read one round of the loop later, and a segment may be cut in two.
        assert seen.index("/other") < 5 * REQUESTS_PER_TURN
        for _ in range(9000):
            assert (await flooding.read()).code == 200
    assert len(seen) == 9003


async def test_nothing_more_is_read_while_a_turn_is_over() -> None:
    exchange = Exchange()
    exchange.feed([GET * (REQUESTS_PER_TURN + 1)])
    assert len(exchange.seen) == REQUESTS_PER_TURN
    assert not exchange.transport.reading
    await exchange.settle()
    assert len(exchange.seen) == REQUESTS_PER_TURN + 1
    assert exchange.transport.reading


@pytest.mark.skipif(not hasattr(socket, "TCP_NOTSENT_LOWAT"), reason="the system has no such limit")
async def test_the_system_keeps_few_answers_to_a_client_that_pipelines_many() -> None:
    def limit(request: HTTPServerRequest) -> None:
        connection = request.connection
        assert isinstance(connection, HTTP1Connection)
        sock = connection.transport.get_extra_info("socket")
        limits.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT))
        answer(request, 200, b"")

    limits: list[int] = []
    async with serving(limit) as running:
        client = await running.connect()
        await client.ask(GET)
        client.send(GET * (REQUESTS_PER_TURN + 1))
        for _ in range(REQUESTS_PER_TURN + 1):
            await client.read()
        await client.ask(GET)
    assert limits[0] == limits[1] != UNSENT_ANSWERS
    assert limits[-1] == UNSENT_ANSWERS


async def test_a_connection_that_ends_between_two_turns() -> None:
    exchange = Exchange()
    exchange.feed([GET * (REQUESTS_PER_TURN + 1)])
    exchange.connection.abort()
    await exchange.settle()
    assert len(exchange.finish().answers) == REQUESTS_PER_TURN


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nX: ", id="heads"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", id="bodies"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n",
            id="chunks",
        ),
    ],
)
async def test_peers_that_drip_do_not_make_others_wait(head: bytes) -> None:
    """Another's answer comes within a few rounds of the loop, in each of which all may drip."""
    async with serving() as running:
        peers = [await running.connect() for _ in range(100)]
        for peer in peers:
            peer.send(head)
        drips = 0

        async def drip() -> None:
            nonlocal drips
            while True:
                for peer in peers:
                    peer.send(b"a")
                drips += 1
                await asyncio.sleep(0)

        dripping = asyncio.ensure_future(drip())
        client = await running.connect()
        for _ in range(20):
            before = drips
            assert (await client.ask(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")).code == 200
            assert drips - before <= 10
        dripping.cancel()
        await asyncio.wait((dripping,))
