"""What the tour remembers: members, messages and its own secret, in one SQLite file."""

from __future__ import annotations

import dataclasses
import datetime
import secrets
from pathlib import Path
from typing import NamedTuple

from zonda.database import Database

SCHEMA = [
    """CREATE TABLE IF NOT EXISTS members (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        password TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY, member INTEGER NOT NULL REFERENCES members, text TEXT NOT NULL,
        sent TEXT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS site (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
]
MESSAGES = (
    "SELECT messages.id AS id, members.name AS author, text, sent "
    "FROM messages JOIN members ON members.id = messages.member "
)


@dataclasses.dataclass(frozen=True)
class Member:
    """Somebody with an account; *password* is the hash."""

    id: int
    name: str
    password: str


@dataclasses.dataclass(frozen=True)
class Message:
    """Something that was said; *sent* is a time in ISO 8601."""

    id: int
    author: str
    text: str
    sent: str

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return dataclasses.asdict(self)


class Counts(NamedTuple):
    """How much there is."""

    members: int
    messages: int


class Store:
    """The database of the tour."""

    def __init__(self, db: Database) -> None:
        self.db = db

    @classmethod
    def at(cls, path: Path) -> Store:
        """The store in a file, which is opened when it is first used."""
        return cls(Database(f"sqlite:///{path}"))

    @classmethod
    async def open(cls, path: Path) -> Store:
        """Open the file, which is made if it is not there."""
        store = cls.at(path)
        await store.create()
        return store

    async def create(self) -> None:
        """Make what is not there yet."""
        for statement in SCHEMA:
            await self.db.execute(statement)

    async def close(self) -> None:
        """Close the file."""
        await self.db.close()

    async def secret(self) -> str:
        """The key that signs cookies: made once, so that logins outlive a restart."""
        await self.db.execute(
            "INSERT OR IGNORE INTO site (name, value) VALUES ('secret', %s)", secrets.token_hex(32)
        )
        row = await self.db.get("SELECT value FROM site WHERE name = 'secret'")
        assert row is not None
        return str(row.value)

    async def add_member(self, name: str, password: str) -> Member:
        """A new account; raises `zonda.database.IntegrityError` if the name is taken."""
        number = await self.db.insert(
            "INSERT INTO members (name, password) VALUES (%s, %s)", name, password
        )
        return Member(number, name, password)

    async def member(self, number: int) -> Member | None:
        """The account with this number."""
        return await self.db.into(Member).get("SELECT * FROM members WHERE id = %s", number)

    async def member_called(self, name: str) -> Member | None:
        """The account with this name."""
        return await self.db.into(Member).get("SELECT * FROM members WHERE name = %s", name)

    async def set_password(self, member: Member, password: str) -> None:
        """Store another hash."""
        await self.db.update("UPDATE members SET password = %s WHERE id = %s", password, member.id)

    async def add_message(self, member: Member, text: str) -> Message:
        """Keep what was said."""
        sent = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        number = await self.db.insert(
            "INSERT INTO messages (member, text, sent) VALUES (%s, %s, %s)", member.id, text, sent
        )
        return Message(number, member.name, text, sent)

    async def message(self, number: int) -> Message | None:
        """One message."""
        return await self.db.into(Message).get(MESSAGES + "WHERE messages.id = %s", number)

    async def latest(self, count: int) -> list[Message]:
        """The last messages, oldest first."""
        found = await self.db.into(Message).query(
            MESSAGES + "ORDER BY messages.id DESC LIMIT %s", count
        )
        return found[::-1]

    async def since(self, number: int, count: int) -> list[Message]:
        """Messages after the one with this number."""
        return await self.db.into(Message).query(
            MESSAGES + "WHERE messages.id > %s ORDER BY messages.id LIMIT %s", number, count
        )

    async def message_count(self, member: Member) -> int:
        """How much a member has said."""
        row = await self.db.get(
            "SELECT count(*) AS count FROM messages WHERE member = %s", member.id
        )
        assert row is not None
        return int(row.count)

    async def counts(self) -> Counts:
        """How much there is of everything."""
        row = await self.db.get(
            "SELECT (SELECT count(*) FROM members) AS members, "
            "(SELECT count(*) FROM messages) AS messages"
        )
        assert row is not None
        return Counts(row.members, row.messages)
