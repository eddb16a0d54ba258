"""Reading the body of a request from ``wsgi.input``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from wsgiref.types import WSGIEnvironment

from zonda.http import HTTPInputError

# Bytes that are read at a time.
READ_SIZE: Final = 64 * 1024


def body_length(environ: WSGIEnvironment) -> int | None:
    """The length of the body in bytes; None if only its end will tell.

    :raises HTTPInputError: it is no number.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    if length:
        if not (length.isascii() and length.isdigit()):
            raise HTTPInputError(f"a Content-Length is a number of bytes, not {length!r}")
        return int(length)
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    if chunked and environ.get("wsgi.input_terminated"):
        return None
    if chunked:
        raise HTTPInputError("this server cannot read a body without a Content-Length", 411)
    return 0


def read_body(environ: WSGIEnvironment, length: int | None) -> Iterator[bytes]:
    """The pieces of a body of *length* bytes.

    :raises HTTPInputError: it ends before its length.
    """
    body = environ["wsgi.input"]
    left = length
    while left is None or left > 0:
        chunk: bytes = body.read(READ_SIZE if left is None else min(READ_SIZE, left))
        if not chunk:
            if left:
                raise HTTPInputError("the body is shorter than its Content-Length")
            return
        if left is not None:
            left -= len(chunk)
        yield chunk
