"""What old programs do with a request's connection."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

import tornado.httpclient
import tornado.httpserver
import tornado.httputil
import tornado.testing
import tornado.web
import tornado.websocket


async def ask(answer: Any, raise_error: bool = True) -> tornado.httpclient.HTTPResponse:
    """What a client gets from a server whose callback is *answer*."""
    sock, port = tornado.testing.bind_unused_port()
    server = tornado.httpserver.HTTPServer(answer)
    server.add_socket(sock)
    client = tornado.httpclient.AsyncHTTPClient(force_instance=True)
    try:
        return await client.fetch(f"http://127.0.0.1:{port}/", raise_error)
    finally:
        await client.__aexit__(None, None, None)
        server.stop()
        await server.close_all_connections()


async def test_raw_answers_of_2011() -> None:
    def answer(request: Any) -> None:
        request.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Old: yes\r\n\r\nhel")
        request.connection.write(b"lo")
        request.finish()

    response = await ask(answer)
    assert (response.body, response.headers["X-Old"]) == (b"hello", "yes")


async def test_a_body_without_a_head_is_still_an_error() -> None:
    def answer(request: Any) -> None:
        request.connection.write(b"no head")

    with pytest.raises(tornado.httpclient.HTTPError, match="closed"):
        await ask(answer)


async def test_a_connection_that_is_given_away_is_a_stream_and_a_pair() -> None:
    def answer(request: Any) -> None:
        detached = request.connection.detach()
        transport, received = detached
        assert transport is not None and received == b""
        detached.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nA")
        detached.close()

    assert (await ask(answer)).body == b"A"


async def test_a_handler_gives_its_connection_away() -> None:
    class Detaching(tornado.web.RequestHandler):
        def get(self) -> None:
            stream = self.detach()
            stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nA")
            stream.close()

    assert (await ask(tornado.web.Application([("/", Detaching)]))).body == b"A"


@pytest.mark.parametrize(
    ("request_", "answer_"),
    [
        (b"nonsense\r\n\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        (
            b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n",
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
        ),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 5000 + b"\r\n\r\n",
            b"HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n",
        ),
    ],
)
async def test_refused_requests_get_what_old_clients_know(request_: bytes, answer_: bytes) -> None:
    sock, port = tornado.testing.bind_unused_port()
    server = tornado.httpserver.HTTPServer(
        tornado.web.Application(), max_body_size=100, max_header_size=4096
    )
    server.add_socket(sock)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_)
    assert await reader.read() == answer_
    writer.close()
    await writer.wait_closed()
    server.stop()
    await server.close_all_connections()


async def test_an_application_listens_with_the_same_server() -> None:
    server = tornado.web.Application().listen(0, "127.0.0.1")
    assert type(server) is tornado.httpserver.HTTPServer
    server.stop()
    await server.close_all_connections()


async def test_the_stream_below() -> None:
    seen: list[Any] = []

    def answer(request: Any) -> None:
        stream = request.connection.stream
        stream.set_nodelay(True)
        seen.extend([stream.closed(), stream.fileno() > 0, stream.socket.getsockname()[0]])
        written = stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nA")
        written.add_done_callback(lambda _: stream.close())

    assert (await ask(answer)).body == b"A"
    assert seen == [False, True, "127.0.0.1"]


async def test_a_websocket_that_is_refused_is_an_http_error() -> None:
    sock, port = tornado.testing.bind_unused_port()
    server = tornado.httpserver.HTTPServer(tornado.web.Application())
    server.add_socket(sock)
    told: list[asyncio.Future[Any]] = []
    with pytest.raises(tornado.httpclient.HTTPError) as caught:
        await tornado.websocket.websocket_connect(f"ws://127.0.0.1:{port}/", told.append)
    assert caught.value.code == 404
    assert len(told) == 1
    server.stop()
    await server.close_all_connections()


class Pieces(tornado.httputil.HTTPMessageDelegate):
    """Answers with the sizes of the pieces that it got; some have to be waited for."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.sizes: list[int] = []

    def data_received(self, chunk: bytes) -> Any:
        self.sizes.append(len(chunk))
        return asyncio.sleep(0) if len(chunk) % 2 == 0 else None

    def finish(self) -> None:
        body = ",".join(map(str, self.sizes)).encode()
        self.connection.write_headers(
            tornado.httputil.ResponseStartLine("HTTP/1.1", 200, "OK"),
            tornado.httputil.HTTPHeaders({"Content-Length": str(len(body))}),
        )
        self.connection.write(body)
        self.connection.finish()


class InPieces(tornado.httputil.HTTPServerConnectionDelegate):
    def start_request(self, server_conn: object, request_conn: Any) -> Pieces:
        return Pieces(request_conn)


@pytest.mark.parametrize("cut", [1, 7, 10_000])
async def test_chunks_are_handed_on_one_by_one(cut: int) -> None:
    sock, port = tornado.testing.bind_unused_port()
    server = tornado.httpserver.HTTPServer(InPieces(), chunk_size=16)
    server.add_socket(sock)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"14\r\n" + b"a" * 20 + b"\r\n1e\r\n" + b"b" * 30 + b"\r\n0\r\n\r\n"
    data = (head + body) * 2
    for start in range(0, len(data), cut):
        writer.write(data[start : start + cut])
        await asyncio.sleep(0)
    for _ in range(2):
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(answer.partition("content-length: ")[2].split("\r\n")[0])
        sizes = [int(size) for size in (await reader.readexactly(length)).split(b",")]
        assert sum(sizes) == 50 and 20 in itertools.accumulate(sizes)
        assert cut < 100 or sizes == [16, 4, 16, 14]
    writer.close()
    await writer.wait_closed()
    server.stop()
    await server.close_all_connections()
