"""The server that the Autobahn test suite talks to: prints its port, then echoes."""

from __future__ import annotations

import asyncio
import os
import sys


async def main() -> None:
    from zonda.web import Application
    from zonda.websocket import WebSocketHandler

    class Echo(WebSocketHandler):
        def get_compression_options(self) -> dict[str, object]:
            return {"threshold": 0}

        def on_message(self, message: str | bytes) -> None:
            self.write_message(message, isinstance(message, bytes))

    server = Application([("/", Echo)], log_function=lambda _: None).listen(0, "127.0.0.1")
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if "--portable" in sys.argv:
        os.environ["ZONDA_PURE"] = "1"
        sys.modules["websockets.speedups"] = None  # type: ignore[assignment]  # forbids the import
    from zonda.ioloop import run

    run(main)
