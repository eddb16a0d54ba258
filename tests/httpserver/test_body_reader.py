"""How a body is read: in pieces that are not too large, quickly enough, up to its trailers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from tests.httpserver.in_memory import Exchange
from tests.httpserver.server_fixture import answer, serving
from zonda.http import (
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
    parse_request_block,
)
from zonda.httpserver import HTTP1Connection, Limits
from zonda.httpserver.body_reader import BodyReader

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"


class Taking(HTTPServerConnectionDelegate, HTTPMessageDelegate):
    """Takes pieces; each may have to wait for its gate."""

    def __init__(self, gated: bool = False, body_timeout: float | None = None) -> None:
        self.pieces: list[bytes] = []
        self.gates: list[asyncio.Future[None]] = []
        self.gated = gated
        self.body_timeout = body_timeout
        self.trailers: list[HTTPHeaders] = []
        self.connection: HTTP1Connection | None = None

    def start_request(self, server_conn: object, request_conn: object) -> HTTPMessageDelegate:
        assert isinstance(request_conn, HTTP1Connection)
        self.connection = request_conn
        return self

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        assert self.connection is not None
        if self.body_timeout is not None:
            self.connection.set_body_timeout(self.body_timeout)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self.pieces.append(chunk)
        if not self.gated:
            return None
        self.gates.append(asyncio.get_running_loop().create_future())
        return self.gates[-1]

    def finish(self) -> None:
        assert self.connection is not None
        self.trailers.append(self.connection.trailers)
        self.connection.respond(200, "", b"".join(self.pieces))


def length(body: bytes) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(*pieces: bytes, trailers: bytes = b"") -> bytes:
    data = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + data + b"0\r\n" + trailers + b"\r\n"


@pytest.mark.parametrize("data", [length(b"0123456789"), chunked(b"01234", b"56789")])
async def test_a_delegate_gets_no_more_than_a_chunk_at_once(data: bytes) -> None:
    taking = Taking()
    exchange = Exchange(taking, chunk_size=4)
    exchange.feed([data])
    assert b"".join(taking.pieces) == b"0123456789"
    assert max(map(len, taking.pieces)) <= 4
    assert exchange.finish().statuses == [200]


@pytest.mark.parametrize("data", [length(b"0123456789"), chunked(b"01234", b"56789")])
@pytest.mark.parametrize("later", [False, True])
async def test_a_delegate_that_waits_gets_one_piece_at_a_time(data: bytes, later: bool) -> None:
    """What comes meanwhile is kept, the next request too."""
    taking = Taking(gated=True)
    exchange = Exchange(taking, chunk_size=4)
    half = len(data) - 5
    exchange.feed([data[:half]] if later else [data + NEXT])
    assert not exchange.transport.reading
    if later:  # what a transport had read already when it was told to pause
        exchange.feed([data[half:] + NEXT])
    for number in range(100):
        if exchange.transport.written:
            break
        assert len(taking.gates) == number + 1
        taking.gates[number].set_result(None)
        while not taking.gates[number].done() or (
            len(taking.gates) == number + 1 and not exchange.transport.written
        ):
            await asyncio.sleep(0)
    assert b"".join(taking.pieces) == b"0123456789"
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert exchange.transport.reading
    assert exchange.finish().statuses == [200, 200]


async def test_a_delegate_that_answers_while_it_waits_is_not_called_again() -> None:
    taking = Taking(gated=True)
    exchange = Exchange(taking)
    exchange.feed([length(b"0123456789")[:-5]])
    assert taking.connection is not None
    taking.connection.respond(413, "", b"enough")
    taking.gates[0].set_result(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert taking.pieces == [b"01234"]
    outcome = exchange.finish()
    assert (outcome.statuses, outcome.ended) == ([413], True)


async def test_a_waiting_that_ends_after_its_request_concerns_nobody() -> None:
    """The delegate answered although its `headers_received` has not returned yet."""

    class Hasty(Taking):
        def headers_received(self, *args: object) -> Awaitable[None]:  # type: ignore[override]  # waits
            self.gates.append(asyncio.get_running_loop().create_future())
            return self.gates[-1]

    hasty = Hasty()
    exchange = Exchange(hasty)
    exchange.feed([NEXT])
    assert hasty.connection is not None
    hasty.connection.respond(200, "", b"early")
    exchange.feed([NEXT])
    hasty.gates[0].set_result(None)
    await asyncio.sleep(0)
    assert hasty.trailers == []  # the second request still waits for its own gate
    hasty.gates[1].set_result(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert exchange.finish().statuses == [200, 200]


async def test_trailers_are_those_of_their_request() -> None:
    taking = Taking()
    exchange = Exchange(taking)
    data = chunked(b"ab", trailers=b"X-Sum: 7\r\nHost: y\r\n")
    exchange.feed([data, length(b"c"), data, NEXT])
    found = [dict(trailers) for trailers in taking.trailers]
    assert found == [{"X-Sum": "7", "Host": "y"}, {}, {"X-Sum": "7", "Host": "y"}, {}]
    assert exchange.finish().statuses == [200] * 4


async def test_a_request_knows_its_trailers() -> None:
    def tell(request: HTTPServerRequest) -> None:
        answer(request, 200, request.trailers.get("X-Sum", "none").encode())  # type: ignore[union-attr]  # has a default

    async with serving(tell) as running:
        client = await running.connect()
        assert (await client.ask(chunked(b"a", trailers=b"X-Sum: 7\r\n"))).body == b"7"
        assert (await client.ask(NEXT)).body == b"none"


async def test_the_time_for_a_body_can_be_changed_for_one_request() -> None:
    taking = Taking(body_timeout=0.02)
    async with serving(taking) as running:
        running.server.sweep.interval = 0.01
        client = await running.connect()
        assert (await client.ask(length(b"ab")[:-1])).code == 408


def block(data: bytes = b"Content-Length: 10") -> BodyReader:
    parsed = parse_request_block(b"Host: x\r\n" + data + b"\r\n\r\n")
    return BodyReader(parsed, Limits(min_body_rate=10), 100, 5.0, now=1000.0)


def test_the_deadline_follows_what_came() -> None:
    reader = block(b"Transfer-Encoding: chunked")
    assert reader.deadline(1000.0) == 1005.0
    reader.feed(b"14\r\n" + bytes(20) + b"\r\n")
    assert reader.deadline(1001.0) == 1006.0  # quicker than it has to be: no longer silence
    assert reader.deadline(1003.0) == 1007.0  # twenty bytes are worth two seconds
    assert reader.deadline(1099.0) == 1007.0


@pytest.mark.parametrize("data", [b"Content-Length: 101", b"Content-Length: 99999"])
def test_an_announced_size_is_checked_at_once(data: bytes) -> None:
    with pytest.raises(HTTPInputError, match="more than 100 bytes") as raised:
        block(data)
    assert raised.value.status == 413


def test_a_size_that_is_not_announced_is_checked_as_it_comes() -> None:
    reader = block(b"Transfer-Encoding: chunked")
    reader.feed(b"64\r\n" + bytes(100))
    with pytest.raises(HTTPInputError, match="more than 100 bytes"):
        reader.feed(b"\r\n1\r\nx")


async def test_a_delegate_that_waits_and_fails_is_told_why() -> None:
    taking = Taking(gated=True)
    exchange = Exchange(taking)
    exchange.feed([length(b"abc")[:-1]])
    taking.gates[0].set_exception(HTTPInputError("not this one", 422))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    outcome = exchange.finish()
    assert (outcome.statuses, outcome.ended) == ([422], True)


async def test_a_delegate_that_fails_when_it_goes_on_is_a_500(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(Taking):
        def finish(self) -> None:
            raise RuntimeError("on purpose")

    failing = Failing(gated=True)
    exchange = Exchange(failing)
    exchange.feed([length(b"abc")])
    failing.gates[0].set_result(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert exchange.finish().statuses == [500]
    assert "on purpose" in caplog.text


async def test_a_body_that_pauses_while_its_answer_is_written_still_has_its_time() -> None:
    taking = Taking()
    exchange = Exchange(taking)
    exchange.feed([length(b"abc")[:-1]])
    connection = exchange.connection
    before = connection.deadline
    connection.pause_writing()
    assert connection.deadline > before
    connection.resume_writing()
    assert connection.deadline == before
    exchange.feed([b"c"])
    assert exchange.finish().statuses == [200]


async def test_a_head_may_not_follow_ever_more_empty_lines() -> None:
    exchange = Exchange()
    exchange.feed([b"\r\n"] * 9)
    assert exchange.finish().statuses == [400]
