"""A consumer of RabbitMQ with the event loop alone: ``zonda-ioloop[pika]``, and no web server.

``python -m examples.rabbitmq_consumer``, and in another terminal
``python -m examples.rabbitmq_consumer --send "resize cat.png"``.  Ctrl-C or SIGTERM ends it.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from typing import Any

import pika  # type: ignore[import-untyped]

from zonda.ioloop import run
from zonda.ioloop.pika import IOLoopConnection, Reconnector

URL = "amqp://guest:guest@127.0.0.1:5672/%2F"
QUEUE = "zonda-consumer"
#: Messages that the broker sends before the first of them has been confirmed.
AT_ONCE = 10


class Consumer:
    """Calls *work* with each message; the broker keeps those that were not finished.

    Everything here is called by pika, one thing after the other: a connection is there, then a
    channel, then the queue.  When the connection is lost, all of it happens anew.
    """

    def __init__(self, url: str, queue: str, work: Callable[[str], None]) -> None:
        self.rabbit = Reconnector(pika.URLParameters(url), self.connected)
        self.queue = queue
        self.work = work

    def connected(self, connection: IOLoopConnection) -> None:
        connection.channel(on_open_callback=self.opened)

    def opened(self, channel: Any) -> None:
        channel.basic_qos(prefetch_count=AT_ONCE)
        channel.queue_declare(self.queue, durable=True, callback=lambda _: self.declared(channel))

    def declared(self, channel: Any) -> None:
        channel.basic_consume(self.queue, self.received)

    def received(self, channel: Any, delivery: Any, properties: Any, body: bytes) -> None:
        self.work(body.decode())
        channel.basic_ack(delivery.delivery_tag)


async def consume(url: str, queue: str, work: Callable[[str], None] = print) -> None:
    """Work until the task is cancelled."""
    consumer = Consumer(url, queue, work)
    consumer.rabbit.start()
    try:
        await asyncio.Event().wait()
    finally:
        await consumer.rabbit.close()


async def send(url: str, queue: str, text: str) -> None:
    """Put a message into the queue; the broker has it when this returns."""
    sent = asyncio.get_running_loop().create_future()

    def opened(channel: Any) -> None:
        def declared(frame: Any) -> None:
            channel.basic_publish("", queue, text.encode(), pika.BasicProperties(delivery_mode=2))

        channel.confirm_delivery(sent.set_result)
        channel.queue_declare(queue, durable=True, callback=declared)

    rabbit = Reconnector(pika.URLParameters(url), lambda c: c.channel(on_open_callback=opened))
    rabbit.start()
    try:
        await sent
    finally:
        await rabbit.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m examples.rabbitmq_consumer", description="Print what comes to a queue."
    )
    parser.add_argument("--url", default=URL, help="the broker; RabbitMQ on this machine")
    parser.add_argument("--queue", default=QUEUE, help="its queue (%(default)s)")
    parser.add_argument("--send", metavar="TEXT", help="send a message and end")
    given = parser.parse_args()
    if given.send is None:
        run(lambda: consume(given.url, given.queue))
    else:
        run(lambda: send(given.url, given.queue, given.send))


if __name__ == "__main__":
    main()
