"""Conversations on a transport."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from zonda.iostream import Sweep
from zonda.websocket.errors import HandshakeError
from zonda.websocket.exchange import Conversation, Exchange


def greeting() -> Conversation[str]:
    """Says hello, waits for a line, answers nothing, and keeps what comes behind."""
    data = yield b"hello\n"
    while b"\n" not in data:
        data += yield b""
    line, _, rest = data.partition(b"\n")
    if line == b"go away":
        raise HandshakeError("sent away")
    return line.decode(), rest


async def hold(*answers: bytes) -> Exchange[str]:
    """Hold the conversation with a server that says *answers* and hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readline() == b"hello\n"
        for data in answers:
            writer.write(data)
            await asyncio.sleep(0.005)
        writer.close()

    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    exchange = Exchange(loop, Sweep(loop), greeting())
    async with server:
        port = server.sockets[0].getsockname()[1]
        await loop.create_connection(lambda: cast(asyncio.Protocol, exchange), "127.0.0.1", port)
        await asyncio.wait([exchange.result])
        await asyncio.sleep(0.02)
    return exchange


async def test_its_result_and_what_comes_behind() -> None:
    exchange = await hold(b"wel", b"come\nmore")
    assert exchange.result.result() == "welcome"
    assert exchange.unread() == b"more"
    assert exchange.unread() == b""
    exchange.abort()


async def test_what_comes_later_is_kept_too() -> None:
    exchange = await hold(b"welcome\n")
    assert exchange.result.result() == "welcome"
    exchange.data_received(b"later")
    assert exchange.unread() == b"later"
    exchange.abort()


@pytest.mark.parametrize(
    ("answers", "message"), [([b"go away\n"], "sent away"), ([b"wel"], "ended during")]
)
async def test_it_fails(answers: list[bytes], message: str) -> None:
    exchange = await hold(*answers)
    with pytest.raises(HandshakeError, match=message):
        exchange.result.result()
