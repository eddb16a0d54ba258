"""One websocket after the other."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from tests.websocket.peers import serving
from zonda.websocket import HandshakeError, WebSocketHandler, websocket_reconnect


class Once(WebSocketHandler):
    """Says its number and closes."""

    def open(self, *args: str, **kwargs: str) -> None:
        numbers: Any = self.settings["numbers"]
        numbers.append(len(numbers))
        self.write_message(str(numbers[-1]))
        self.close()


class Busy(WebSocketHandler):
    """Refuses twice, then accepts."""

    def prepare(self) -> None:
        refusals: Any = self.settings["refusals"]
        if refusals:
            self.send_error(refusals.pop())

    def open(self, *args: str, **kwargs: str) -> None:
        self.write_message("welcome")


async def test_it_opens_another_when_one_has_ended() -> None:
    got = []
    async with serving([("/", Once)], numbers=[]) as port:
        url = f"ws://127.0.0.1:{port}/"
        async for websocket in websocket_reconnect(url, first_delay=0.001):
            got += [message async for message in websocket]
            if len(got) == 3:
                break
    assert got == ["0", "1", "2"]


async def test_it_tries_again_while_the_server_is_away_or_busy() -> None:
    async with serving([("/", Busy)], refusals=[]) as port:
        pass
    url = f"ws://127.0.0.1:{port}/"
    opening = asyncio.ensure_future(anext(websocket_reconnect(url, first_delay=0.001)))
    await asyncio.sleep(0.01)
    assert not opening.done()
    opening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await opening
    async with serving([("/", Busy)], refusals=[503, 429]) as port:
        url = f"ws://127.0.0.1:{port}/"
        websocket = await anext(websocket_reconnect(url, first_delay=0.001))
        assert await websocket.read_message() == "welcome"


async def test_a_refusal_for_good_is_raised() -> None:
    async with serving([("/", Busy)], refusals=[401]) as port:
        with pytest.raises(HandshakeError) as caught:
            await anext(websocket_reconnect(f"ws://127.0.0.1:{port}/"))
    assert caught.value.code == 401


async def test_leaving_a_websocket_open_closes_it_before_the_next() -> None:
    async with serving([("/", Busy)], refusals=[]) as port:
        sockets = websocket_reconnect(f"ws://127.0.0.1:{port}/", first_delay=0.001)
        first = await anext(sockets)
        assert aiter(sockets) is sockets
        second = await anext(sockets)
        assert first.is_closed
        assert not second.is_closed
