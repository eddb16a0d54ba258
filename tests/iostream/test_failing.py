"""Futures that fail without anybody being obliged to ask."""

from __future__ import annotations

import asyncio
import gc

from zonda.iostream.failing import fail


async def test_nobody_need_ask() -> None:
    problems: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: problems.append(context))
    future: asyncio.Future[None] = loop.create_future()
    fail(future, ValueError("first"))
    fail(future, ValueError("second"))
    assert str(future.exception()) == "first"
    del future
    other: asyncio.Future[None] = loop.create_future()
    fail(other, ValueError("unasked"))
    del other
    gc.collect()
    await asyncio.sleep(0)
    assert not problems
