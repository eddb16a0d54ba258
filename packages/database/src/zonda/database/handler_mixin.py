"""``self.db`` in request handlers: the database that the application was made with.

Nothing of the web framework is needed here, only that a handler has settings, and nothing happens
before a handler asks for its database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from .client import Database
from .errors import InterfaceError

# The application's setting that holds the database.
SETTING = "db"


class HasSettings(Protocol):
    """What `DatabaseMixin` asks of the class that it is mixed into."""

    @property
    def settings(self) -> Mapping[str, object]:
        """The settings of the application."""


class DatabaseMixin:
    """Gives a request handler ``self.db``, the :class:`Database` in the application's settings.

    The application is made with it, ``Application(rules, db=db)``, and whoever serves the
    application opens and closes it::

        class Article(RequestHandler, DatabaseMixin):
            async def get(self, number: str) -> None:
                row = await self.db.get("SELECT * FROM articles WHERE id = %s", int(number))
    """

    @property
    def db(self: HasSettings) -> Database:
        """The database.

        :raises InterfaceError: when the application was made without one
        """
        found = self.settings.get(SETTING)
        if not isinstance(found, Database):
            raise InterfaceError(
                f"the application's setting {SETTING!r} has to be a Database, "
                f"as in Application(rules, {SETTING}=Database(url)); it is {found!r}"
            )
        return found
