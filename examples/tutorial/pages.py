"""The guest book as a page: templates, a module, a style sheet."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

from zonda.web import Application, RequestHandler, UIModule

HERE = Path(__file__).parent


class Entry(NamedTuple):
    """What a guest wrote."""

    author: str
    text: str


class EntryCard(UIModule):
    """One entry, as it looks on every page."""

    def render(self, entry: Entry) -> bytes:
        return self.render_string("entry.html", entry=entry)


class BookHandler(RequestHandler):
    """The page."""

    def get(self) -> None:
        self.render("book.html", entries=[Entry("ada", "Is 1 < 2 & so on?")])


def make_app() -> Application:
    """The site."""
    return Application(
        [("/", BookHandler)],
        template_path=str(HERE / "templates"),
        static_path=str(HERE / "static"),
        ui_modules={"EntryCard": EntryCard},
        debug=True,
    )


async def main() -> None:
    await make_app().listen(8888).serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
