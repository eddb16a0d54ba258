"""`HTTPClient`: the same for programs that wait."""

from __future__ import annotations

import asyncio
import os
import threading
from types import TracebackType
from typing import Any, Final, Self, Unpack

from .client import AsyncHTTPClient, FetchOptions
from .request import HTTPRequest
from .response import HTTPResponse

#: What is kept after a fork, since to close it would be felt in the process that made it.
_inherited: Final[list[object]] = []
_leaving: Final = threading.Lock()


class HTTPClient:
    """A client that blocks until the answer is there; it has an event loop of its own.

    Threads that share one take turns.  A process that was forked makes connections of its own.

    >>> with HTTPClient() as client:
    ...     client.fetch("http://bad host/")
    Traceback (most recent call last):
    zonda.httpclient.errors.RequestError: a URL has no valid host: 'http://bad host/'

    :param async_client_class: the client that does the work; `AsyncHTTPClient` unless given.
    :param settings: arguments for it.
    :raises RuntimeError: in `fetch`, where an event loop runs in this thread: use
        `AsyncHTTPClient` there.
    """

    def __init__(
        self, async_client_class: type[AsyncHTTPClient] | None = None, **settings: Any
    ) -> None:
        self._runner = asyncio.Runner()
        self._turn = threading.Lock()
        self._process = os.getpid()
        self._class = async_client_class or AsyncHTTPClient
        self._settings = settings
        self._client: AsyncHTTPClient | None = None
        self._closed = False

    def fetch(
        self,
        request: str | HTTPRequest,
        raise_error: bool = True,
        **kwargs: Unpack[FetchOptions],
    ) -> HTTPResponse:
        """Fetch *request*; see `AsyncHTTPClient.fetch`."""
        if _is_running():
            raise RuntimeError("an event loop runs in this thread: use AsyncHTTPClient here")
        self._leave_to_parent()
        with self._turn:
            if self._closed:
                raise RuntimeError("the client is closed")
            return self._runner.run(self._fetch(request, raise_error, kwargs))

    def close(self) -> None:
        """End all connections, and the loop."""
        self._leave_to_parent()
        with self._turn:
            if self._closed:
                return
            self._closed = True
            if self._client is not None:
                self._runner.run(self._client.__aexit__(None, None, None))
            self._runner.close()

    def _leave_to_parent(self) -> None:
        """Begin anew after a fork: loop and connections are the other process's."""
        if self._process != os.getpid():
            with _leaving:
                if self._process != os.getpid():
                    _inherited.append((self._runner, self._client))
                    self._runner = asyncio.Runner()
                    self._turn = threading.Lock()
                    self._client = None
                    self._process = os.getpid()

    async def _fetch(
        self, request: str | HTTPRequest, raise_error: bool, kwargs: FetchOptions
    ) -> HTTPResponse:
        if self._client is None:
            self._client = self._class(force_instance=True, **self._settings)
        return await self._client.fetch(request, raise_error, **kwargs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
