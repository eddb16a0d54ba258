"""`websocket_reconnect`: one open websocket after the other, for clients that run for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Self

from .back_off import BackOff
from .client import WebSocketClientConnection
from .client_connect import Connecting, websocket_connect
from .client_options import RequestLike
from .errors import HandshakeError

log = logging.getLogger("zonda.general")

# Seconds before the second attempt, on average half of it: a server that has just restarted must
# not be met by all its clients at once.
FIRST_DELAY: Final = 1.0
# Seconds between attempts at most.
LONGEST_DELAY: Final = 60.0

# Refusals that are about now, not about the request.
_TEMPORARY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class Reconnecting(AsyncIterator[WebSocketClientConnection]):
    """Gives an open websocket each time it is asked; see `websocket_reconnect`."""

    def __init__(self, connect: Callable[[], Connecting], back_off: BackOff) -> None:
        self._connect = connect
        self._back_off = back_off
        self._current: WebSocketClientConnection | None = None
        self._wait = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WebSocketClientConnection:
        await self._end_current()
        while True:
            if self._wait:
                await asyncio.sleep(self._back_off.next())
            self._wait = True
            try:
                self._current = await self._connect()
            except HandshakeError as error:
                if error.code is not None and error.code not in _TEMPORARY:
                    raise
                log.info("websocket not open: %s", error)
            except (OSError, TimeoutError) as error:
                log.info("websocket not open: %s", error)
            else:
                return self._current

    async def _end_current(self) -> None:
        current, self._current = self._current, None
        if current is not None:
            if current.has_heard:
                self._back_off.reset()
            current.close(1000)
            await current.closed()


def websocket_reconnect(
    url: str | RequestLike,
    *,
    first_delay: float = FIRST_DELAY,
    longest_delay: float = LONGEST_DELAY,
    **options: Any,
) -> Reconnecting:
    """Open a websocket, and another one when it has ended, as often as asked for.

    >>> async def follow(url: str) -> None:
    ...     async for websocket in websocket_reconnect(url, ping_interval=20):
    ...         async for message in websocket:
    ...             print(message)

    A server that cannot be reached, or that answers with a status that will pass (such as 503), is
    tried again: after a random part of *first_delay*, then of twice as much, up to *longest_delay*.
    A websocket on which something was received makes the delays short again.  Every other refusal
    is raised.

    :param first_delay: seconds.
    :param longest_delay: seconds.
    :param options: as of `websocket_connect`.
    :raises HandshakeError: the server refused for good.
    :raises ValueError: as `websocket_connect`.
    """
    return Reconnecting(
        lambda: websocket_connect(url, **options), BackOff(first_delay, longest_delay)
    )
