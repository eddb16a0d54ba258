"""The event loop under the names of ``tornado.platform.asyncio``."""

from __future__ import annotations

import asyncio
import os
import threading
import warnings
from collections.abc import Generator
from typing import Any

import pytest

from tornado import gen
from tornado.ioloop import IOLoop
from tornado.platform.asyncio import (
    AddThreadSelectorEventLoop,
    AnyThreadEventLoopPolicy,
    AsyncIOLoop,
    AsyncIOMainLoop,
    to_asyncio_future,
    to_tornado_future,
)


def test_loops_know_what_coroutines_may_yield() -> None:
    loop = IOLoop(make_current=False)
    assert isinstance(loop, AsyncIOLoop)

    @gen.coroutine
    def main() -> Generator[Any, Any, int]:
        yield gen.moment
        return 1

    assert loop.run_sync(main) == 1
    assert loop.run_sync(lambda: None) is None

    async def several() -> Any:
        return await to_asyncio_future([main(), main()])

    assert loop.run_sync(several) == [1, 1]
    with pytest.raises(gen.BadYieldError):
        loop.run_sync(lambda: 42)
    with pytest.raises(RuntimeError, match="has an IOLoop already"):
        AsyncIOMainLoop(make_current=False, asyncio_loop=loop.asyncio_loop)

    async def stopping() -> None:
        loop.stop()
        await asyncio.sleep(10)

    with pytest.raises(RuntimeError, match="Event loop stopped"):
        loop.run_sync(stopping)
    assert loop.selector_loop is loop.asyncio_loop
    loop.close()


async def test_old_names() -> None:
    IOLoop.configure("tornado.platform.asyncio.AsyncIOLoop")  # type: ignore[attr-defined]  # Tornado's name
    assert IOLoop.configured_class() is AsyncIOLoop  # type: ignore[attr-defined]  # as above
    assert IOLoop.current() is not None
    assert IOLoop.initialized()  # type: ignore[attr-defined]  # as above
    future = asyncio.get_running_loop().create_future()
    assert to_tornado_future(future) is future
    future.cancel()


def test_readers_from_a_thread() -> None:
    before = threading.active_count()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real = asyncio.new_event_loop()
    loop = AddThreadSelectorEventLoop(real)  # type: ignore[abstract]  # the rest is the real one's
    reader, writer = os.pipe()
    ready: asyncio.Future[None] = real.create_future()

    def readable() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(reader, readable)
    loop.add_writer(writer, lambda: loop.remove_writer(writer))
    os.write(writer, b"x")
    loop.run_until_complete(ready)
    assert loop.remove_reader(reader)
    loop.close()
    loop.close()
    assert not loop.remove_reader(reader)
    os.close(reader)
    os.close(writer)
    assert threading.active_count() <= before


@pytest.mark.filterwarnings("ignore:'asyncio.*policy' is deprecated:DeprecationWarning")
def test_policy_makes_a_loop_in_any_thread() -> None:
    made: list[bool] = []

    def ask() -> None:
        loop = asyncio.get_event_loop()
        made.append(asyncio.get_event_loop() is loop)
        loop.close()

    asyncio.set_event_loop_policy(AnyThreadEventLoopPolicy())
    try:
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    finally:
        asyncio.set_event_loop_policy(None)
    assert made == [True]
