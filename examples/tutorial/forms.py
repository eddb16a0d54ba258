"""A guest book to write into: a form, what may be wrong with it, and who may send it."""

from __future__ import annotations

import asyncio

from zonda.web import Application, RequestHandler

from .pages import HERE, Entry, EntryCard


class BookHandler(RequestHandler):
    """The page, and its form."""

    def initialize(self, book: list[Entry]) -> None:
        self.book = book

    def get(self) -> None:
        self.show()

    def post(self) -> None:
        author = self.get_body_argument("author", "")
        text = self.get_body_argument("text", "")
        if not author or not text:
            self.set_status(400)
            self.show("Please fill in both.", author, text)
            return
        self.book.append(Entry(author[:40], text[:500]))
        self.redirect("/", status=303)

    def show(self, error: str = "", author: str = "", text: str = "") -> None:
        self.render("write.html", entries=self.book, error=error, author=author, text=text)


def make_app() -> Application:
    """The site."""
    book: list[Entry] = []
    return Application(
        [("/", BookHandler, {"book": book})],
        template_path=str(HERE / "templates"),
        static_path=str(HERE / "static"),
        ui_modules={"EntryCard": EntryCard},
        xsrf_cookies=True,
    )


async def main() -> None:
    await make_app().listen(8888).serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
