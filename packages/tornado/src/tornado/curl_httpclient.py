"""The client on libcurl."""

from __future__ import annotations

import logging

from zonda.httpclient import CurlAsyncHTTPClient

from .httpclient import HTTPError

__all__ = ["CurlAsyncHTTPClient", "CurlError", "curl_log"]

curl_log = logging.getLogger("tornado.curl_httpclient")


class CurlError(HTTPError):
    """An error of libcurl, by its number; what `CurlAsyncHTTPClient` raises says it in words.

    :ivar errno: libcurl's number.
    """

    def __init__(self, errno: int, message: str) -> None:
        super().__init__(599, message)
        self.errno = errno


class _CurlStreamingBuffer:
    """The name of Tornado's buffer between libcurl and a streaming callback.

    Here `zonda.httpclient` does it, in its own way.
    """
