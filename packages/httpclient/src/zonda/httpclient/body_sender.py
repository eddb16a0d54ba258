"""Sending a request with its body, which may be made meanwhile, or need the server's consent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context

from zonda.iostream import Room, StreamClosedError

from .channel import Channel, Exchange
from .errors import RequestError
from .limits import CONTINUE_TIMEOUT, JOINED_BODY, SMALL_BODY
from .request import BodyProducer, HTTPRequest
from .request_head import announced_length


def send_with_body(
    exchange: Exchange,
    channel: Channel,
    request: HTTPRequest,
    head: bytes,
    failed: Callable[[Exception], None],
    context: Context | None,
) -> BodySender | None:
    """Send *request*; its body at once if that is possible, else the result is sending it.

    :param context: the context variables that a producer sees.
    """
    body, options = request.body, exchange.options
    if body is None or options.expect_100_continue:
        channel.send(exchange, request.method, head, more=True)
        return BodySender(
            asyncio.get_running_loop(),
            channel,
            options.body_producer or body or b"",
            announced_length(request) if body is None else len(body),
            options.expect_100_continue,
            failed,
            context,
        )
    if len(body) <= SMALL_BODY:
        channel.send(exchange, request.method, head + body)
        return None
    if len(body) <= JOINED_BODY:
        channel.send(exchange, request.method, head + body, more=True)
    else:
        channel.send(exchange, request.method, head, more=True)
        channel.write(body)
    channel.sent()
    return None


class BodySender:
    """Sends one body, in a task of its own.

    :param body: the body, or what produces it.
    :param length: bytes it has; None sends it in chunks.
    :param waits: for ``100 Continue`` before it begins.
    :param failed: called with what the producer raised.
    :param context: the context variables that the producer sees.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        channel: Channel,
        body: bytes | BodyProducer,
        length: int | None,
        waits: bool,
        failed: Callable[[Exception], None],
        context: Context | None,
    ) -> None:
        self._channel = channel
        self._body = body
        self._length = length
        self._left = 0 if length is None else length
        self._failed = failed
        self._is_over = False
        self._go_ahead = asyncio.Event()
        if not waits:
            self._go_ahead.set()
        self._task = loop.create_task(self._run(), context=context)

    def go_ahead(self) -> None:
        """The server agrees."""
        self._go_ahead.set()

    def stop(self) -> None:
        """Send no more."""
        self._is_over = True
        self._task.cancel()

    async def _run(self) -> None:
        try:
            await self._wait()
            if isinstance(self._body, bytes):
                await self._write(self._body)
            else:
                produced = self._body(self._write)
                if produced is not None:
                    await produced
            self._end()
        except StreamClosedError as error:
            # Of our own connection the fetch is told; the producer may have read from another one.
            if not self._is_over and self._channel.is_open:
                self._failed(error)
        except asyncio.CancelledError:
            if self._is_over:
                raise
            # Not by us: what the producer has waited for was cancelled.
            self._failed(RequestError("the body_producer was cancelled"))
        except Exception as error:
            self._failed(error)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(CONTINUE_TIMEOUT):
                await self._go_ahead.wait()
        except TimeoutError:
            return

    def _write(self, data: bytes) -> Awaitable[None]:
        """Send a piece; awaiting the result waits until there is room for more.

        :raises RequestError: it is more than ``Content-Length`` says.
        :raises StreamClosedError: the request is over; its connection may be another one's.
        :raises TypeError: it is no bytes.
        """
        if self._is_over:
            raise StreamClosedError(None)
        if not isinstance(data, bytes):
            if not isinstance(data, bytearray | memoryview):
                raise TypeError(f"a piece of a body is bytes, not of {type(data)}")
            data = bytes(data)
        if not data:
            return Room(self._channel.drain)
        if self._length is None:
            self._channel.write_chunk(data)
        else:
            self._left -= len(data)
            if self._left < 0:
                raise RequestError(f"the body has more than the {self._length} bytes announced")
            self._channel.write(data)
        return Room(self._channel.drain)

    def _end(self) -> None:
        if self._length is None:
            self._channel.write_chunk(b"")
        elif self._left:
            raise RequestError(
                f"the body ends {self._left} bytes before the {self._length} announced"
            )
        self._is_over = True
        self._channel.sent()
