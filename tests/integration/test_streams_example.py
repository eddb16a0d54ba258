"""The example of streams, as its clients use it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator

import pytest

from examples.streams import make_application
from tests.raw_client import Client


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    server = make_application(pause=0.001).listen(0, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    yield client
    client.writer.close()
    server.stop()
    await server.close_all_connections()


async def test_events_go_on_where_they_were(client: Client) -> None:
    client.send(b"GET /events HTTP/1.0\r\nHost: x\r\nLast-Event-ID: 41\r\n\r\n")
    await client.read_head()
    assert await client.reader.readuntil(b"\n\n") == b"retry: 1000\n\n"
    for number in (42, 43):
        event = await client.reader.readuntil(b"\n\n")
        expected = f'event: tick\nid: {number}\ndata: {{"number": {number}}}\n\n'
        assert event.decode() == expected


async def test_lines_of_json(client: Client) -> None:
    received = await client.ask(b"GET /squares?count=3 HTTP/1.1\r\nHost: x\r\n\r\n")
    lines = [json.loads(line) for line in received.body.splitlines()]
    assert [line["square"] for line in lines] == [0, 1, 4]


async def test_an_upload_in_pieces(client: Client) -> None:
    content = bytes(range(256)) * 4000
    body = (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\n'
    )
    body += content + b"\r\n--x--\r\n"
    head = "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    received = await client.ask(head.encode() + body, "POST")
    digest = hashlib.sha256(content).hexdigest()
    assert json.loads(received.body) == {"parts": {"a": "1", "f": digest}}
