"""The compiled functions and the Python methods that they replace do the same."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.in_memory_connection import exchange
from zonda.http import HTTPServerRequest
from zonda.httpserver import AnswerError, HTTP1Connection, HTTPServer, compiled, native

PLAIN = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
SEGMENTS = {
    "again": PLAIN,
    "another path": b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD": b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/1.0": b"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
    "HTTP/1.0 that stays": b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
    "pipelined": PLAIN + PLAIN,
    "in two pieces": PLAIN[:20],
    "a body": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    "expectation": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
    b"Expect: 100-continue\r\n\r\n",
    "close": b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "answered twice": b"GET /twice HTTP/1.1\r\nHost: a\r\n\r\n",
    "not answered": b"GET /fails HTTP/1.1\r\nHost: a\r\n\r\n",
    "fields beyond ASCII": b"GET /latin HTTP/1.1\r\nHost: a\r\n\r\n",
    "a status of its own": b"GET /odd HTTP/1.1\r\nHost: a\r\n\r\n",
    "late": b"GET /late HTTP/1.1\r\nHost: a\r\n\r\n",
    "malformed": b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "no header lines": b"GET / HTTP/1.1\r\n\r\n",
    "a bare carriage return": b"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes behind": PLAIN + b"\r",
    "nothing": b"",
}


def answer(request: HTTPServerRequest) -> None:
    connection = request.connection
    assert isinstance(connection, HTTP1Connection)
    fields = "Content-Type: text/plain\r\n"
    if request.path == "/fails":
        raise LookupError("no answer")
    if request.path == "/odd":
        connection.respond(299, fields, b"odd", reason="Odd")
    elif request.path == "/late":
        asyncio.get_running_loop().call_soon(connection.respond, 200, fields, b"late")
    else:
        more = "X: caf\xe9\r\n" if request.path == "/latin" else ""
        body = f"{request.method} {request.uri} {request.headers['Host']} {request.body!r}"
        connection.respond(200, fields + more, body.encode())
    if request.path == "/twice":
        with pytest.raises(AnswerError, match="has begun already"):
            connection.respond(200, fields, b"")


class Interpreted(HTTP1Connection):
    """The compiled functions leave subclasses to the Python methods."""

    __slots__ = ()


@pytest.mark.parametrize("no_keep_alive", [False, True])
@pytest.mark.parametrize("kind", SEGMENTS)
async def test_a_peer_sees_the_same(kind: str, no_keep_alive: bool) -> None:
    seen = []
    for connection_class in (HTTP1Connection, Interpreted):
        server = HTTPServer(answer, no_keep_alive=no_keep_alive)
        server.add_sockets([])
        server.connection_class = connection_class
        segment = SEGMENTS[kind]
        seen.append(await exchange(server, [PLAIN, segment, segment, PLAIN]))
    assert seen[0] == seen[1]
    first = seen[0][0]
    assert isinstance(first, bytes) and first.endswith(b"\r\n\r\nGET / a b''")


async def test_what_a_transport_or_delegate_raises_is_dealt_with(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for connection_class in (HTTP1Connection, Interpreted):
        server = HTTPServer(answer)
        server.add_sockets([])
        server.connection_class = connection_class
        events = await exchange(server, [PLAIN, SEGMENTS["not answered"]])
        assert isinstance(events[1], bytes)
        assert events[1].startswith(b"HTTP/1.1 500 ")
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["Uncaught exception while serving GET /fails (0.0.0.0)"] * 2
    assert "LookupError: no answer" in caplog.text


def test_methods_say_their_arguments() -> None:
    signature = inspect.signature(HTTP1Connection.respond)
    assert list(signature.parameters) == ["self", "code", "fields", "body", "reason"]


def test_zonda_pure_leaves_them_unused() -> None:
    program = "from zonda.httpserver import compiled; print(compiled)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "ZONDA_PURE": "1"},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.stdout == "False\n", done.stderr


def test_compiled_says_whether_there_is_a_compiled_module() -> None:
    directory = Path(native.__file__).parent
    found = list(directory.glob("_native*.so")) + list(directory.glob("_native*.pyd"))
    assert compiled == bool(found and not os.environ.get("ZONDA_PURE"))
