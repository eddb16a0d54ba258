"""The handler of requests that nobody else answers."""

from __future__ import annotations

from typing import ClassVar

from .errors import HTTPError
from .handler import RequestHandler


class ErrorHandler(RequestHandler):
    """Answers every request with *status_code*."""

    SUPPORTED_METHODS: ClassVar[tuple[str, ...]] = RequestHandler.SUPPORTED_METHODS

    def initialize(self, status_code: int) -> None:
        """Take the status."""
        self.set_status(status_code)

    def check_xsrf_cookie(self) -> None:
        """An error needs no proof of where the request comes from."""

    def prepare(self) -> None:
        """Answer."""
        raise HTTPError(self._status_code)
