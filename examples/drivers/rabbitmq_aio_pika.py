"""RabbitMQ through aio-pika: work that another process does while a request waits.

``python -m examples.drivers.rabbitmq_aio_pika --workers 2``, then
``curl localhost:8888/squares/12``: the answer tells which process has done it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncIterator

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustChannel
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, DeliveryError

from zonda.escape import json_decode, json_encode
from zonda.web import Application, RequestHandler

from .program import main, unavailable

URL = "amqp://guest:guest@127.0.0.1:5672/%2F"
QUEUE = "zonda-squares"

# Seconds that a request waits for its answer.  The message expires at the same time, so that
# nobody works for a visitor who is gone.
PATIENCE = 5.0
# Requests of this process that wait at the same time; the others wait for their turn.
AT_ONCE = 100
# Messages that this process works at.
PREFETCH = 10
# Seconds between two tries to connect again.
BETWEEN_TRIES = 1.0

TROUBLE = (AMQPError, ChannelInvalidStateError, ConnectionError, TimeoutError)


class Squares:
    """Asks whoever works at the queue, and works at it itself.

    A connection has two channels: what is published and what is consumed do not hold each other
    up.  A robust connection declares and consumes everything anew after the broker was away.
    """

    def __init__(
        self, asking: AbstractRobustChannel, working: AbstractRobustChannel, queue: str
    ) -> None:
        self._asking = asking
        self._working = working
        self._queue = queue
        self._replies = f"{queue}-replies-{uuid.uuid4().hex}"
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def open(self) -> None:
        """Consume the work and the replies."""
        replies = await self._asking.declare_queue(self._replies, auto_delete=True)
        await replies.consume(self._replied, no_ack=True)
        await self._working.set_qos(prefetch_count=PREFETCH)
        work = await self._working.declare_queue(self._queue, auto_delete=True)
        await work.consume(self._work)

    async def ask(self, number: int) -> dict[str, int]:
        """The square, and the process that has found it.

        :raises TimeoutError: nobody has answered in time
        """
        key = uuid.uuid4().hex
        async with asyncio.timeout(PATIENCE), self._places:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
            try:
                message = aio_pika.Message(
                    json_encode(number).encode(),
                    correlation_id=key,
                    reply_to=self._replies,
                    expiration=PATIENCE,
                )
                # "mandatory": a queue that is not there is an error, and not a long silence.
                await self._asking.default_exchange.publish(message, self._queue, mandatory=True)
                found: dict[str, int] = json_decode(await answer)
                return found
            finally:
                del self._waiting[key]

    async def _replied(self, message: AbstractIncomingMessage) -> None:
        answer = self._waiting.get(message.correlation_id or "")
        if answer is not None and not answer.done():  # else it comes too late
            answer.set_result(message.body)

    async def _work(self, message: AbstractIncomingMessage) -> None:
        # Acknowledged at the end of the block; after an exception it is thrown away.
        async with message.process():
            number = json_decode(message.body)
            await asyncio.sleep(0)  # here somebody thinks
            answer = {"square": number * number, "process": os.getpid()}
            reply = aio_pika.Message(
                json_encode(answer).encode(), correlation_id=message.correlation_id
            )
            with contextlib.suppress(DeliveryError):  # who asked is gone
                await self._working.default_exchange.publish(reply, message.reply_to or "")


class Square(RequestHandler):
    """The square of a number."""

    async def get(self, number: str) -> None:
        squares = self.settings["squares"]
        assert isinstance(squares, Squares)
        with unavailable(*TROUBLE):
            self.write(await squares.ask(int(number)))


@contextlib.asynccontextmanager
async def site(url: str, queue: str = QUEUE) -> AsyncIterator[Application]:
    """The site, and the connection of this process."""
    connection = await aio_pika.connect_robust(
        url, timeout=PATIENCE, reconnect_interval=BETWEEN_TRIES
    )
    async with connection:
        asking = await connection.channel(publisher_confirms=True)
        working = await connection.channel(publisher_confirms=True)
        assert isinstance(asking, AbstractRobustChannel)
        assert isinstance(working, AbstractRobustChannel)
        squares = Squares(asking, working, queue)
        await squares.open()
        yield Application([(r"/squares/(\d{1,9})", Square)], squares=squares)


if __name__ == "__main__":
    main(site, URL)
