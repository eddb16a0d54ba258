"""The parts of a form as they come: ``async for part in self.multipart()``."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from zonda.http import (
    MAX_FIELD_SIZE,
    BodyTooLargeError,
    HTTPHeaders,
    MultipartParser,
    ParseMultipartConfig,
    PartBegin,
    PartData,
    PartEnd,
    find_boundary,
)

from .arguments import decode_utf8
from .streaming import body_of

if TYPE_CHECKING:
    from .handler import RequestHandler


class Part(AsyncIterator[bytes]):
    """A field or file of a form; iterating gives the pieces of its content.

    What is not read is skipped when the next part is asked for.

    :ivar name: the name of the field.
    :ivar filename: what the client calls the file; never to be used as a path.  None for a field.
    :ivar content_type: its media type as the client says.
    :ivar headers: all that the client says of it.
    """

    def __init__(self, begin: PartBegin, events: _Events) -> None:
        self.name: str = begin.name
        self.filename: str | None = begin.filename
        self.content_type: str = begin.content_type
        self.headers: HTTPHeaders = begin.headers
        self._events = events
        self._ended = False

    async def __anext__(self) -> bytes:
        if not self._ended:
            event = await self._events.next()
            if isinstance(event, PartData):
                return event.data
            self._ended = True
        raise StopAsyncIteration

    async def read(self, max_size: int = MAX_FIELD_SIZE) -> bytes:
        """The whole content that is left.

        :raises BodyTooLargeError: 413; it has more than *max_size* bytes.
        """
        pieces = []
        size = 0
        async for piece in self:
            size += len(piece)
            if size > max_size:
                raise BodyTooLargeError(f"the part {self.name!r} has more than {max_size} bytes")
            pieces.append(piece)
        return b"".join(pieces)

    async def text(self, max_size: int = MAX_FIELD_SIZE) -> str:
        """The whole content as text.

        :raises HTTPError: 400; it is not UTF-8.
        :raises BodyTooLargeError: 413; it has more than *max_size* bytes.
        """
        return decode_utf8(await self.read(max_size), self.name)


class _Events:
    """What a parser says of a body, one by one."""

    def __init__(self, parser: MultipartParser, chunks: AsyncIterator[bytes]) -> None:
        self._parser = parser
        self._chunks = chunks
        self._waiting: deque[PartBegin | PartData | PartEnd] = deque()

    async def next(self) -> PartBegin | PartData | PartEnd | None:
        """The next event, or None at the end."""
        while not self._waiting:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                self._parser.finish()
                return None
            self._waiting.extend(self._parser.feed(chunk))
        return self._waiting.popleft()


async def parts_of(
    handler: RequestHandler, config: ParseMultipartConfig | None
) -> AsyncIterator[Part]:
    """See `RequestHandler.multipart`."""
    boundary = find_boundary(handler.request.headers.get("Content-Type") or "")
    events = _Events(MultipartParser(boundary, config), body_of(handler))
    while (event := await events.next()) is not None:
        if isinstance(event, PartBegin):
            part = Part(event, events)
            yield part
            async for _ in part:
                pass
