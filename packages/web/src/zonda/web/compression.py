"""Compressed answers: RFC 9110 sections 8.4 and 12.5.3.

Which coding is used is negotiated with ``Accept-Encoding``.  An answer that could have been
compressed says so in ``Vary``; its entity tag becomes a weak one, for compressed bytes are not
those that the tag was made of.

A page that has a secret and text of a stranger side by side betrays the secret by its compressed
size (BREACH).  The XSRF token is safe from that, since every copy of it is masked with other random
bytes; version 1 of the cookie is not masked and should not be used together with compression.
"""

from __future__ import annotations

import functools
from typing import ClassVar, Final

from zonda.http import (
    Compressor,
    HTTPHeaders,
    HTTPServerRequest,
    available_codings,
    make_compressor,
    negotiate_encoding,
)

from .transforms import OutputTransform

# Media types that are text although they do not begin with "text/"; what is compressed already,
# as pictures are, only becomes larger.
_TEXTUAL: Final = frozenset(
    {
        "application/javascript",
        "application/x-javascript",
        "application/json",
        "application/manifest+json",
        "application/wasm",
        "application/x-ndjson",
        "application/xml",
        "application/vnd.ms-fontobject",
        "font/otf",
        "font/ttf",
        "image/bmp",
        "image/svg+xml",
        "image/x-icon",
    }
)

# A header longer than this is not remembered with its outcome.
_REMEMBERED_SIZE: Final = 200


class CompressResponse(OutputTransform):
    """Compresses textual answers with what the client likes best of brotli, zstd and gzip.

    brotli and zstd take part where their extras are installed: ``zonda-web[brotli]``,
    ``zonda-web[zstd]``.

    :cvar CODINGS: the codings on offer; the first one wins where the client likes several equally.
    :cvar MIN_LENGTH: bytes of a body below which it is sent as it is: it would fit into one
        packet either way.
    :cvar LEVEL: how hard to try, None for each coding's default; its meaning is the coding's own.
    """

    CODINGS: ClassVar[tuple[str, ...]] = tuple(
        coding for coding in available_codings() if coding != "deflate"
    )
    MIN_LENGTH: ClassVar[int] = 1024
    LEVEL: ClassVar[int | None] = None

    def __init__(self, request: HTTPServerRequest) -> None:
        super().__init__(request)
        self._accepted = request.headers.get("Accept-Encoding")
        self._compressor: Compressor | None = None

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """See `OutputTransform`."""
        add_vary(headers, "Accept-Encoding")
        is_short = finishing and len(chunk) < self.min_length_of(headers)
        if is_short or not is_compressible(headers):
            self.changes_body = False
            return status_code, headers, chunk
        coding = _negotiate(self._accepted, self.CODINGS)
        if coding == "identity":
            self.changes_body = False
            return status_code, headers, chunk
        self._compressor = make_compressor(coding, self.LEVEL)
        headers["Content-Encoding"] = coding
        weaken_etag(headers)
        chunk = self.transform_chunk(chunk, finishing)
        if "Content-Length" in headers:
            if finishing:
                headers["Content-Length"] = str(len(chunk))
            else:
                del headers["Content-Length"]
        return status_code, headers, chunk

    def min_length_of(self, headers: HTTPHeaders) -> int:
        """`MIN_LENGTH`, for an answer with these headers."""
        return self.MIN_LENGTH

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        """See `OutputTransform`; what is flushed can be read by the client at once."""
        compressor = self._compressor
        if compressor is None:
            return chunk
        compressed = compressor.compress(chunk) if chunk else b""
        if finishing:
            return compressed + compressor.finish()
        return compressed + compressor.flush() if chunk else b""


class GZipContentEncoding(CompressResponse):
    """Compresses textual answers with gzip only, and files whatever their length.

    It is what the setting ``gzip`` of old programs means.
    """

    CODINGS: ClassVar[tuple[str, ...]] = ("gzip",)

    def min_length_of(self, headers: HTTPHeaders) -> int:
        """See `CompressResponse`; what can be had in ranges is a file."""
        return 0 if "Accept-Ranges" in headers else self.MIN_LENGTH


def is_compressible(headers: HTTPHeaders) -> bool:
    """Whether a body with these headers is textual, whole, and may be changed."""
    if "Content-Encoding" in headers or "Content-Range" in headers:
        return False
    if "no-transform" in (headers.get("Cache-Control") or "").lower():
        return False
    media_type = (headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    return (
        media_type.startswith("text/")
        or media_type in _TEXTUAL
        or media_type.endswith(("+json", "+xml"))
    )


def add_vary(headers: HTTPHeaders, name: str) -> None:
    """Say that the answer depends on the request's header *name*."""
    said = headers.get("Vary")
    if said is None:
        headers["Vary"] = name
    elif name.lower() not in said.lower() and said.strip() != "*":
        headers["Vary"] = f"{said}, {name}"


def weaken_etag(headers: HTTPHeaders) -> None:
    """Make the entity tag one that promises the same content, but not the same bytes."""
    etag = headers.get("Etag")
    if etag is not None and not etag.startswith("W/"):
        headers["Etag"] = f"W/{etag}"


def _negotiate(accepted: str | None, codings: tuple[str, ...]) -> str:
    if accepted is None:
        return "identity"
    if len(accepted) > _REMEMBERED_SIZE:
        return negotiate_encoding(accepted, codings) or "identity"
    return _remembered(accepted, codings)


@functools.lru_cache(maxsize=256)
def _remembered(accepted: str, codings: tuple[str, ...]) -> str:
    # Refusing everything, even "identity", is answered as if nothing was said: RFC 9110 section
    # 12.5.3 leaves that to the server, and an answer helps more than none.
    return negotiate_encoding(accepted, codings) or "identity"
