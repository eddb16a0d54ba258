# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""Clients of others, each in the way that its documentation shows; the last argument is one.

Each connection has WINDOW messages on their way: ``PORT SIZE WINDOW CONNECTIONS SECONDS NAME``.
"""

import asyncio
import os
import sys
import time

import uvloop

count = 0


async def picows(url: str, message: str, window: int) -> None:
    from picows import WSListener, WSMsgType, ws_connect

    data = message.encode()

    class Listener(WSListener):
        def on_ws_connected(self, transport) -> None:
            for _ in range(window):
                transport.send(WSMsgType.TEXT, data)

        def on_ws_frame(self, transport, frame) -> None:
            global count
            count += 1
            frame.get_payload_as_utf8_text()
            transport.send(WSMsgType.TEXT, data)

    await ws_connect(Listener, url)
    await asyncio.Event().wait()


async def aiohttp(url: str, message: str, window: int) -> None:
    global count
    from aiohttp import ClientSession

    async with ClientSession() as session, session.ws_connect(url, max_msg_size=0) as websocket:
        for _ in range(window):
            await websocket.send_str(message)
        while True:
            await websocket.receive_str()
            await websocket.send_str(message)
            count += 1


async def websockets(url: str, message: str, window: int) -> None:
    global count
    from websockets.asyncio.client import connect

    async with connect(url, compression=None, max_size=None, ping_interval=None) as websocket:
        for _ in range(window):
            await websocket.send(message)
        while True:
            await websocket.recv()
            await websocket.send(message)
            count += 1


async def tornado(url: str, message: str, window: int) -> None:
    global count
    from tornado.websocket import websocket_connect

    websocket = await websocket_connect(url)
    for _ in range(window):
        await websocket.write_message(message)
    while True:
        await websocket.read_message()
        await websocket.write_message(message)
        count += 1


async def main() -> None:
    port, size, window, connections, seconds = (float(argument) for argument in sys.argv[1:6])
    url, message = f"ws://127.0.0.1:{port:.0f}/", "m" * int(size)
    talk = globals()[sys.argv[6]]
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


uvloop.run(main())
