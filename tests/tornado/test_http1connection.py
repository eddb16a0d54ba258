"""HTTP/1.1 on a stream, on both sides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tornado.http1connection import (
    HTTP1Connection,
    HTTP1ConnectionParameters,
    HTTP1ServerConnection,
)
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPOutputError,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.iostream import IOStream, StreamClosedError, stream_pair


class Collector(HTTPMessageDelegate):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.start_line: Any = None
        self.headers = HTTPHeaders()
        self.body = b""
        self.ends: list[str] = []

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> None:
        self.start_line, self.headers = start_line, headers

    async def data_received(self, chunk: bytes) -> None:
        self.body += chunk

    def finish(self) -> None:
        self.ends.append("finish")

    def on_connection_close(self) -> None:
        self.ends.append("close")


@pytest.fixture
async def streams() -> AsyncIterator[tuple[IOStream, IOStream]]:
    left, right = stream_pair()
    yield left, right
    left.close()
    right.close()


Streams = tuple[IOStream, IOStream]

ANSWERS = {
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello": (200, b"hello"),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n": (
        200,
        b"hello",
    ),
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n": (204, b""),
    b"HTTP/1.0 200 OK\r\n\r\nto the end": (200, b"to the end"),
}


@pytest.mark.parametrize("data", ANSWERS)
async def test_reading_answers(streams: Streams, data: bytes) -> None:
    client, server = streams
    server.write(data)
    if b"HTTP/1.0" in data:
        server.close()
    collector = Collector()
    connection = HTTP1Connection(client, True)
    await connection.read_response(collector)
    assert (collector.start_line.code, collector.body) == ANSWERS[data]
    assert collector.ends == ["finish"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"nonsense\r\n\r\n", "status line"),
        (b"HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\nabc", "should not have body"),
        (b"HTTP/1.1 100 X\r\n\r\n" * 11, "Too many 1xx"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "Content-Length too long"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n63\r\n",
            "chunked body too large",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "chunk size"),
        (b"HTTP/1.1 100 X\r\nContent-Length: 3\r\n\r\nabc", "must not have a body"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 60, "Body too long"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 300 + b"\r\n\r\n", "too large"),
    ],
)
async def test_bad_answers(
    streams: Streams, data: bytes, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    client, server = streams
    caplog.set_level("INFO")
    server.write(data)
    parameters = HTTP1ConnectionParameters(max_body_size=50, max_header_size=250)
    collector = Collector()
    assert not await HTTP1Connection(client, True, parameters).read_response(collector)
    assert said in caplog.text
    assert collector.ends == ["close"]
    assert client.closed()


class Echo(HTTPServerConnectionDelegate):
    """Answers each request with its body."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        return EchoRequest(request_conn)

    def on_close(self, server_conn: object) -> None:
        self.closed.set()


class EchoRequest(Collector):
    def __init__(self, connection: Any) -> None:
        super().__init__()
        self.connection = connection

    def finish(self) -> None:
        headers = HTTPHeaders({"Content-Length": str(len(self.body))})
        line = ResponseStartLine("HTTP/1.1", 200, "OK")
        self.connection.write_headers(line, headers, self.body)
        self.connection.finish()


async def test_both_sides(streams: Streams) -> None:
    client_stream, server_stream = streams
    delegate = Echo()
    server = HTTP1ServerConnection(server_stream)
    server.start_serving(delegate)
    for body in (b"first", b"second"):
        client = HTTP1Connection(client_stream, True)
        client.write_headers(
            RequestStartLine("POST", "/", ""), HTTPHeaders({"Host": "x"}), body[:2]
        )
        client.write(body[2:])
        client.finish()
        collector = Collector()
        await client.read_response(collector)
        assert collector.body == body
        assert client.detach() is client_stream
    await server.close()
    await delegate.closed.wait()


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n"),
        (b"GET /\r\n\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n"
            b"Content-Length: 1\r\n\r\nx",
            b"HTTP/1.1 100 (Continue)\r\n\r\nHTTP/1.1 200 OK\r\n",
        ),
    ],
)
async def test_serving(streams: Streams, data: bytes, answer: bytes) -> None:
    client, server = streams
    connection = HTTP1ServerConnection(server)
    connection.start_serving(Echo())
    client.write(data)
    received = await client.read_until_close()
    assert received.startswith(answer)
    await connection.close()


