"""The client that the Autobahn test suite talks to: echoes in every case it is given."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

AGENT = "zonda"


async def main() -> None:
    from zonda.websocket import HandshakeError, websocket_connect

    url = sys.argv[1]

    async def run_case(case_url: str) -> None:
        # A callback answers before the next frame is looked at, even if that is a violation.
        ready = asyncio.Event()

        async def echo(message: str | bytes | None) -> None:
            await ready.wait()
            if message is not None:
                websocket.write_message(message, isinstance(message, bytes))

        websocket = await websocket_connect(
            case_url, on_message_callback=echo, compression_options={"threshold": 0}
        )
        ready.set()
        await websocket.closed()

    async with websocket_connect(f"{url}/getCaseCount") as websocket:
        count = int(await websocket.read_message() or 0)
    for case in range(1, count + 1):
        with contextlib.suppress(HandshakeError):
            await run_case(f"{url}/runCase?case={case}&agent={AGENT}")
    async with websocket_connect(f"{url}/updateReports?agent={AGENT}") as websocket:
        await websocket.closed()


if __name__ == "__main__":
    if "--portable" in sys.argv:
        os.environ["ZONDA_PURE"] = "1"
        sys.modules["websockets.speedups"] = None  # type: ignore[assignment]  # forbids the import
    from zonda.ioloop import run

    run(main)
