"""From what a handler wrote to what the connection sends.

Nearly every answer is whole when its handler ends: it is sent as one piece, head and body.  Only
`flush` before that makes an answer that is streamed.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final, cast

from zonda.http import HTTPHeaders, HTTPOutputError, ResponseStartLine
from zonda.httpserver import HTTP1Connection
from zonda.iostream import READY

from .conditional import entity_tag, matches_none_match
from .errors import HandlerStateError
from .header_values import location
from .transforms import transform_first, transform_next
from .version import VERSION

if TYPE_CHECKING:
    from zonda.iostream import IOStream

    from .handler import RequestHandler

HTML: Final = "text/html; charset=UTF-8"
JSON: Final = "application/json; charset=UTF-8"
SERVER: Final = f"Zonda/{VERSION}"

# The server itself writes these where a handler did not; an answer with one of them goes there in
# two steps.
_FRAMING: Final = frozenset({"Content-Length", "Connection", "Date", "Transfer-Encoding"})
#: Statuses whose answers have no body: RFC 9110 sections 15.3.5 and 15.4.5.
BODILESS: Final = frozenset({*range(100, 200), 204, 304})

_REASON: Final = re.compile(r"[\t \x21-\x7e]*")


def default_headers(content_type: str) -> HTTPHeaders:
    """What an answer says when its handler says nothing."""
    return HTTPHeaders.owning({"Server": [SERVER], "Content-Type": [content_type]})


def check_status(status_code: int, reason: str | None) -> None:
    """Refuse what cannot stand in a status line.

    :raises ValueError: see `RequestHandler.set_status`.
    """
    if not isinstance(status_code, int) or not 100 <= status_code <= 999:
        raise ValueError(f"a status has three digits; {status_code!r} has not")
    if reason is not None and not is_reason(reason):
        raise ValueError(f"the reason {reason!r} has characters that may not stand there")


def is_reason(reason: str) -> bool:
    """Whether *reason* can stand in a status line (RFC 9112 section 4)."""
    return _REASON.fullmatch(reason) is not None


def not_writable(chunk: object) -> TypeError:
    """The error for what `RequestHandler.write` does not take."""
    hint = "; put a list into a dict" if isinstance(chunk, list) else ""
    return TypeError(f"write() takes str, bytes and dicts, not {type(chunk).__name__}{hint}")


def redirect(handler: RequestHandler, url: str, permanent: bool, status: int | None) -> None:
    """See `RequestHandler.redirect`."""
    if handler._headers_written:
        raise HandlerStateError(
            "the head of the answer has been sent already; set status and headers before flush()"
        )
    if status is None:
        status = 301 if permanent else 302
    elif not 300 <= status <= 399:
        raise ValueError(f"a redirect has a status between 300 and 399, not {status}")
    target = location(handler.request.uri or "", url)
    handler.set_status(status)
    handler.set_header("Location", target)
    handler.finish()


def finish(handler: RequestHandler) -> Awaitable[None]:
    """Send the rest, or all, of an answer."""
    if handler._headers_written:
        return _finish_streamed(handler)
    request = handler.request
    connection: HTTP1Connection = request.connection  # type: ignore[assignment]  # of our server
    status = handler._status_code
    if status == 200 and request.method in ("GET", "HEAD"):
        tag: str | None = None
        if handler._made_headers is None or "Etag" not in handler._made_headers:
            if handler._has_own_etag:
                own = handler.compute_etag()
                tag = own.decode("latin-1") if isinstance(own, bytes) else own
            else:
                tag = entity_tag(handler._write_buffer)
        given = request.headers.get("If-None-Match")
        if given is not None and (
            tag is None or handler._has_etag_check or matches_none_match(tag, given)
        ):
            if tag is not None:
                handler.set_header("Etag", tag)
                tag = None
            if handler.check_etag_header():
                handler._write_buffer = []
                handler.set_status(304)
                return _finish_bodiless(handler, connection)
    elif status in BODILESS:
        return _finish_bodiless(handler, connection)
    else:
        tag = None
    chunks = handler._write_buffer
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if handler._new_cookies is not None:
        _add_cookies(handler)
    if handler.application.transforms:
        return _finish_in_steps(handler, connection, tag, body)
    made = handler._made_headers
    if made is None:
        fields = f"Server: {SERVER}\r\nContent-Type: {handler._content_type}\r\n"
    elif made.has_any(_FRAMING):
        return _finish_in_steps(handler, connection, tag, body)
    else:
        fields = made.lines()
    if tag is not None:
        fields = f"{fields}Etag: {tag}\r\n"
    handler._finished = handler._headers_written = True
    connection.respond(status, fields, body, handler._reason)
    _end(handler)
    return READY


def respond(handler: RequestHandler, fields: str, body: bytes) -> None:
    """Send an answer with status 200 that is ready, with all its header lines."""
    connection = cast(HTTP1Connection, handler.request.connection)
    handler._finished = handler._headers_written = True
    connection.respond(200, fields, body)
    _end(handler)


def _finish_in_steps(
    handler: RequestHandler, connection: HTTP1Connection, tag: str | None, body: bytes
) -> Awaitable[None]:
    """The handler itself said how long the body is, or something else that the server would; or
    the answer is transformed."""
    headers = handler._headers
    if tag is not None:
        headers["Etag"] = tag
    status = handler._status_code
    if handler.application.transforms:
        status, headers, body = transform_first(handler, status, headers, body, True)
        if status != handler._status_code:
            handler.set_status(status)
    if "Content-Length" not in headers:
        headers["Content-Length"] = str(len(body))
    _write_head(handler, connection, headers, body)
    connection.finish()
    handler._finished = True
    _end(handler)
    return READY


def _write_head(
    handler: RequestHandler, connection: HTTP1Connection, headers: HTTPHeaders, body: bytes
) -> Awaitable[None]:
    handler._headers_written = True
    try:
        return connection.write_headers(_start_line(handler), headers, body)
    except HTTPOutputError:
        # Nothing was sent, so the error can still be told.
        handler._headers_written = False
        raise


def flush(handler: RequestHandler) -> Awaitable[None]:
    """Send what was written so far."""
    connection = cast(HTTP1Connection, handler.request.connection)
    body = b"".join(handler._write_buffer)
    handler._write_buffer = []
    if handler._headers_written:
        if handler._transforms:
            body = transform_next(handler._transforms, body, False)
        return connection.write(body)
    if handler._new_cookies is not None:
        _add_cookies(handler)
    headers = handler._headers
    if handler.application.transforms:
        status = handler._status_code
        status, headers, body = transform_first(handler, status, headers, body, False)
        if status != handler._status_code:
            handler.set_status(status)
    return _write_head(handler, connection, headers, body)


def detach(handler: RequestHandler) -> IOStream:
    """Give the connection away in place of an answer."""
    from zonda.iostream import IOStream

    if handler._headers_written:
        raise HandlerStateError("detach() after the head of the answer was sent")
    handler._finished = True
    transport, received = cast(HTTP1Connection, handler.request.connection).detach()
    return IOStream.from_transport(transport, received)


def _add_cookies(handler: RequestHandler) -> None:
    for line in (handler._new_cookies or {}).values():
        handler.add_header("Set-Cookie", line)


def _finish_streamed(handler: RequestHandler) -> Awaitable[None]:
    connection = cast(HTTP1Connection, handler.request.connection)
    rest = b"".join(handler._write_buffer)
    handler._write_buffer = []
    handler._finished = True
    if handler._transforms:
        rest = transform_next(handler._transforms, rest, True)
    if rest:
        connection.write(rest)
    room = connection.room()
    connection.finish()
    _end(handler)
    return room


def _finish_bodiless(handler: RequestHandler, connection: HTTP1Connection) -> Awaitable[None]:
    """Answers that never have a body: RFC 9110 sections 15.3.5 and 15.4.5."""
    if handler._status_code < 200:
        raise HandlerStateError(
            f"{handler._status_code} is an interim status: the client goes on to wait for an answer"
        )
    if handler._write_buffer:
        raise HandlerStateError(f"an answer with status {handler._status_code} has no body")
    if handler._new_cookies is not None:
        _add_cookies(handler)
    headers = handler._headers
    for name in ("Content-Type", "Content-Encoding", "Content-Language"):
        headers.pop(name, None)
    if handler._status_code != 304:  # which may say how long the body would have been
        headers.pop("Content-Length", None)
    if handler.application.transforms:
        _, headers, _ = transform_first(handler, handler._status_code, headers, b"", True)
    handler._finished = handler._headers_written = True
    connection.write_headers(_start_line(handler), headers)
    connection.finish()
    _end(handler)
    return READY


def _start_line(handler: RequestHandler) -> ResponseStartLine:
    return ResponseStartLine("HTTP/1.1", handler._status_code, handler._reason or "")


def _end(handler: RequestHandler) -> None:
    handler.application.log_request(handler)
    handler.on_finish()
