"""MySQL and MariaDB: the blog that Tornado's wrapper was shown with.

``python -m examples.drivers.mysql_blog --url mysql://root@127.0.0.1/test``, then::

    curl -d '{"slug": "zonda", "title": "A dry wind", "text": "It comes down."}' localhost:8888/
    curl localhost:8888/ ; curl localhost:8888/zonda
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from zonda.database import Connection, DatabaseMixin, DataError, IntegrityError, OperationalError
from zonda.escape import json_decode
from zonda.web import Application, HTTPError, RequestHandler

from .program import main, unavailable

URL = "mysql://root@127.0.0.1:3306/test"

# Connections of one process, and seconds that a request waits for one of them.
CONNECTIONS = 10
WAITING = 2.0
# Entries on the front page.
SHOWN = 5

SCHEMA = """CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTO_INCREMENT, slug VARCHAR(100) NOT NULL UNIQUE,
    title VARCHAR(200) NOT NULL, text MEDIUMTEXT NOT NULL, published TIMESTAMP NOT NULL)"""


@dataclasses.dataclass(frozen=True)
class Entry:
    """A row, with types."""

    id: int
    slug: str
    title: str
    text: str
    published: datetime.datetime

    def as_json(self) -> dict[str, object]:
        """For JSON, which has no times."""
        return {**dataclasses.asdict(self), "published": self.published.isoformat()}


class Front(RequestHandler, DatabaseMixin):
    """The last entries, and new ones."""

    async def get(self) -> None:
        with unavailable(OperationalError):
            entries = await self.db.into(Entry).query(
                "SELECT * FROM entries ORDER BY id DESC LIMIT %s", SHOWN
            )
        self.write({"entries": [entry.as_json() for entry in entries]})

    async def post(self) -> None:
        given = json_decode(self.request.body)
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0, tzinfo=None)
        try:
            with unavailable(OperationalError):
                key = await self.db.insert(
                    "INSERT INTO entries (slug, title, text, published) VALUES (%s, %s, %s, %s)",
                    *[str(given.get(name, "")) for name in ("slug", "title", "text")],
                    now,
                )
        except IntegrityError:
            raise HTTPError(409, "there is an entry of this name") from None
        except DataError as error:
            raise HTTPError(400, error.message) from None  # too long: it is not cut
        self.set_status(201)
        self.write({"id": key})


class Page(RequestHandler, DatabaseMixin):
    """One entry."""

    async def get(self, slug: str) -> None:
        with unavailable(OperationalError):
            entry = await self.db.into(Entry).get("SELECT * FROM entries WHERE slug = %s", slug)
        if entry is None:
            raise HTTPError(404)
        self.write(entry.as_json())


@contextlib.asynccontextmanager
async def site(url: str) -> AsyncIterator[Application]:
    """The site.  ``Connection`` has the arguments of old, and is a whole pool."""
    place = urlsplit(url)
    db = Connection(
        f"{place.hostname}:{place.port or 3306}",
        place.path.strip("/"),
        place.username,
        place.password,
        pool_size=CONNECTIONS,
        pool_timeout=WAITING,
    )
    async with db:
        await db.execute(SCHEMA)
        yield Application([("/", Front), (r"/([a-z0-9-]+)", Page)], db=db)


if __name__ == "__main__":
    main(site, URL)
