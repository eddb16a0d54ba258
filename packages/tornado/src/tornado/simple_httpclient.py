"""The client whose limits are those of Tornado's simple client."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from zonda.httpclient import (
    AsyncHTTPClient,
    HeadTooLargeError,
    HTTPResponse,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    ResponseError,
)

from . import version
from .log import gen_log

__all__ = ["HTTPStreamClosedError", "HTTPTimeoutError", "SimpleAsyncHTTPClient"]

MAX_CLIENTS = 10


class SimpleAsyncHTTPClient(AsyncHTTPClient):
    """An `AsyncHTTPClient` with 10 connections, each for one request, unless told otherwise.

    To use connections again, give it an ``idle_timeout``, or take `AsyncHTTPClient`.

    :ivar max_clients: connections at a time.
    """

    def _open(  # type: ignore[override]  # takes all by name
        self, loop: asyncio.AbstractEventLoop, **settings: Any
    ) -> None:
        self.max_clients: int = settings.setdefault("max_clients", MAX_CLIENTS)
        settings.setdefault("idle_timeout", 0)
        settings["defaults"] = {"user_agent": f"Tornado/{version}", **settings.get("defaults", {})}
        super()._open(loop, **settings)

    @property
    def queue(self) -> range:
        """As long as the queue of requests that wait for a connection."""
        return range(self.pool.waiting_count)

    def fetch(self, *args: Any, **kwargs: Any) -> asyncio.Future[HTTPResponse]:
        """As `AsyncHTTPClient.fetch`; an answer that is no valid HTTP is logged, too."""
        future = super().fetch(*args, **kwargs)
        future.add_done_callback(_log_bad_answer)
        return future


def _log_bad_answer(future: asyncio.Future[HTTPResponse]) -> None:
    error = None if future.cancelled() else future.exception()
    if isinstance(error, HeadTooLargeError):
        gen_log.info("Unsatisfiable read, closing connection: %s", error)
    elif isinstance(error, ResponseError):
        gen_log.info("Malformed HTTP message from None: %s", error)
    elif isinstance(error, ssl.SSLError):
        gen_log.warning("SSL Error: %s", error)
