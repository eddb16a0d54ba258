"""Server-sent events: the ``text/event-stream`` of the HTML standard, section 9.2."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable
from types import TracebackType
from typing import TYPE_CHECKING, Final, cast

from zonda.escape import json_encode
from zonda.iostream import StreamClosedError

if TYPE_CHECKING:
    from zonda.httpserver import HTTP1Connection

    from .handler import RequestHandler

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NOT_IN_FIELD: Final = re.compile(r"[\r\n\0]")


def format_event(
    data: object = None,
    event: str | None = None,
    id: str | int | None = None,
    retry: float | None = None,
) -> str:
    r"""One event as it is sent.

    >>> format_event("two\nlines", event="news", id=7)
    'event: news\nid: 7\ndata: two\ndata: lines\n\n'

    :param data: text; anything else becomes JSON.
    :param event: its kind; without one it is a ``message``.
    :param id: what the client says when it comes again, as ``Last-Event-ID``.
    :param retry: seconds after which a client that was cut off shall come again.
    :raises ValueError: *event* or *id* has a line end, or NUL.
    """
    lines = []
    for name, value in (("event", event), ("id", id)):
        if value is not None:
            if _NOT_IN_FIELD.search(str(value)) is not None:
                raise ValueError(f"the {name} of an event has no line ends: {value!r}")
            lines.append(f"{name}: {value}\n")
    if retry is not None:
        lines.append(f"retry: {round(retry * 1000)}\n")
    if data is not None:
        text = data if isinstance(data, str) else json_encode(data)
        lines += [f"data: {line}\n" for line in _LINE_END.split(text)]
    return "".join(lines) + "\n"


class EventStream:
    """Events for one client, while it is entered.

    ::

        async def get(self) -> None:
            async with self.event_stream() as events:
                async for number, text in news(after=events.last_event_id):
                    await events.send(text, id=number)

    When the client goes away, the block ends where it waits; what is behind it still runs.

    :ivar last_event_id: the id of the last event that the client has seen, from an earlier stream.
    """

    def __init__(self, handler: RequestHandler, retry: float | None, keep_alive: float) -> None:
        if not keep_alive > 0:
            raise ValueError(f"keep_alive is a number of seconds above 0, not {keep_alive!r}")
        self.last_event_id = handler.request.headers.get("Last-Event-ID")
        self._handler = handler
        self._connection = cast("HTTP1Connection", handler.request.connection)
        self._retry = retry
        self._keep_alive = keep_alive
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._last_sent = 0.0
        self._task: asyncio.Task[object] | None = None
        self._is_gone = False

    @property
    def is_open(self) -> bool:
        """Whether the client is still there."""
        return not self._is_gone

    def send(
        self, data: object = None, *, event: str | None = None, id: str | int | None = None
    ) -> Awaitable[None]:
        """Send an event; see `format_event`.  Awaiting the result waits until there is room.

        :raises StreamClosedError: by awaiting, if the client went away.
        """
        return self._write(format_event(data, event, id))

    def comment(self, text: str = "") -> Awaitable[None]:
        """Send something that the client ignores."""
        return self._write("".join([f": {line}\n" for line in _LINE_END.split(text)]) + "\n")

    async def __aenter__(self) -> EventStream:
        handler = self._handler
        handler.set_header("Content-Type", "text/event-stream")
        handler.set_header("Cache-Control", "no-store")
        # nginx collects answers otherwise.
        handler.set_header("X-Accel-Buffering", "no")
        if self._retry is not None:
            handler.write(format_event(retry=self._retry))
        await handler.flush()
        self._task = asyncio.current_task()
        handler._when_gone = [*(handler._when_gone or ()), self._client_gone]
        self._last_sent = self._loop.time()
        self._timer = self._loop.call_later(self._keep_alive, self._beat)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        assert self._timer is not None and self._task is not None
        self._timer.cancel()
        watchers = self._handler._when_gone or []
        self._handler._when_gone = [watch for watch in watchers if watch != self._client_gone]
        if not self._is_gone:
            return False
        if not isinstance(error, asyncio.CancelledError):
            # The block ended by itself just then: take the wish to cancel it back.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        only_ours = self._task.uncancel() == 0
        return error is None or (
            isinstance(error, StreamClosedError)
            or (isinstance(error, asyncio.CancelledError) and only_ours)
        )

    def _write(self, text: str) -> Awaitable[None]:
        if self._is_gone:
            raise StreamClosedError(None)
        self._last_sent = self._loop.time()
        self._handler.write(text)
        return self._handler.flush()

    def _beat(self) -> None:
        """Send a comment if nothing was sent for so long, unless the client does not even read."""
        silence = self._loop.time() - self._last_sent
        if silence >= self._keep_alive:
            if not self._connection.writing_paused:
                self.comment()
            silence = 0.0
        self._timer = self._loop.call_later(self._keep_alive - silence, self._beat)

    def _client_gone(self) -> None:
        self._is_gone = True
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
