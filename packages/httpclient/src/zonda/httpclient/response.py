"""`HTTPResponse`: the answer to a request."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from zonda.http import REASONS, HTTPHeaders

from .errors import ContentError, HTTPClientError
from .request import HTTPRequest
from .target import shown

_new: Final = object.__new__


class HTTPResponse:
    """What the server answered.

    :ivar request: the request that was fetched (the first one, if there were redirects).
    :ivar code: the status, or 599 if there was no answer (only with callbacks).
    :ivar reason: the text beside the status.
    :ivar headers: the header fields.  Where the body was decompressed, ``Content-Encoding`` is in
        ``X-Consumed-Content-Encoding``.
    :ivar effective_url: where the answer came from, after redirects.
    :ivar error: an `HTTPClientError` if the status is not 2xx, or what prevented an answer; None
        otherwise.
    :ivar start_time: seconds since the epoch when the fetch began.
    :ivar request_time: seconds from then to the end of the answer, without waiting in the queue.
    :ivar time_info: seconds of parts: ``queue``; ``connect`` if a connection was made;
        ``starttransfer`` until the head came; ``total``.
    """

    # Slots, since one is made for each fetch; what a program adds has the dict.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_body",
        "_buffer",
        "code",
        "effective_url",
        "error",
        "headers",
        "reason",
        "request",
        "request_time",
        "start_time",
        "time_info",
    )

    def __init__(
        self,
        request: HTTPRequest,
        code: int,
        headers: HTTPHeaders | None = None,
        buffer: BytesIO | None = None,
        effective_url: str | None = None,
        error: BaseException | None = None,
        request_time: float | None = None,
        time_info: dict[str, float] | None = None,
        reason: str | None = None,
        start_time: float | None = None,
        *,
        body: bytes = b"",
    ) -> None:
        self.request = request
        self.code = code
        self.reason = reason or REASONS.get(code, "Unknown")
        self.headers = HTTPHeaders() if headers is None else headers
        self.effective_url = request.url if effective_url is None else effective_url
        self.request_time = request_time
        self.start_time = start_time
        self.time_info = {} if time_info is None else time_info
        self._buffer = buffer
        self._body = body if buffer is None else buffer.getvalue()
        if error is None and not 200 <= code < 300:
            error = HTTPClientError(code, reason, self)
        self.error = error

    @property
    def body(self) -> bytes:
        """The whole body; empty if it went to a ``streaming_callback``."""
        return self._body

    @property
    def buffer(self) -> BytesIO:
        """The body as a file."""
        if self._buffer is None:
            self._buffer = BytesIO(self._body)
        return self._buffer

    @property
    def text(self) -> str:
        """The body as text, in the charset that ``Content-Type`` names, else UTF-8.

        :raises ContentError: there is no such charset, or it does not have these bytes.
        """
        from .response_text import decoded

        try:
            return decoded(self._body, self.headers.get("Content-Type"))
        except ValueError as error:
            raise self._content_error(error) from None

    def json(self) -> Any:
        """The value of a body of JSON, whatever type the answer says that it has.

        :raises ContentError: it is no JSON; the text says where, by line and column.
        """
        from .response_text import parsed

        text = self.text
        try:
            return parsed(text)
        except ValueError as error:
            raise self._content_error(error) from None

    def _content_error(self, error: ValueError) -> ContentError:
        kind = self.headers.get("Content-Type") or "no type"
        where = f"{shown(self.effective_url)} ({self.code}, {kind[:80]})"
        return ContentError(self.code, f"the body of {where} {error}", self)

    def rethrow(self) -> None:
        """Raise the `error`, if there is one."""
        if self.error is not None:
            raise self.error

    def __repr__(self) -> str:
        return (
            f"HTTPResponse(code={self.code}, reason={self.reason!r}, "
            f"effective_url={self.effective_url!r}, body={len(self._body)} bytes)"
        )


def made_response(
    request: HTTPRequest,
    code: int,
    reason: str,
    headers: HTTPHeaders,
    body: bytes,
    effective_url: str,
    times: dict[str, float],
) -> HTTPResponse:
    """`HTTPResponse` of what has come, without the time that its many arguments take.

    :param times: its ``time_info``, with ``queue`` and ``total``.
    """
    response = _new(HTTPResponse)
    response.request = request
    response.code = code
    response.reason = reason or REASONS.get(code, "Unknown")
    response.headers = headers
    response.effective_url = effective_url
    response.request_time = times["total"] - times["queue"]
    response.start_time = request.start_time
    response.time_info = times
    response._buffer = None
    response._body = body
    response.error = None if 200 <= code < 300 else HTTPClientError(code, reason, response)
    return response
