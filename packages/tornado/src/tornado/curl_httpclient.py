"""The client on libcurl."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from typing import Any

from zonda.http import BodyTooLargeError
from zonda.httpclient import CurlAsyncHTTPClient as _CurlAsyncHTTPClient
from zonda.httpclient import CurlError as _CurlError
from zonda.httpclient import (
    HTTPResponse,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    NoAnswerError,
    ProxyError,
    RequestError,
)

from .httpclient import HTTPError

__all__ = ["CurlAsyncHTTPClient", "CurlError", "curl_log"]

curl_log = logging.getLogger("tornado.curl_httpclient")

# libcurl's numbers for what `zonda.httpclient` has classes for; the first that fits counts.
_NUMBERS: tuple[tuple[type[BaseException], int], ...] = (
    (HTTPTimeoutError, 28),
    (HTTPStreamClosedError, 56),
    (ProxyError, 97),
    (socket.gaierror, 6),
    (ssl.SSLCertVerificationError, 60),
    (ssl.SSLError, 35),
)
_TOO_LARGE = 63
_CANNOT_CONNECT = 7


class CurlError(HTTPError):
    """A fetch that got no answer.

    :ivar errno: libcurl's number.
    """

    def __init__(self, errno: int, message: str) -> None:
        super().__init__(599, message)
        self.errno = errno


class CurlAsyncHTTPClient(_CurlAsyncHTTPClient):
    """A `zonda.httpclient.CurlAsyncHTTPClient` whose errors are those of this module."""

    def fetch(self, *args: Any, **kwargs: Any) -> asyncio.Future[HTTPResponse]:
        """As `AsyncHTTPClient.fetch`; where there is no answer, the error is a `CurlError`."""
        return self.loop.create_task(_with_own_errors(super().fetch(*args, **kwargs)))


async def _with_own_errors(fetching: asyncio.Future[HTTPResponse]) -> HTTPResponse:
    try:
        return await fetching
    except RequestError:
        raise
    except (NoAnswerError, OSError) as error:
        raise _translated(error) from error


def _translated(error: Exception) -> CurlError:
    if isinstance(error, _CurlError):
        return CurlError(error.errno, str(error))
    if isinstance(error.__cause__, BodyTooLargeError):
        return CurlError(_TOO_LARGE, f"{error} (max_body_size)")
    for kind, number in _NUMBERS:
        if isinstance(error, kind):
            return CurlError(number, str(error))
    return CurlError(_CANNOT_CONNECT, str(error))


class _CurlStreamingBuffer:
    """The name of Tornado's buffer between libcurl and a streaming callback.

    Here `zonda.httpclient` does it, in its own way.
    """
