"""An id for each request: in its log lines, in its answer, and passed on by whoever it calls."""

from __future__ import annotations

import logging
import re
import secrets
from contextvars import ContextVar

from zonda.http import HTTPHeaders
from zonda.web import Exchange, Reply, Wrapper

HEADER = "X-Request-Id"

# Ids of others are kept if they can do no harm in a log.
_HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,64}")

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request that is being answered; also in all tasks that its handler starts."""


class RequestIds(Wrapper):
    """Gives each request an id, or takes over that of the proxy in front."""

    def request_begins(self, exchange: Exchange) -> Reply | None:
        """Choose the id."""
        given = exchange.headers.get(HEADER) or ""
        chosen = given if _HARMLESS.fullmatch(given) else secrets.token_hex(8)
        exchange.notes["id"] = chosen
        request_id.set(chosen)
        return None

    def answer_begins(self, exchange: Exchange, status: int, headers: HTTPHeaders) -> None:
        """Tell the id."""
        headers[HEADER] = str(exchange.notes["id"])


class RequestIdFilter(logging.Filter):
    """Puts the id into log records, for formats with ``%(request_id)s``."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the attribute."""
        record.request_id = request_id.get()
        return True
