"""The body of one request: how much of it came, how quickly, and where it ends."""

from __future__ import annotations

from zonda.http import (
    BodyDecoder,
    ChunkedDecoder,
    HeaderBlock,
    HTTPHeaders,
    HTTPInputError,
    decoder_for,
)

from .limits import Limits


class BodyReader:
    """Knows the limits of a body and keeps to them.

    :param max_size: bytes; a size that is announced is checked before the first one.
    :param timeout: seconds that it may fall behind ``limits.min_body_rate``.
    :param now: the time, on the clock of the deadlines.
    :raises HTTPInputError: 413, the announced size is too large.
    """

    __slots__ = ("_began", "_decoder", "_max_size", "_min_rate", "_size", "_timeout")

    def __init__(
        self, block: HeaderBlock, limits: Limits, max_size: int, timeout: float, now: float
    ) -> None:
        self._decoder: BodyDecoder = decoder_for(block)
        self._max_size = max_size
        self._min_rate = limits.min_body_rate
        self._timeout = timeout
        self._began = now
        self._size = 0
        if block.length > max_size:
            raise self._too_large()

    @property
    def done(self) -> bool:
        """Whether its end has come."""
        return self._decoder.done

    @property
    def unused(self) -> bytes:
        """What came behind its end."""
        return self._decoder.unused

    @property
    def trailers(self) -> HTTPHeaders | None:
        """The fields behind its last chunk, if it came in chunks."""
        decoder = self._decoder
        return decoder.trailers if isinstance(decoder, ChunkedDecoder) else None

    def piece_end(self, data: bytes, position: int) -> int:
        """See `ChunkedDecoder.piece_end`; without chunks all is one piece."""
        decoder = self._decoder
        return (
            decoder.piece_end(data, position) if isinstance(decoder, ChunkedDecoder) else len(data)
        )

    def feed(self, data: bytes) -> bytes:
        """The part of *data* that belongs to the body.

        :raises HTTPInputError: the framing is wrong, or the body too large.
        """
        chunk = self._decoder.feed(data)
        self._size += len(chunk)
        if self._size > self._max_size:
            raise self._too_large()
        return chunk

    def deadline(self, now: float) -> float:
        """Until when more must come.

        The average since the beginning counts, but no speed earns a longer silence.
        """
        return min(self._began + self._size / self._min_rate, now) + self._timeout

    def _too_large(self) -> HTTPInputError:
        what = "chunked body too large" if self._size else "Content-Length too long"
        return HTTPInputError(f"{what}: a body of more than {self._max_size} bytes", 413)
