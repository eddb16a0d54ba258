"""The bytes of an answer's head, and what of them can be made in advance."""

from __future__ import annotations

from typing import Final

from zonda.http import REASONS, HTTPHeaders, HTTPOutputError, ResponseStartLine

# RFC 9110 section 6.5.1: what says how the message is read, sent on or allowed is for the head.
NEVER_TRAILERS: Final = frozenset(
    {
        "Authorization",
        "Cache-Control",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Range",
        "Content-Type",
        "Host",
        "Location",
        "Set-Cookie",
        "Te",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Www-Authenticate",
    }
)

STATUS_LINES: Final = {code: f"HTTP/1.1 {code} {reason}\r\n" for code, reason in REASONS.items()}


def status_line(code: int, reason: str | None = None) -> str:
    """``HTTP/1.1 200 OK`` with its line end.

    :raises HTTPOutputError: the code has not three digits, or the reason has a control character.
    """
    if not reason or reason == REASONS.get(code):
        known = STATUS_LINES.get(code)
        if known is not None:
            return known
    if not 100 <= code <= 999:
        raise HTTPOutputError(f"a status code has three digits; {code!r} has not")
    reason = reason or "Unknown"
    if not (reason.isascii() and reason.isprintable()):
        raise HTTPOutputError(f"the reason {reason!r} has characters that may not stand there")
    return f"HTTP/1.1 {code} {reason}\r\n"


def has_body(method: str, code: int) -> bool:
    """Whether an answer with *code* to *method* is followed by a body (RFC 9112 section 6.3)."""
    return method != "HEAD" and code >= 200 and code not in (204, 304)


def head_text(start_line: ResponseStartLine, headers: HTTPHeaders, more: str) -> str:
    """A whole head, *more* being complete lines that go behind the headers."""
    return f"{status_line(start_line.code, start_line.reason)}{headers.lines()}{more}\r\n"


def trailer_lines(trailers: HTTPHeaders) -> bytes:
    """The fields behind a chunked body.

    :raises HTTPOutputError: one of them must stand in the head.
    """
    for name in trailers:
        if name in NEVER_TRAILERS:
            raise HTTPOutputError(
                f"{name} must stand in the head of an answer, not behind its body"
            )
    return trailers.lines().encode("latin-1")