async def test_a_request_with_gzip(streams: Streams) -> None:
    import gzip

    client, server = streams
    parameters = HTTP1ConnectionParameters(decompress=True, chunk_size=4)
    HTTP1ServerConnection(server, parameters).start_serving(Echo())
    body = gzip.compress(b"compressed")
    head = f"POST / HTTP/1.0\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    client.write(head.encode() + body)
    assert (await client.read_until_close()).endswith(b"\r\n\r\ncompressed")


async def test_timeouts(streams: Streams, caplog: pytest.LogCaptureFixture) -> None:
    client, server = streams
    caplog.set_level("INFO")
    parameters = HTTP1ConnectionParameters(header_timeout=0.01)
    HTTP1ServerConnection(server, parameters).start_serving(Echo())
    assert await client.read_until_close() == b""
    left, right = stream_pair()
    parameters = HTTP1ConnectionParameters(body_timeout=0.01)
    HTTP1ServerConnection(right, parameters).start_serving(Echo())
    left.write(b"PUT / HTTP/1.0\r\nContent-Length: 1\r\n\r\n")
    assert await left.read_until_close() == b""
    assert "Timeout reading body" in caplog.text


async def test_a_delegate_that_fails(streams: Streams, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Collector):
        def finish(self) -> None:
            raise ZeroDivisionError

    client, server = streams
    server.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert not await HTTP1Connection(client, True).read_response(Failing())
    assert "Uncaught exception" in caplog.text


async def test_writing_more_or_less_than_announced(streams: Streams) -> None:
    client, _ = streams
    connection = HTTP1Connection(client, True)
    with pytest.raises(HTTPOutputError, match="a number"):
        connection.write_headers(
            RequestStartLine("GET", "/", ""), HTTPHeaders({"Content-Length": "x"})
        )
    connection.write_headers(RequestStartLine("PUT", "/", ""), HTTPHeaders({"Content-Length": "1"}))
    with pytest.raises(HTTPOutputError, match="more data"):
        connection.write(b"ab")
    with pytest.raises(StreamClosedError):
        await connection.write(b"a")
    left, _right = stream_pair()
    connection = HTTP1Connection(left, True)
    connection.write_headers(RequestStartLine("PUT", "/", ""), HTTPHeaders({"Content-Length": "1"}))
    await connection.write(b"")
    with pytest.raises(HTTPOutputError, match="less than"):
        connection.finish()


@pytest.mark.parametrize(
    ("limit", "answer"),
    [
        (lambda connection: connection.set_max_body_size(4), b"HTTP/1.1 413 Bad Request\r\n\r\n"),
        (lambda connection: connection.set_body_timeout(0.01), b""),
    ],
    ids=["size", "time"],
)
async def test_limits_for_one_message(
    streams: Streams, limit: Callable[[HTTP1Connection], None], answer: bytes
) -> None:
    client, server = streams
    connection = HTTP1Connection(server, False)

    class Limiting(Collector):
        def headers_received(self, start_line: Any, headers: HTTPHeaders) -> None:
            limit(connection)

    client.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
    delegate = Limiting()
    assert not await connection.read_response(delegate)
    assert (delegate.ends, await client.read_until_close()) == (["close"], answer)


async def test_whoever_waits_for_the_end_is_told(streams: Streams) -> None:
    connection = HTTP1Connection(streams[0], True)
    closed = asyncio.Event()
    connection.set_close_callback(closed.set)
    connection.close()
    await closed.wait()
