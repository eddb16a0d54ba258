"""Writing an answer from a worker thread to a connection that lives in the loop's thread."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Awaitable, Coroutine
from typing import Final

from zonda.http import HTTPConnection, HTTPHeaders, ResponseStartLine

from .errors import ClientDisconnectedError

# Seconds after which a waiting thread looks whether there is still a loop that could wake it.
LOOP_CHECK_INTERVAL: Final = 1.0


class Sender:
    """Where a worker thread writes the answer to one request.

    The methods that send wait until the client has room for more, so an application is never far
    ahead of its client.

    :param loop: the loop that *connection* belongs to.
    """

    __slots__ = ("_connection", "_gone", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: HTTPConnection) -> None:
        self._loop = loop
        self._connection = connection
        self._gone = False

    def disconnect(self) -> None:
        """The client went away; called in the loop's thread."""
        self._gone = True

    def send_head(
        self, start_line: ResponseStartLine, headers: HTTPHeaders, chunk: bytes, last: bool
    ) -> None:
        """Send the head, a first piece of the body, and the end if that was all.

        :raises ClientDisconnectedError: the client went away.
        """
        self._wait(self._write_head(start_line, headers, chunk, last))

    def send(self, chunk: bytes, last: bool) -> None:
        """Send a piece of the body, and the end if that was all.

        :raises ClientDisconnectedError: the client went away.
        """
        self._wait(self._write(chunk, last))

    def abort(self) -> None:
        """Cut the connection: the answer cannot be completed."""
        self._wait(self._abort())

    def _wait(self, step: Coroutine[object, object, None]) -> None:
        try:
            waiting = asyncio.run_coroutine_threadsafe(step, self._loop)
        except RuntimeError:
            step.close()
            raise ClientDisconnectedError("the server has ended") from None
        while True:
            try:
                waiting.result(LOOP_CHECK_INTERVAL)
                return
            except concurrent.futures.CancelledError:
                raise ClientDisconnectedError("the server has ended") from None
            except concurrent.futures.TimeoutError:
                if self._loop.is_closed():
                    step.close()
                    raise ClientDisconnectedError("the server has ended") from None

    async def _write_head(
        self, start_line: ResponseStartLine, headers: HTTPHeaders, chunk: bytes, last: bool
    ) -> None:
        self._check()
        room = self._connection.write_headers(start_line, headers, chunk)
        if last:
            self._connection.finish()
        else:
            await self._until(room)

    async def _write(self, chunk: bytes, last: bool) -> None:
        self._check()
        if chunk:
            room = self._connection.write(chunk)
            if not last:
                await self._until(room)
        if last:
            self._connection.finish()

    async def _abort(self) -> None:
        abort = getattr(self._connection, "abort", None)
        if abort is not None and not self._gone:
            abort()

    async def _until(self, room: Awaitable[None]) -> None:
        try:
            await room
        except OSError as error:
            raise ClientDisconnectedError("the client went away during its answer") from error

    def _check(self) -> None:
        if self._gone:
            raise ClientDisconnectedError("the client went away before its answer was complete")
