"""Many requests at once, on one connection and on others."""

from __future__ import annotations

from tests.httpserver.in_memory import Exchange
from tests.httpserver.server_fixture import answer, serving
from zonda.http import HTTPServerRequest
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


async def test_a_connection_that_ends_between_two_turns() -> None:
    exchange = Exchange()
    exchange.feed([GET * (REQUESTS_PER_TURN + 1)])
    exchange.connection.abort()
    await exchange.settle()
    assert len(exchange.finish().answers) == REQUESTS_PER_TURN
