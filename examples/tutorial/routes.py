"""A guest book as an interface for programs: paths with arguments, queries, JSON, errors."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from zonda.web import Application, HTTPError, Path, RequestHandler


class Entry(NamedTuple):
    """What a guest wrote."""

    author: str
    text: str


BOOK = [Entry("ada", "What a lovely place!"), Entry("grace", "I found a moth.")]


class EntriesHandler(RequestHandler):
    """All entries, or those of one author: ``/entries?author=ada``."""

    def get(self) -> None:
        author = self.get_query_argument("author", None)
        found = [entry for entry in BOOK if author in (None, entry.author)]
        self.write({"entries": [entry._asdict() for entry in found]})


class EntryHandler(RequestHandler):
    """One entry by its number, which the route has made an `int`."""

    def get(self, number: int) -> None:
        if number >= len(BOOK):
            raise HTTPError(404, reason="No such entry")
        self.write(BOOK[number]._asdict())


class SlowHandler(RequestHandler):
    """A method that waits is a coroutine; others are served meanwhile."""

    async def get(self) -> None:
        await asyncio.sleep(0.5)
        self.write({"entries": len(BOOK)})


def make_app() -> Application:
    """The site."""
    return Application(
        [
            ("/entries", EntriesHandler),
            (Path("/entries/{number:int}"), EntryHandler),
            ("/slow", SlowHandler),
        ]
    )


async def main() -> None:
    await make_app().listen(8888).serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
