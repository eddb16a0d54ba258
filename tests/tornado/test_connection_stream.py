"""What old programs do with a request's connection."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import tornado.httpclient
import tornado.httpserver
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

    assert (await ask(answer, raise_error=False)).code == 500


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
