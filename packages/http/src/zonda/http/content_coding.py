"""Content codings: gzip, deflate, and brotli and zstd where their extras are installed.

RFC 9110 section 8.4.1 has the names, RFC 7932 brotli, RFC 8878 and RFC 9659 zstd.  Decompression
gives out small pieces and counts them, so a small body that grows into a large one costs no more
memory than one piece, and stops at the limit.  A body that is cut off is an error and so is
anything behind its end; members of gzip and frames of zstd may follow each other.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Protocol

from .errors import BodyTooLargeError, ContentCodingError, UnsupportedCodingError

#: Bytes of output made at a time; brotli may exceed it by half.
PIECE_SIZE: Final = 64 * 1024

#: Bytes of input looked at together: what follows a member is copied, so this bounds the copies
#: that a body of tiny members causes.
INPUT_SIZE: Final = 16 * 1024

#: Members or frames in a body; block-wise compressors make one for some 64 KiB, while each costs
#: the setting up of a decompressor.
MAX_MEMBERS: Final = 10_000

#: Codings applied one over another; RFC 9110 allows any number, nobody needs three.
MAX_CODINGS: Final = 3

#: Of 0 to 9: beyond it a server spends much more time on a little less size.
GZIP_LEVEL: Final = 6
#: As `GZIP_LEVEL`, of 0 to 11.
BROTLI_LEVEL: Final = 4
#: As `GZIP_LEVEL`, of 1 to 22.
ZSTD_LEVEL: Final = 3

# RFC 9659: a decoder of the coding zstd need not hold more than 8 MiB of window.
_ZSTD_WINDOW_LOG: Final = 23

_EXTRAS: Final = {
    "br": ("brotli", "brotli"),
    "zstd": ("zstd", "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"),
}
_GZIP, _ZLIB, _RAW = 31, 15, -15


class Compressor(Protocol):
    """What makes one compressed body."""

    def compress(self, data: bytes) -> bytes:
        """Take *data* and give back what is ready, perhaps nothing."""

    def flush(self) -> bytes:
        """All that was taken so far, so that the other side can read it."""

    def finish(self) -> bytes:
        """The rest; nothing can follow."""


@cache
def available_codings() -> tuple[str, ...]:
    """The codings that can be used here, the most compact one first.

    >>> "gzip" in available_codings()
    True
    """
    return (*[coding for coding in _EXTRAS if _is_installed(coding)], "gzip", "deflate")


def make_compressor(coding: str, level: int | None = None) -> Compressor:
    """A compressor for *coding*; *level* has the meaning that the coding gives it.

    >>> compressor = make_compressor("gzip")
    >>> body = compressor.compress(b"a" * 1000) + compressor.finish()
    >>> decompress(body, "gzip", max_size=1000) == b"a" * 1000
    True

    :raises UnsupportedCodingError: the coding is unknown or its extra is not installed.
    """
    match coding.lower():
        case "gzip" | "x-gzip":
            return _ZlibCompressor(_GZIP, GZIP_LEVEL if level is None else level)
        case "deflate":
            return _ZlibCompressor(_ZLIB, GZIP_LEVEL if level is None else level)
        case "br":
            return _BrotliCompressor(BROTLI_LEVEL if level is None else level)
        case "zstd":
            return _ZstdCompressor(ZSTD_LEVEL if level is None else level)
    raise _unknown(coding)


def decompress(body: bytes, content_encoding: str, *, max_size: int) -> bytes:
    """The whole of a compressed *body*.

    :raises HTTPInputError: see `Decompressor`.
    """
    decompressor = Decompressor(content_encoding, max_size=max_size)
    pieces = list(decompressor.decompress(body))
    decompressor.finish()
    return b"".join(pieces)


class Decompressor:
    """Decompresses one body as it comes.

    >>> decompressor = Decompressor("deflate", max_size=100)
    >>> b"".join(decompressor.decompress(zlib.compress(b"hello")))
    b'hello'
    >>> decompressor.finish()

    :param content_encoding: the header's value: one coding, or up to `MAX_CODINGS` in the order
        in which they were applied.
    :param max_size: how many bytes there may be decompressed.
    :raises UnsupportedCodingError: a coding is unknown, its extra is not installed, or there are
        too many.
    """

    def __init__(self, content_encoding: str, *, max_size: int) -> None:
        codings = [coding.strip(" \t").lower() for coding in content_encoding.split(",")]
        codings = [coding for coding in codings if coding not in ("", "identity")]
        if len(codings) > MAX_CODINGS:
            raise UnsupportedCodingError(f"a body has more than {MAX_CODINGS} content codings")
        self._stages = [_Stage(coding, max_size) for coding in reversed(codings)]

    def decompress(self, data: bytes) -> Iterator[bytes]:
        """What *data* becomes, in pieces; to be exhausted before the next call.

        :raises ContentCodingError: *data* is damaged, or something follows the body's end.
        :raises BodyTooLargeError: there would be more than *max_size* bytes.
        """
        pieces: Iterable[bytes] = (data,)
        for stage in self._stages:
            pieces = stage.decompress(pieces)
        yield from pieces

    def finish(self) -> None:
        """Say that there is no more data.

        :raises ContentCodingError: the body is not complete.  One without any byte is.
        """
        for stage in self._stages:
            stage.finish()


class _Member(Protocol):
    """One self-contained compressed stream.

    :ivar done: its end was reached.
    :ivar hungry: there is no more output without more input.
    :ivar unused: what was given to it behind its end.
    """

    done: bool
    hungry: bool
    unused: bytes

    def expand(self, data: bytes, limit: int) -> bytes:
        """Take *data*, give back about *limit* bytes at most."""


class _Stage:
    """Undoes one coding."""

    def __init__(self, coding: str, max_size: int) -> None:
        self._coding = coding
        self._max_size = max_size
        self._make, self._max_members, self._error = _find_member_type(coding)
        self._member: _Member | None = None
        self._members = 0
        self._size = 0

    def decompress(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            for start in range(0, len(piece), INPUT_SIZE):
                yield from self._expand(piece[start : start + INPUT_SIZE])

    def finish(self) -> None:
        if self._member is not None and not self._member.done:
            raise ContentCodingError(f"a body in {self._coding} is cut off")

    def _expand(self, data: bytes) -> Iterator[bytes]:
        while True:
            member = self._member
            if member is None or member.done:
                member = self._begin_member()
            try:
                output = member.expand(data, min(PIECE_SIZE, self._max_size - self._size + 1))
            except self._error as error:
                raise ContentCodingError(f"a body in {self._coding} is damaged: {error}") from None
            if output:
                self._size += len(output)
                if self._size > self._max_size:
                    raise BodyTooLargeError(
                        f"decompressed body too large: more than {self._max_size} bytes"
                    )
                yield output
            data = member.unused if member.done else b""
            if not data and (member.done or member.hungry):
                return

    def _begin_member(self) -> _Member:
        self._members += 1
        if self._members > self._max_members:
            raise ContentCodingError(
                f"data follows the end of a body in {self._coding}"
                if self._max_members == 1
                else f"a body in {self._coding} has more than {self._max_members} parts"
            )
        self._member = self._make()
        return self._member


class _ZlibMember:
    def __init__(self, window_bits: int) -> None:
        self._zlib = zlib.decompressobj(window_bits)
        self.done = False
        self.hungry = True
        self.unused = b""

    def expand(self, data: bytes, limit: int) -> bytes:
        output = self._zlib.decompress(self._zlib.unconsumed_tail + data, limit)
        self.done = self._zlib.eof
        self.unused = self._zlib.unused_data
        self.hungry = len(output) < limit and not self._zlib.unconsumed_tail
        return output


class _DeflateMember(_ZlibMember):
    """RFC 9110 means the zlib format, but many send the bare data: the first two bytes tell."""

    def __init__(self) -> None:
        super().__init__(_ZLIB)
        self._start: bytes | None = b""

    def expand(self, data: bytes, limit: int) -> bytes:
        if self._start is not None:
            data = self._start + data
            if len(data) < 2:
                self._start = data
                return b""
            self._start = None
            if data[0] & 15 != 8 or (data[0] * 256 + data[1]) % 31:
                self._zlib = zlib.decompressobj(_RAW)
        return super().expand(data, limit)


class _BrotliMember:
    def __init__(self) -> None:
        self._brotli = _load("br").Decompressor()
        self.done = False
        self.hungry = True
        self.unused = b""

    def expand(self, data: bytes, limit: int) -> bytes:
        output: bytes = self._brotli.process(data, output_buffer_limit=limit)
        self.done = self._brotli.is_finished()
        self.hungry = len(output) < limit and self._brotli.can_accept_more_data()
        return output


class _ZstdMember:
    def __init__(self) -> None:
        zstd = _load("zstd")
        options = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
        self._zstd = zstd.ZstdDecompressor(options=options)
        self.done = False
        self.hungry = True
        self.unused = b""

    def expand(self, data: bytes, limit: int) -> bytes:
        output: bytes = self._zstd.decompress(data, limit)
        self.done = self._zstd.eof
        self.hungry = self._zstd.needs_input
        self.unused = self._zstd.unused_data
        return output


class _ZlibCompressor:
    def __init__(self, window_bits: int, level: int) -> None:
        self._zlib = zlib.compressobj(level, zlib.DEFLATED, window_bits)
        self.compress = self._zlib.compress
        self.finish = self._zlib.flush

    def flush(self) -> bytes:
        return self._zlib.flush(zlib.Z_SYNC_FLUSH)


class _BrotliCompressor:
    def __init__(self, level: int) -> None:
        compressor = _load("br").Compressor(quality=level)
        self.compress: Callable[[bytes], bytes] = compressor.process
        self.flush: Callable[[], bytes] = compressor.flush
        self.finish: Callable[[], bytes] = compressor.finish


class _ZstdCompressor:
    def __init__(self, level: int) -> None:
        compressor = _load("zstd").ZstdCompressor(level=level)
        self.compress: Callable[[bytes], bytes] = compressor.compress
        self.flush: Callable[[], bytes] = partial(compressor.flush, compressor.FLUSH_BLOCK)
        self.finish: Callable[[], bytes] = compressor.flush


def _find_member_type(
    coding: str,
) -> tuple[Callable[[], _Member], int, type[Exception]]:
    """How to make members of *coding*, how many there may be, and what they raise."""
    match coding:
        case "gzip" | "x-gzip":
            return partial(_ZlibMember, _GZIP), MAX_MEMBERS, zlib.error
        case "deflate":
            return _DeflateMember, 1, zlib.error
        case "br":
            return _BrotliMember, 1, _load("br").error
        case "zstd":
            return _ZstdMember, MAX_MEMBERS, _load("zstd").ZstdError
    raise _unknown(coding)


def _load(coding: str) -> Any:
    extra, module = _EXTRAS[coding]
    try:
        return import_module(module)
    except ImportError:
        raise UnsupportedCodingError(
            f"the content coding {coding} needs an extra: pip install 'zonda-http[{extra}]'"
        ) from None


def _is_installed(coding: str) -> bool:
    package, _, module = _EXTRAS[coding][1].partition(".")
    found = find_spec(package) is not None
    return found and (not module or find_spec(f"{package}.{module}") is not None)


def _unknown(coding: str) -> UnsupportedCodingError:
    known = ", ".join(available_codings())
    return UnsupportedCodingError(f"unknown content coding {coding[:60]!r}; known are {known}")
