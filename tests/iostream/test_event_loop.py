"""Which loop something belongs to."""

from __future__ import annotations

import asyncio

from zonda.ioloop import IOLoop
from zonda.iostream.event_loop import event_loop


async def test_the_running_loop() -> None:
    assert event_loop() is asyncio.get_running_loop()


def test_the_loop_that_will_run() -> None:
    loop = IOLoop(make_current=True)
    assert event_loop() is loop.asyncio_loop
    loop.close(all_fds=True)
