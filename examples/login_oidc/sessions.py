"""Who is logged in: in the memory of one process, which is enough for an example."""

from __future__ import annotations

import secrets
from typing import NamedTuple


class Session(NamedTuple):
    """One browser that is logged in."""

    user: dict[str, str]
    id_token: str


class Sessions:
    """All of them, by number."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def add(self, user: dict[str, str], id_token: str) -> str:
        """Begin a session; its number."""
        number = secrets.token_urlsafe(16)
        self._sessions[number] = Session(user, id_token)
        return number

    def find(self, number: str) -> dict[str, str] | None:
        """Whose session it is."""
        session = self._sessions.get(number)
        return None if session is None else session.user

    def remove(self, number: str) -> Session | None:
        """End a session."""
        return self._sessions.pop(number, None)

    def remove_user(self, subject: str) -> None:
        """End all sessions of a user."""
        for number, session in list(self._sessions.items()):
            if session.user["sub"] == subject:
                del self._sessions[number]
