"""WSGI applications of old programs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import pytest

import tornado.concurrent
import tornado.httpclient
import tornado.httpserver
import tornado.testing
import tornado.wsgi


@pytest.mark.parametrize(
    ("executor", "most"),
    [(None, 1), (tornado.concurrent.dummy_executor, 1), (ThreadPoolExecutor(2), 2)],
)
async def test_requests_at_a_time(executor: Executor | None, most: int) -> None:
    both = threading.Barrier(2)

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        try:
            both.wait(0.5)
        except threading.BrokenBarrierError:
            return [b"alone"]
        return [b"together"]

    sock, port = tornado.testing.bind_unused_port()
    container = tornado.wsgi.WSGIContainer(application, executor)
    server = tornado.httpserver.HTTPServer(container)
    server.add_socket(sock)
    client = tornado.httpclient.AsyncHTTPClient(force_instance=True)
    url = f"http://127.0.0.1:{port}/"
    answers = await asyncio.gather(client.fetch(url), client.fetch(url))
    expected = b"together" if most == 2 else b"alone"
    assert {answer.body for answer in answers} == {expected}
    await client.__aexit__(None, None, None)
    server.stop()
    await server.close_all_connections()
    container.close()
