"""A server that says every line again, and its client, with generator coroutines."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import tornado.gen
import tornado.iostream
import tornado.tcpclient
import tornado.tcpserver


class EchoServer(tornado.tcpserver.TCPServer):
    @tornado.gen.coroutine
    def handle_stream(
        self, stream: tornado.iostream.IOStream, address: Any
    ) -> Generator[Any, Any, None]:
        while True:
            try:
                line = yield stream.read_until(b"\n")
                yield stream.write(line)
            except tornado.iostream.StreamClosedError:
                break


@tornado.gen.coroutine
def ask(port: int, text: bytes) -> Generator[Any, Any, bytes]:
    stream = yield tornado.tcpclient.TCPClient().connect("127.0.0.1", port)
    yield stream.write(text + b"\n")
    answer: bytes = yield stream.read_until(b"\n")
    stream.close()
    raise tornado.gen.Return(answer.strip())
