"""The consumer with the event loop alone, with a real broker behind a line that can be cut."""

from __future__ import annotations

import asyncio
import uuid
from urllib.parse import urlsplit

import pika  # type: ignore[import-untyped]
import pytest

from examples import rabbitmq_consumer
from tests.integration.drivers.conftest import through, url_of
from tests.ioloop.cut_line import CutLine
from zonda.ioloop import pika as zonda_pika


async def test_messages_come_before_and_after_the_line_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zonda_pika, "FIRST_DELAY", 0.02)
    url = url_of("ZONDA_TEST_AMQP_URL", rabbitmq_consumer.URL)
    place, queue = urlsplit(url), f"zonda-test-{uuid.uuid4().hex}"
    came: asyncio.Queue[str] = asyncio.Queue()
    async with CutLine(place.hostname or "", place.port or 5672) as line:
        consumer = asyncio.ensure_future(
            rabbitmq_consumer.consume(through(line, url), queue, came.put_nowait)
        )
        for text in ("one", "another"):
            await rabbitmq_consumer.send(url, queue, text)
            while await came.get() != text:
                pass  # one that was not confirmed before the cut comes again
            line.cut()
        consumer.cancel()
        await asyncio.wait([consumer])
        assert consumer.cancelled()
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        connection.channel().queue_delete(queue)
