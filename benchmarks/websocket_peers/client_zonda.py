"""Zonda's client: a callback, or a coroutine for each connection with ``coroutine``."""

from __future__ import annotations

import asyncio
import os
import sys
import time

from zonda.ioloop import run
from zonda.websocket import WebSocketClientConnection, websocket_connect

count = 0


async def by_callback(url: str, message: str, window: int) -> None:
    def echoed(answer: str | bytes | None) -> None:
        global count
        count += 1
        websocket.write_message(message)

    websocket = await websocket_connect(url, on_message_callback=echoed)
    for _ in range(window):
        websocket.write_message(message)


async def by_coroutine(url: str, message: str, window: int) -> None:
    global count
    websocket: WebSocketClientConnection = await websocket_connect(url)
    for _ in range(window):
        await websocket.write_message(message)
    while True:
        await websocket.read_message()
        await websocket.write_message(message)
        count += 1


async def main() -> None:
    port, size, window, connections, seconds = (float(argument) for argument in sys.argv[1:6])
    url, message = f"ws://127.0.0.1:{port:.0f}/", "m" * int(size)
    talk = by_coroutine if "coroutine" in sys.argv else by_callback
    tasks = [
        asyncio.ensure_future(talk(url, message, int(window))) for _ in range(int(connections))
    ]
    await asyncio.sleep(0.5)
    print("begin", flush=True)
    before, start, cpu = count, time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    done, used = count - before, time.process_time() - cpu
    passed = time.perf_counter() - start
    print(done / passed, used / passed, flush=True)
    os._exit(len(tasks) - int(connections))


run(main)
