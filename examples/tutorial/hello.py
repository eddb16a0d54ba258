"""Hello, world."""

from __future__ import annotations

import asyncio

from zonda.web import Application, RequestHandler


class MainHandler(RequestHandler):
    """The front page."""

    def get(self) -> None:
        self.write("Hello, world")


def make_app() -> Application:
    """The site."""
    return Application([("/", MainHandler)])


async def main() -> None:
    await make_app().listen(8888).serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
