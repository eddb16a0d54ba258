"""Answers in all their forms, and peers that do not read them."""

from __future__ import annotations

import asyncio
import resource
import socket

import pytest

from tests.httpserver.in_memory import Exchange, read_answers
from tests.httpserver.server_fixture import answer, serving
from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPOutputError,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.httpserver import HTTP1Connection, Limits
from zonda.httpserver.answering import UNCOPIED_CHUNK
from zonda.iostream import GATHERED_SIZE, LARGE_PIECE, READY

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
MIB = 1024 * 1024


def connection_of(request: HTTPServerRequest) -> HTTP1Connection:
    assert isinstance(request.connection, HTTP1Connection)
    return request.connection


def memory() -> int:
    """The most bytes that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("length", [None, "2"])
async def test_trailers_go_behind_chunks(length: str | None) -> None:
    def stream(request: HTTPServerRequest) -> None:
        headers = HTTPHeaders({"Trailer": "X-Sum"})
        if length is not None:
            headers["Content-Length"] = length
        connection = connection_of(request)
        connection.write_headers(ResponseStartLine("", 200, ""), headers, b"ab")
        connection.finish(HTTPHeaders({"X-Sum": "7"}))

    async with serving(stream) as running:
        client = await running.connect()
        client.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        await client.read_head()
        expected = b"2\r\nab\r\n0\r\nX-Sum: 7\r\n\r\n" if length is None else b"ab"
        assert await client.reader.read() == expected


@pytest.mark.parametrize("size", [1, UNCOPIED_CHUNK - 1, UNCOPIED_CHUNK, MIB])
async def test_chunks_of_all_sizes(size: int) -> None:
    pieces = [b"a" * size, b"b" * size, b"c"]

    def stream(request: HTTPServerRequest) -> None:
        connection = connection_of(request)
        connection.write_headers(ResponseStartLine("", 200, ""), HTTPHeaders(), pieces[0])
        connection.write(pieces[1])
        connection.write(pieces[2])
        connection.finish()

    async with serving(stream) as running:
        client = await running.connect()
        client.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        await client.read_head()
        expected = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        assert await client.reader.read() == expected + b"0\r\n\r\n"


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Set-Cookie", "Host"])
async def test_what_belongs_into_the_head_is_no_trailer(name: str) -> None:
    errors: list[str] = []

    def stream(request: HTTPServerRequest) -> None:
        connection = connection_of(request)
        connection.write_headers(ResponseStartLine("", 200, ""), HTTPHeaders())
        with pytest.raises(HTTPOutputError) as raised:
            connection.finish(HTTPHeaders({name: "1"}))
        errors.append(str(raised.value))
        connection.finish()

    async with serving(stream) as running:
        assert (await running.ask(GET)).code == 200
    assert "must stand in the head" in errors[0]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_interim_answers_are_for_http_1_1(version: str) -> None:
    def hint(request: HTTPServerRequest) -> None:
        connection = connection_of(request)
        for code in (102, 103):
            link = HTTPHeaders({"Link": "</a.css>; rel=preload"})
            connection.write_headers(ResponseStartLine("", code, ""), link)
        connection.respond(200, "", b"done")

    async with serving(hint) as running:
        client = await running.connect()
        client.send(GET.replace(b"1.1", version.encode()))
        codes = [(await client.read()).code for _ in range(3 if version == "1.1" else 1)]
        assert codes == ([102, 103, 200] if version == "1.1" else [200])


@pytest.mark.parametrize("code", [204, 304])
async def test_some_answers_have_no_body(code: int) -> None:
    def reply(request: HTTPServerRequest) -> None:
        connection = connection_of(request)
        connection.write_headers(ResponseStartLine("", code, ""), HTTPHeaders())
        connection.finish()

    async with serving(reply) as running:
        client = await running.connect()
        client.send(GET + GET)
        for _ in range(2):
            received = await client.read()
            assert received.code == code
            assert "Transfer-Encoding" not in received.headers


async def test_the_transfer_coding_is_the_servers() -> None:
    def reply(request: HTTPServerRequest) -> None:
        headers = HTTPHeaders({"Transfer-Encoding": "chunked"})
        connection_of(request).write_headers(ResponseStartLine("", 200, ""), headers)

    async with serving(reply) as running:
        assert (await running.ask(GET)).code == 500


@pytest.mark.parametrize("name", ["Bad Name", "Bad\r\nName"])
async def test_headers_of_the_program_never_split_an_answer(name: str) -> None:
    """HU-11: nothing is written before the error."""

    def reply(request: HTTPServerRequest) -> None:
        headers = HTTPHeaders()
        headers.add("A", "b\r\nSet-Cookie: evil" if name == "Bad Name" else "b")
        headers.add(name, "c")
        connection_of(request).write_headers(ResponseStartLine("", 200, ""), headers)

    async with serving(reply) as running:
        received = await running.ask(GET)
        assert received.code in (400, 500)
        assert "Set-Cookie" not in received.headers


async def test_requests_of_a_peer_that_does_not_read_are_not_begun() -> None:
    """HS-34: 100 MiB of pipelined requests, and nobody reads the answers."""
    answered = 0

    def count(request: HTTPServerRequest) -> None:
        nonlocal answered
        answered += 1
        connection_of(request).respond(200, "", b"x" * 1000)

    async with serving(count) as running:
        client = await running.connect()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a read transport too
        sock: socket.socket = client.writer.get_extra_info("socket")
        before = memory()
        requests = memoryview(GET * (MIB // len(GET)))
        stuck = 0
        sent = 0
        client.writer.transport.set_write_buffer_limits(0)
        while stuck < 20 and sent < 100 * MIB:
            size = client.writer.transport.get_write_buffer_size()
            if size < MIB:
                client.send(bytes(requests))
                sent += len(requests)
                stuck = 0
            else:
                stuck += 1
            await asyncio.sleep(0.005)
        assert stuck == 20, "the server takes everything"
        [connection] = running.server._connections
        assert isinstance(connection, HTTP1Connection)
        assert len(connection._buffer) < MIB
        assert connection.transport.get_write_buffer_size() < MIB
        assert memory() - before < 32 * MIB
        assert answered < 100_000
        assert sock.fileno() >= 0
        seen = answered
        # It goes on when the peer reads.
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]  # see above
        for _ in range(seen + 1000):
            assert (await client.read()).code == 200
        client.writer.transport.abort()


async def test_a_gigabyte_for_a_peer_that_does_not_read_costs_nothing() -> None:
    """The writer waits for room, and gets an error when the peer has gone."""
    written = 0
    tasks: list[asyncio.Task[None]] = []

    async def pour(request: HTTPServerRequest) -> None:
        nonlocal written
        connection = connection_of(request)
        headers = HTTPHeaders({"Content-Length": str(1024 * MIB)})
        await connection.write_headers(ResponseStartLine("", 200, ""), headers)
        piece = bytes(MIB)
        for _ in range(1024):
            await connection.write(piece)
            written += len(piece)

    def start(request: HTTPServerRequest) -> None:
        tasks.append(asyncio.create_task(pour(request)))

    async with serving(start) as running:
        client = await running.connect()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a read transport too
        before = memory()
        client.send(GET)
        last = -1
        while not written or last != written:
            last = written
            await asyncio.sleep(0.02)
        assert memory() - before < 16 * MIB
        client.writer.transport.abort()
        with pytest.raises(OSError):
            await tasks[0]
    assert written < 64 * MIB


async def test_room_is_there_at_once_where_the_peer_reads() -> None:
    rooms: list[object] = []

    def reply(request: HTTPServerRequest) -> None:
        connection = connection_of(request)
        rooms.append(connection.write_headers(ResponseStartLine("", 200, ""), HTTPHeaders()))
        rooms.append(connection.write(b"a"))
        connection.finish()

    async with serving(reply) as running:
        await running.ask(GET)
    assert rooms == [READY, READY]


async def test_a_late_write_after_the_client_left_is_an_error_for_who_awaits_it() -> None:
    requests: list[HTTPServerRequest] = []
    async with serving(requests.append, limits=Limits()) as running:
        client = await running.connect()
        client.send(GET)
        while not requests:
            await asyncio.sleep(0.001)
        client.writer.transport.abort()
        while running.server.connection_count:
            await asyncio.sleep(0.001)
        connection = connection_of(requests[0])
        with pytest.raises(OSError):
            await connection.write_headers(ResponseStartLine("", 200, ""), HTTPHeaders())
        with pytest.raises(OSError):
            await connection.write(b"x")
        connection.finish()


@pytest.mark.parametrize("expects", [True, False])
async def test_a_delegate_refuses_before_the_body_is_sent(expects: bool) -> None:
    """A client that waits for a 100 never sends its body; no other byte of it is looked at."""

    class Refusing(HTTPServerConnectionDelegate, HTTPMessageDelegate):
        def start_request(
            self, server_conn: object, request_conn: HTTPConnection
        ) -> HTTPMessageDelegate:
            assert isinstance(request_conn, HTTP1Connection)
            self.connection = request_conn
            return self

        def headers_received(
            self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
        ) -> None:
            self.connection.respond(403, "", b"not you")

        def data_received(self, chunk: bytes) -> None:
            raise AssertionError("the body is not wanted")

    lines = "Expect: 100-continue\r\n" if expects else ""
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n{lines}\r\n".encode()
    async with serving(Refusing()) as running:
        client = await running.connect()
        client.send(head if expects else head + b"123456789")
        received = await client.read()
        assert (received.code, received.body) == (403, b"not you")
        assert received.headers["Connection"] == "close"
        assert await client.at_end()


# Requests that came together


async def test_answers_to_requests_that_came_together_are_sent_together() -> None:
    exchange = Exchange()
    exchange.feed([GET * 100])
    assert exchange.transport.writes == 1
    assert exchange.finish().statuses == [200] * 100


async def test_no_more_than_a_limit_is_gathered() -> None:
    largest = 0

    def note(request: HTTPServerRequest) -> None:
        nonlocal largest
        answer(request, 200, b"x" * 1000)
        largest = max(largest, len(connection_of(request)._gathered or b""))

    exchange = Exchange(note)
    exchange.feed([GET * 100])
    assert 1000 < largest < GATHERED_SIZE
    assert exchange.finish().statuses == [200] * 100


async def test_a_large_answer_among_small_ones_keeps_its_place() -> None:
    bodies = [b"one", b"x" * LARGE_PIECE, b"three"]

    def one_after_the_other(request: HTTPServerRequest) -> None:
        answer(request, 200, bodies[len(seen)])
        seen.append(request)

    seen: list[HTTPServerRequest] = []
    exchange = Exchange(one_after_the_other)
    exchange.feed([GET * 3])
    assert [received.body for received in exchange.finish().answers] == bodies


async def test_an_answer_does_not_wait_for_a_handler_that_suspends() -> None:
    waiting: list[HTTPServerRequest] = []

    def suspend_second(request: HTTPServerRequest) -> None:
        if request.path == "/later":
            waiting.append(request)
        else:
            answer(request, 200, b"at once")

    exchange = Exchange(suspend_second)
    exchange.feed([GET + GET.replace(b"/", b"/later", 1)])
    assert [received.body for received in read_answers(bytes(exchange.transport.written))] == [
        b"at once"
    ]
    answer(waiting[0], 200, b"later")
    assert [received.body for received in exchange.finish().answers] == [b"at once", b"later"]


@pytest.mark.parametrize("end", ["abort", "detach", "raise"])
async def test_answers_are_sent_before_a_later_request_ends_the_connection(end: str) -> None:
    def end_with_second(request: HTTPServerRequest) -> None:
        if request.path != "/end":
            answer(request, 200, b"first")
            return
        connection = connection_of(request)
        if end == "raise":
            connection.write_headers(ResponseStartLine("", 200, ""), HTTPHeaders(), b"half")
            raise RuntimeError("in the middle of an answer")
        getattr(connection, end)()

    exchange = Exchange(end_with_second)
    exchange.feed([GET + GET.replace(b"/", b"/end", 1)])
    assert bytes(exchange.transport.written).startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\nfirst" in exchange.transport.written


async def test_answers_are_sent_before_a_malformed_request_is_refused() -> None:
    exchange = Exchange()
    exchange.feed([GET + b"nonsense\r\n\r\n" + GET])
    outcome = exchange.finish()
    assert outcome.statuses == [200, 400]
    assert outcome.ended
