"""Handlers that need no code: errors and redirects."""

from __future__ import annotations

from typing import ClassVar

from .errors import HTTPError
from .handler import RequestHandler


class ErrorHandler(RequestHandler):
    """Answers every request with *status_code*."""

    SUPPORTED_METHODS: ClassVar[tuple[str, ...]] = RequestHandler.SUPPORTED_METHODS

    def initialize(self, status_code: int) -> None:  # type: ignore[override]  # each handler has its own arguments
        """Take the status."""
        self.set_status(status_code)

    def prepare(self) -> None:
        """Answer."""
        raise HTTPError(self._status_code)
