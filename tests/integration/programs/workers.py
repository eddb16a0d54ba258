"""A site on two workers: quick and slow answers that name their process."""

from __future__ import annotations

import asyncio
import os
import sys

from zonda.httpserver import open_sockets, serve
from zonda.web import Application, RequestHandler


class Quick(RequestHandler):
    """Answers at once."""

    def get(self) -> None:
        """Answer GET."""
        self.write(f"{os.getpid():8}")


class Slow(RequestHandler):
    """Answers after a while."""

    async def get(self) -> None:
        """Answer GET."""
        await asyncio.sleep(0.05)
        self.write(f"{os.getpid():8}")


def make_application() -> Application:
    """What each worker serves."""
    return Application([("/", Quick), ("/slow", Slow)])


if __name__ == "__main__":
    sockets = open_sockets(["127.0.0.1:0"], reuse_port="--shared" not in sys.argv)
    print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}/", flush=True)
    serve(make_application, sockets, workers=2, grace=10)
