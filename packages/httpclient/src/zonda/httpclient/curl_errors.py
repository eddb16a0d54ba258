"""What curl's numbers of errors mean here."""

from __future__ import annotations

import os
import socket
import ssl
from typing import Any, Final, Protocol

from .errors import (
    HTTPStreamClosedError,
    HTTPTimeoutError,
    NoAnswerError,
    ProxyError,
    ResponseError,
)
from .phases import Phase
from .route import Route


class CurlError(NoAnswerError):
    """An error of curl's that has no closer meaning.

    :ivar errno: curl's number of it (``CURLE_…``).
    """

    def __init__(self, errno: int, message: str) -> None:
        super().__init__(message)
        self.errno = errno


# By the names that libcurl gives them; pycurl has no names for some.
_RESOLVE_PROXY: Final = 5
_RESOLVE_HOST: Final = 6
_CONNECT: Final = 7
_WEIRD_REPLY: Final = 8
_PARTIAL_FILE: Final = 18
_TIMED_OUT: Final = 28
_TOO_LARGE: Final = 100
_UNSUPPORTED: Final = 1  # HTTP/0.9 counts as such
_BAD_CODING: Final = 61
_BAD_DATA: Final = (_UNSUPPORTED, _WEIRD_REPLY, _BAD_CODING, _TOO_LARGE)
_GOT_NOTHING: Final = 52
_SEND: Final = 55
_RECEIVE: Final = 56
_UNVERIFIED: Final = (51, 60, 91)
_TLS: Final = (35, 53, 54, 58, 59, 64, 66, 77, 80, 82, 83, 90, 98)
_PROXY: Final = 97
#: The connection was closed, and the request had a body that cannot be read again.
REWIND: Final = 65
_CLOSED: Final = (_PARTIAL_FILE, _GOT_NOTHING, _SEND, _RECEIVE, REWIND)

#: What libcurl says of data that is no valid HTTP, where the number says only that it failed.
_OF_DATA: Final = ("chunk", "malformed", "response header")


class Driver(Protocol):
    """Whose error it is."""

    pycurl: Any
    handle: Any


def translate(number: int, text: str, driver: Driver, route: Route) -> Exception:
    """The exception for an error of curl's.

    :param text: what curl says about it.
    :param driver: whose error it is.
    :param route: the way that was taken.
    """
    text = text or f"curl's error {number}"
    pycurl, handle = driver.pycurl, driver.handle
    status = handle.getinfo(pycurl.HTTP_CONNECTCODE)
    if number == _PROXY or (status and not 200 <= status <= 299):
        return ProxyError(text, status or None)
    has_tunnel = route.proxy is not None and not route.is_forwarded and route.tls is not None
    has_begun_tls = bool(handle.getinfo(pycurl.APPCONNECT_TIME))
    if has_tunnel and not has_begun_tls and number in (*_BAD_DATA, *_CLOSED):
        return ProxyError(text)
    if number in (_RESOLVE_HOST, _RESOLVE_PROXY):
        return socket.gaierror(socket.EAI_NONAME, text)
    if number == _CONNECT:
        code = handle.getinfo(pycurl.OS_ERRNO)
        return OSError(code, os.strerror(code)) if code else ConnectionError(text)
    if number == _TIMED_OUT:
        return HTTPTimeoutError(Phase.CONNECTING.value)
    if number in _UNVERIFIED:
        return ssl.SSLCertVerificationError(number, text)
    if number in _TLS:
        return ssl.SSLError(number, text)
    if number in _BAD_DATA or any(word in text.lower() for word in _OF_DATA):
        return ResponseError(text)
    if number in _CLOSED:
        return HTTPStreamClosedError(f"the server closed the connection: {text}")
    return CurlError(number, text)
