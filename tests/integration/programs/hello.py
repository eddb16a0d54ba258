"""A small server for tests of whole processes: quick, slow and streamed answers."""

from __future__ import annotations

import asyncio
import sys

from zonda.httpserver import HTTPServer
from zonda.ioloop import run
from zonda.web import Application, RequestHandler


class Quick(RequestHandler):
    """Answers at once."""

    def get(self) -> None:
        """Answer GET."""
        self.write("quick")


class Slow(RequestHandler):
    """Answers after a while."""

    async def get(self) -> None:
        """Answer GET."""
        await asyncio.sleep(0.05)
        self.write("slow")


class Streamed(RequestHandler):
    """Answers in pieces."""

    async def get(self) -> None:
        """Answer GET."""
        for number in range(5):
            self.write(f"{number}")
            await self.flush()
            await asyncio.sleep(0.01)


async def main() -> None:
    """Serve until a signal."""
    server = HTTPServer(Application([("/", Quick), ("/slow", Slow), ("/streamed", Streamed)]))
    [sock] = server.listen(0, "127.0.0.1")
    print(f"http://127.0.0.1:{sock.getsockname()[1]}/", flush=True)
    await server.serve_until_signal(grace=10)


if __name__ == "__main__":
    run(main, uvloop="--uvloop" in sys.argv)
