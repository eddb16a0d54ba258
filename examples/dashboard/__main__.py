"""``python -m examples.dashboard`` shows how busy this machine is, at http://127.0.0.1:8888/."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from zonda.web import Application, RequestHandler

HERE = Path(__file__).parent


class Page(RequestHandler):
    """The chart; its script listens to `Load`."""

    def get(self) -> None:
        """Show it."""
        self.render("dashboard.html")


class Load(RequestHandler):
    """One event for each moment, as long as somebody looks."""

    def initialize(self, pause: float) -> None:
        """Take the seconds between two events."""
        self.pause = pause

    async def get(self) -> None:
        """Send them."""
        async with self.event_stream(retry=1) as events:
            while True:
                await events.send({"load": os.getloadavg()[0]}, event="load")
                await asyncio.sleep(self.pause)


def make_app(pause: float = 1.0) -> Application:
    """The dashboard."""
    return Application(
        [("/", Page), ("/load", Load, {"pause": pause})],
        template_path=str(HERE),
        static_path=str(HERE / "static"),
    )


async def main() -> None:
    await make_app().listen(8888, "127.0.0.1").serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
