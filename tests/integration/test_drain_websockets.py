"""A server that drains tells its websockets, and waits for their goodbye."""

from __future__ import annotations

import asyncio

from zonda.httpserver import HTTPServer
from zonda.web import Application
from zonda.websocket import WebSocketHandler, websocket_connect


class Echo(WebSocketHandler):
    """Says what it hears."""

    def on_message(self, message: str | bytes) -> None:
        """Answer."""
        self.write_message(message)


async def test_websockets_close_with_1001() -> None:
    server = HTTPServer(Application([("/", Echo)]))
    [sock] = server.listen(0, "127.0.0.1")
    url = f"ws://127.0.0.1:{sock.getsockname()[1]}/"
    clients = [await websocket_connect(url) for _ in range(3)]
    for client in clients:
        await client.write_message("hello")
        assert await client.read_message() == "hello"
    assert server.connection_count == 3
    draining = asyncio.create_task(server.drain(grace=5))
    for client in clients:
        assert await client.read_message() is None
        assert client.close_code == 1001
    assert await draining
    assert server.connection_count == 0


async def test_a_websocket_that_does_not_answer_is_cut() -> None:
    server = HTTPServer(Application([("/", Echo)]))
    [sock] = server.listen(0, "127.0.0.1")
    reader, writer = await asyncio.open_connection(*sock.getsockname())
    writer.write(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    assert not await server.drain(grace=0.05)
    assert await reader.read() == b"\x88\x02\x03\xe9"
    writer.close()


async def test_a_websocket_that_begins_while_the_server_drains_is_told_at_once() -> None:
    server = HTTPServer(Application([("/", Echo)]))
    [sock] = server.listen(0, "127.0.0.1")
    url = f"ws://127.0.0.1:{sock.getsockname()[1]}/"
    connecting = websocket_connect(url)  # begins at once
    while not server.connection_count:
        await asyncio.sleep(0)
    draining = asyncio.create_task(server.drain(grace=5))
    client = await connecting
    assert await client.read_message() is None
    assert client.close_code == 1001
    assert await draining
