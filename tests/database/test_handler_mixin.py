"""``self.db`` is the database in the settings."""

from __future__ import annotations

import pytest

from zonda.database import Database, DatabaseMixin, InterfaceError


class Handler(DatabaseMixin):
    """As much of a request handler as is needed."""

    def __init__(self, **settings: object) -> None:
        self.settings = settings


async def test_db_is_the_database_of_the_application() -> None:
    async with Database("sqlite://") as db:
        handler = Handler(db=db)
        assert handler.db is db
        assert await handler.db.get("SELECT 1 AS one") == {"one": 1}


@pytest.mark.parametrize("settings", [{}, {"db": None}, {"db": "sqlite://"}])
def test_application_without_a_database(settings: dict[str, object]) -> None:
    with pytest.raises(InterfaceError, match="setting 'db' has to be a Database"):
        _ = Handler(**settings).db
