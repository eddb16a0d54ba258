from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from zonda.http import Proxy
from zonda.httpclient import (
    CurlError,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    ProxyError,
    ResponseError,
)
from zonda.httpclient.curl_errors import translate
from zonda.httpclient.route import VERIFIED, Route

pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")

ROUTE = Route("h", 80, None)
TUNNEL = Route("h", 443, VERIFIED, Proxy("http", "p", 1))


class Unused:
    """A handle that has done nothing."""

    def __init__(self) -> None:
        self.pycurl: Any = pycurl
        self.handle: Any = pycurl.Curl()


@pytest.mark.parametrize(
    ("number", "text", "route", "kind"),
    [
        (5, "no proxy", ROUTE, socket.gaierror),
        (6, "no host", ROUTE, socket.gaierror),
        (7, "not reached", ROUTE, ConnectionError),
        (8, "weird", ROUTE, ResponseError),
        (1, "HTTP/0.9", ROUTE, ResponseError),
        (56, "Malformed encoding found in chunked-encoding", ROUTE, ResponseError),
        (27, "Out of memory in chunked-encoding", ROUTE, ResponseError),
        (100, "", ROUTE, ResponseError),
        (18, "cut", ROUTE, HTTPStreamClosedError),
        (52, "empty", ROUTE, HTTPStreamClosedError),
        (55, "send", ROUTE, HTTPStreamClosedError),
        (56, "receive", ROUTE, HTTPStreamClosedError),
        (65, "rewind", ROUTE, HTTPStreamClosedError),
        (56, "aborted", TUNNEL, ProxyError),
        (97, "refused", ROUTE, ProxyError),
        (28, "late", ROUTE, HTTPTimeoutError),
        (60, "certificate", ROUTE, ssl.SSLCertVerificationError),
        (35, "handshake", ROUTE, ssl.SSLError),
        (43, "", ROUTE, CurlError),
    ],
)
def test_each_error_of_curls_is_one_of_ours(
    number: int, text: str, route: Route, kind: type[Exception]
) -> None:
    error = translate(number, text, Unused(), route)
    assert type(error) is kind
    assert str(error)


def test_an_error_without_a_meaning_of_ours_has_curls_number() -> None:
    error = translate(43, "", Unused(), ROUTE)
    assert isinstance(error, CurlError)
    assert (error.errno, error.code, str(error)) == (43, 599, "curl's error 43")
