"""The head of a request, and whether it can be sent at all: RFC 9110, RFC 9112 section 3."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from zonda.http import HTTPHeaders, HTTPOutputError, available_codings, check_value, is_valid_host

from .errors import RequestError
from .limits import REMEMBERED_URLS
from .request import HTTPRequest, Options
from .target import Target

USER_AGENT: Final = "zonda"

_USUAL_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}")

#: Methods whose request may be sent twice (RFC 9110 section 9.2.2).
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})

#: Up to 999 PB.
MAX_LENGTH_DIGITS: Final = 18

#: Fields that are written from what is known here.
_OWN: Final = frozenset({"Host", "Content-Length", "User-Agent"})


def check_method(request: HTTPRequest, options: Options) -> None:
    """Whether method and body go together.

    :raises RequestError: they do not.
    """
    method = request.method
    if options.allow_nonstandard_methods:
        if not isinstance(method, str) or _TOKEN.fullmatch(method) is None or method == "CONNECT":
            raise RequestError(f"no valid method: {str(method)[:40]!r}")
        return
    if method not in _USUAL_METHODS:
        raise RequestError(
            f"unknown method {str(method)[:40]!r}: set allow_nonstandard_methods to use it"
        )
    has_body = request.body is not None or options.body_producer is not None
    if has_body is not (method in WITH_BODY):
        raise RequestError(
            f"the body of {method} must not be None, unless allow_nonstandard_methods is set"
            if method in WITH_BODY
            else f"the body of {method} must be None, unless allow_nonstandard_methods is set; "
            'method="POST" has one'
        )


@lru_cache(maxsize=REMEMBERED_URLS)
def plain_head(target: Target) -> bytes:
    """The head of a GET that has no headers or options of its own."""
    return (
        f"GET {target.path} HTTP/1.1\r\nHost: {target.authority}\r\n"
        f"Accept-Encoding: {accept_encoding()}\r\nUser-Agent: {USER_AGENT}\r\n\r\n"
    ).encode("ascii")


def accept_encoding() -> str:
    """The content codings that can be undone, as ``Accept-Encoding``."""
    return ", ".join(available_codings())


def request_head(
    request: HTTPRequest,
    options: Options,
    target: Target,
    added: dict[str, str],
    absolute: bool = False,
) -> bytes:
    """The head of *request*.

    :param added: fields that stand in for those of the request (authorization, cookies).
    :param absolute: with the whole URL, as a proxy wants it.
    :raises RequestError: a header cannot be sent.
    """
    path = f"http://{target.authority}{target.path}" if absolute else target.path
    headers = request.headers
    host = headers.get("Host")
    if host is not None and not is_valid_host(host):
        raise RequestError(f"no valid Host header: {host[:80]!r}")
    lines = [
        f"{request.method} {path} HTTP/1.1",
        f"Host: {target.authority if host is None else host}",
    ]
    lines += [
        f"{name}: {value}"
        for name, value in headers.get_all()
        if name not in added and name not in _OWN
    ]
    lines += [f"{name}: {_checked(name, value)}" for name, value in added.items()]
    if options.decompress_response and "Accept-Encoding" not in headers:
        lines.append(f"Accept-Encoding: {accept_encoding()}")
    own = request.user_agent or headers.get("User-Agent")
    agent = own or options.user_agent or USER_AGENT
    lines.append(f"User-Agent: {_checked('User-Agent', agent)}")
    lines += _body_fields(request, options)
    try:
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    except UnicodeEncodeError:
        raise RequestError("a header has a character beyond Latin-1, which HTTP has not") from None


def _checked(name: str, value: str) -> str:
    try:
        return check_value(name, value)
    except HTTPOutputError as error:
        raise RequestError(str(error)) from None


def says_close(headers: HTTPHeaders) -> bool:
    """Whether a request with these headers is the last one of its connection."""
    options = headers.get("Connection") or ""
    return any(option.strip() == "close" for option in options.lower().split(","))


def announced_length(request: HTTPRequest) -> int | None:
    """What the request's own ``Content-Length`` says, or None if there is none.

    :raises RequestError: it is no number.
    """
    text = request.headers.get("Content-Length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_LENGTH_DIGITS):
        raise RequestError(f"the Content-Length is no number: {text[:40]!r}")
    return int(text)


def _body_fields(request: HTTPRequest, options: Options) -> list[str]:
    headers = request.headers
    if "Transfer-Encoding" in headers:
        raise RequestError("Transfer-Encoding is decided by the client: give a body_producer")
    length = announced_length(request)
    lines = []
    if options.body_producer is not None:
        lines.append(
            "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        )
    elif request.body is not None:
        if length not in (None, len(request.body)):
            raise RequestError(
                f"Content-Length is {length}, the body has {len(request.body)} bytes"
            )
        lines.append(f"Content-Length: {len(request.body)}")
        if request.method == "POST" and "Content-Type" not in headers:
            lines.append("Content-Type: application/x-www-form-urlencoded")
    elif length:
        raise RequestError(f"Content-Length is {length}, but there is no body")
    elif request.method in WITH_BODY:
        lines.append("Content-Length: 0")
    if lines and options.expect_100_continue and "Expect" not in headers:
        lines.append("Expect: 100-continue")
    return lines
