"""`ResponseStream`: an answer whose body is read piece by piece."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from zonda.http import HTTPHeaders

from .errors import HTTPStreamClosedError
from .request import HTTPRequest
from .response import HTTPResponse

if TYPE_CHECKING:
    from .client import AsyncHTTPClient
    from .fetch import Fetch

#: Bytes, decompressed, that wait to be read before the server is made to wait.
HIGH_WATER: Final = 256 * 1024


class ResponseStream:
    """What `AsyncHTTPClient.stream` gives: to be entered, then iterated over for its body.

    It is entered once, and read by one task at a time.  Leaving it before the end of the body ends
    the connection.
    """

    def __init__(self, client: AsyncHTTPClient, request: HTTPRequest, raise_error: bool) -> None:
        self._client = client
        self._request = request
        self._raise_error = raise_error
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._is_entered = False
        self._ended = False
        self._error: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._fetch: Fetch | None = None
        self._response: HTTPResponse | None = None

    @property
    def request(self) -> HTTPRequest:
        """What was asked for."""
        return self._request

    @property
    def code(self) -> int:
        """The status."""
        return self._head().code

    @property
    def reason(self) -> str:
        """The text beside the status."""
        return self._head().reason

    @property
    def headers(self) -> HTTPHeaders:
        """The header fields."""
        return self._head().headers

    @property
    def effective_url(self) -> str:
        """Where the answer comes from, after redirects."""
        return self._head().effective_url

    async def read(self) -> bytes:
        """The rest of the body; if it is cancelled, nothing of it is lost.

        :raises HTTPClientError: it did not come.
        """
        taken: list[bytes] = []
        try:
            async for piece in self:
                taken.append(piece)
        except asyncio.CancelledError:
            self._pieces.extendleft(reversed(taken))
            self._count(sum(map(len, taken)))
            raise
        return b"".join(taken)

    async def __aenter__(self) -> Self:
        if self._is_entered:
            raise RuntimeError("a stream is entered once: ask the client for another one")
        self._is_entered = True
        self._fetch = self._client.begin(self._request, self._raise_error, self)
        try:
            self._response = await self._fetch.future
        except BaseException as error:
            self._leave(error)
            raise
        return self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave(HTTPStreamClosedError("the answer's stream was left"))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self._head()
        if self._waiter is not None and not self._waiter.done():
            raise RuntimeError("somebody else is reading the stream")
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        piece = self._pieces.popleft()
        before, self._size = self._size, self._size - len(piece)
        if before > HIGH_WATER >= self._size and self._fetch is not None:
            self._fetch.resume()
        return piece

    # What the fetch calls.

    def feed(self, data: bytes) -> None:
        """A piece of the body."""
        self._pieces.append(data)
        self._count(len(data))
        self._wake()

    def end(self) -> bool:
        """The body is complete; what was not read yet needs no connection."""
        self._ended = True
        self._wake()
        return True

    def fail(self, error: BaseException) -> None:
        """The rest will not come."""
        self._error = error
        self._wake()

    def _head(self) -> HTTPResponse:
        """The answer without its body.

        :raises RuntimeError: nobody has waited for it.
        """
        if self._response is None:
            raise RuntimeError('a stream is entered first: "async with client.stream(...)"')
        return self._response

    def _count(self, size: int) -> None:
        """So much more waits to be read."""
        self._size += size
        if self._size > HIGH_WATER and self._fetch is not None:
            self._fetch.pause()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _leave(self, error: BaseException) -> None:
        fetch, self._fetch = self._fetch, None
        if fetch is not None:
            fetch.give_up(error)
        self._pieces.clear()
        if self._error is None:
            self._error = error
