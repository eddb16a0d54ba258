"""From the messages of an application to the answer on a connection.

An answer goes through these stages; a message that has no place in its stage is an error of the
application::

    NOTHING ──http.response.start──▶ STARTED ──body──▶ BODY ──last body──▶ COMPLETE
    any but COMPLETE ──client gone──▶ GONE

The head waits for the first body: an application that fails in between still gets a 500, and an
answer in one piece is written with its ``Content-Length`` at once.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from zonda.http import HTTPConnection, HTTPHeaders, HTTPOutputError, ResponseStartLine

from .errors import ClientDisconnectedError, MessageError
from .protocol import Message


class Stage(enum.Enum):
    """How much of the answer the application has sent."""

    NOTHING = "nothing"
    STARTED = "the head"
    BODY = "the head and a part of the body"
    COMPLETE = "all of it"
    GONE = "more than the client waited for"


NOTHING: Final = Stage.NOTHING
STARTED: Final = Stage.STARTED
BODY: Final = Stage.BODY
COMPLETE: Final = Stage.COMPLETE
GONE: Final = Stage.GONE


class AnswerWriter:
    """Writes the answer to one request.

    :ivar stage: how far it is.
    """

    __slots__ = ("_connection", "_headers", "_method", "_start_line", "stage")

    def __init__(self, connection: HTTPConnection, method: str) -> None:
        self._connection = connection
        self._method = method
        self._start_line = ResponseStartLine("HTTP/1.1", 200, "")
        self._headers = HTTPHeaders()
        self.stage = NOTHING

    async def send(self, message: Message) -> None:
        """Take one message; done when more may be sent.

        :raises ClientDisconnectedError: the client went away.
        :raises MessageError: the message may not come now, or is malformed.
        :raises zonda.http.HTTPProtocolError: a header cannot be sent.
        """
        if self.stage is GONE:
            raise ClientDisconnectedError("the client went away before its answer was complete")
        kind = message.get("type")
        try:
            if kind == "http.response.body" and self.stage in (STARTED, BODY):
                await self._body(message.get("body", b""), bool(message.get("more_body", False)))
            elif kind == "http.response.start" and self.stage is NOTHING:
                self._start(message)
            elif kind == "http.response.early_hint" and self.stage is NOTHING:
                await self._hint(message.get("links", ()))
            else:
                raise MessageError(
                    f"message {kind!r} may not come when the application has sent "
                    f"{self.stage.value} of its answer"
                )
        except OSError as error:
            self.stage = GONE
            raise ClientDisconnectedError("the client went away during its answer") from error

    def fail(self) -> None:
        """Tell the client that the application failed; the stage must be NOTHING or STARTED."""
        self.stage = COMPLETE
        body = b"500: the server failed\n"
        headers = HTTPHeaders({"Content-Type": "text/plain", "Content-Length": str(len(body))})
        self._connection.write_headers(ResponseStartLine("HTTP/1.1", 500, ""), headers, body)
        self._connection.finish()

    def _start(self, message: Message) -> None:
        status = message.get("status")
        if not isinstance(status, int) or not 200 <= status <= 999:
            raise MessageError(
                f"the status of an answer is a number from 200 to 999, not {status!r}"
            )
        if message.get("trailers"):
            raise MessageError("this server does not offer trailers; see the scope's extensions")
        self._headers = read_fields(message.get("headers", ()))
        if status == 204:
            # RFC 9110 section 8.6.
            self._headers.pop("Content-Length", None)
        self._start_line = ResponseStartLine("HTTP/1.1", int(status), "")
        self.stage = STARTED

    async def _body(self, body: object, more: bool) -> None:
        if not isinstance(body, bytes | bytearray | memoryview):
            raise MessageError(f"a body is made of bytes, not of {type(body).__name__}")
        chunk = bytes(body)
        connection = self._connection
        if self.stage is STARTED:
            if not more:
                self._announce(len(chunk))
            self.stage = BODY
            room = connection.write_headers(self._start_line, self._headers, chunk)
        else:
            room = connection.write(chunk)
        if more:
            await room
        else:
            self.stage = COMPLETE
            connection.finish()

    def _announce(self, size: int) -> None:
        """The length of a body that is whole, unless there is none to speak of."""
        if self._start_line.code in (204, 304) or "Content-Length" in self._headers:
            return
        if size or self._method != "HEAD":
            self._headers["Content-Length"] = str(size)

    async def _hint(self, links: Iterable[bytes]) -> None:
        """Early hints, RFC 8297."""
        headers = HTTPHeaders()
        for link in links:
            headers.add("Link", link.decode("latin-1"))
        await self._connection.write_headers(ResponseStartLine("HTTP/1.1", 103, ""), headers)


def read_fields(pairs: Iterable[tuple[bytes, bytes]]) -> HTTPHeaders:
    """The header lines of an answer; how its body is delimited is the server's affair.

    :raises MessageError: they are no pairs of bytes.
    :raises zonda.http.HTTPOutputError: one cannot be sent.
    """
    headers = HTTPHeaders()
    try:
        for name, value in pairs:
            text = bytes(name).decode("latin-1")
            if text.lower() != "transfer-encoding":
                headers.add(text, bytes(value).decode("latin-1"))
    except (TypeError, ValueError) as error:
        if isinstance(error, HTTPOutputError):
            raise
        raise MessageError(f"headers are pairs of bytes: {error}") from None
    length = headers.get("Content-Length")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise MessageError(f"a Content-Length is a number of bytes, not {length!r}")
    return headers
