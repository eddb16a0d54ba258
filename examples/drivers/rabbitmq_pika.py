"""RabbitMQ through pika on the IOLoop: jobs that are not lost.

``python -m examples.drivers.rabbitmq_pika``, then ``curl -d 'resize cat.png' localhost:8888/jobs``
and ``curl localhost:8888/jobs``.

pika speaks in callbacks; what a handler needs of it is one future: "the broker has this message".
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pika  # type: ignore[import-untyped]

from zonda.ioloop.pika import IOLoopConnection, Reconnector
from zonda.web import Application, RequestHandler

from .program import main, unavailable

URL = "amqp://guest:guest@127.0.0.1:5672/%2F"
QUEUE = "zonda-jobs"

# Seconds until the broker has to have a message, waiting for a place included.
CONFIRMATION = 5.0
# Messages that are on their way to the broker at the same time.
UNCONFIRMED = 100
# Jobs that this process works at; the broker keeps the others for whoever is free.
AT_ONCE = 10

log = logging.getLogger(__name__)

Work = Callable[[bytes], Any]


class NotConnectedError(Exception):
    """The broker is not there, or went away before it had the message."""


class Jobs:
    """A queue of the broker, with one connection and one channel for each process.

    A job is worked at by whichever process the broker chooses, at least once: when a process dies
    before it has said that a job is done, another one gets it.
    """

    def __init__(self, parameters: Any, queue: str, work: Work) -> None:
        self._rabbit = Reconnector(parameters, self._connected)
        self._queue = queue
        self._work = work
        self._channel: Any = None
        self._places = asyncio.Semaphore(UNCONFIRMED)
        self._published = 0
        self._unconfirmed: dict[int, asyncio.Future[None]] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()

    async def open(self) -> None:
        """Connect, and wait until that has worked."""
        self._rabbit.start()
        async with asyncio.timeout(CONFIRMATION):
            await self._ready.wait()

    async def close(self) -> None:
        """Finish what is being worked at, and disconnect."""
        if self._channel is not None:
            self._channel.basic_cancel("jobs")
        while self._working:
            await asyncio.wait(self._working)
        await self._rabbit.close()

    async def add(self, job: bytes) -> None:
        """Have the broker keep *job*; it has it, on its disk, when this returns.

        :raises NotConnectedError: there is no broker
        :raises TimeoutError: it does not say that it has the message; it may have it all the same
        """
        async with asyncio.timeout(CONFIRMATION), self._places:
            if self._channel is None:
                raise NotConnectedError("there is no connection to RabbitMQ")
            future = asyncio.get_running_loop().create_future()
            self._published += 1
            self._unconfirmed[self._published] = future
            persistent = pika.BasicProperties(delivery_mode=2)
            self._channel.basic_publish("", self._queue, job, persistent)
            await future

    # What pika tells: a connection, a channel, the queue, and then both directions.

    def _connected(self, connection: IOLoopConnection) -> None:
        connection.channel(on_open_callback=self._opened)

    def _opened(self, channel: Any) -> None:
        channel.add_on_close_callback(self._closed)
        channel.confirm_delivery(self._confirmed)
        channel.basic_qos(prefetch_count=AT_ONCE)
        channel.queue_declare(self._queue, durable=True, callback=lambda _: self._consume(channel))

    def _consume(self, channel: Any) -> None:
        channel.basic_consume(self._queue, self._received, consumer_tag="jobs")
        self._published = 0  # the broker counts anew on a new channel
        self._channel = channel
        self._ready.set()

    def _closed(self, channel: Any, reason: Exception) -> None:
        self._channel = None
        waiting, self._unconfirmed = self._unconfirmed, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(NotConnectedError(str(reason)))

    def _confirmed(self, frame: Any) -> None:
        """The broker has a message, or (``multiple``) all up to it; or it refuses."""
        method = frame.method
        first = min(self._unconfirmed, default=0) if method.multiple else method.delivery_tag
        for number in range(first, method.delivery_tag + 1):
            future = self._unconfirmed.pop(number, None)
            if future is None or future.done():
                continue
            if isinstance(method, pika.spec.Basic.Ack):
                future.set_result(None)
            else:
                future.set_exception(NotConnectedError("RabbitMQ cannot keep the message"))

    def _received(self, channel: Any, delivery: Any, properties: Any, job: bytes) -> None:
        task = asyncio.ensure_future(self._do(channel, delivery.delivery_tag, job))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _do(self, channel: Any, tag: int, job: bytes) -> None:
        try:
            await self._work(job)
        except Exception:
            log.exception("A job failed")
            if channel.is_open:
                channel.basic_nack(tag, requeue=False)  # or it would come back for ever
        else:
            if channel.is_open:  # otherwise the broker gives it to somebody else
                channel.basic_ack(tag)


class Desk:
    """Where the jobs of this process are done."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def work(self, job: bytes) -> None:
        """Think about the job."""
        await asyncio.sleep(0.001)
        text = job.decode()
        if text == "fail":
            raise ValueError(text)
        self.done.append(text)


class JobsHandler(RequestHandler):
    """New jobs, and what this process has done."""

    async def post(self) -> None:
        jobs = self.settings["jobs"]
        assert isinstance(jobs, Jobs)
        with unavailable(NotConnectedError, TimeoutError):
            await jobs.add(self.request.body)
        self.set_status(202)
        self.write({"accepted": len(self.request.body)})

    async def get(self) -> None:
        desk = self.settings["desk"]
        assert isinstance(desk, Desk)
        self.write({"done": desk.done[-100:]})


@contextlib.asynccontextmanager
async def site(url: str, queue: str = QUEUE) -> AsyncIterator[Application]:
    """The site; what it works at is finished before its process ends."""
    desk = Desk()
    jobs = Jobs(pika.URLParameters(url), queue, desk.work)
    try:
        await jobs.open()
        yield Application([("/jobs", JobsHandler)], jobs=jobs, desk=desk)
    finally:
        await jobs.close()


if __name__ == "__main__":
    main(site, URL)
