"""The compiled functions and the Python methods that they replace do the same."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.httpserver.header_lines import python_reads, read
from tests.in_memory_connection import exchange
from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
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
    "a body and a request": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + PLAIN,
    "a body that is not whole": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
    "a body of nothing": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "a body as large as may be": b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n"
    + b"a" * 900,
    "a body that is too large": b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 901\r\n\r\n"
    + b"a" * 901,
    "a body in several pieces": b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 800\r\n\r\n"
    + b"a" * 800,
    "a body with zeros before": b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc",
    "two lengths": b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"
    b"abc",
    "a length that is none": b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
    "a very long length": b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\nabc" % 2**64,
    "a body in chunks": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n0\r\n\r\n",
    "POST without a body": b"POST / HTTP/1.1\r\nHost: a\r\n\r\n",
    "PROPFIND": b"PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n",
    "a body, closing": b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3"
    b"\r\n\r\nabc",
    "a body, HTTP/1.0": b"POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    "no lines, a body": b"POST / HTTP/1.1\r\n\r\nabc",
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
    "another line": b"GET / HTTP/1.1\r\nHost: a\r\nAccept: b\r\n\r\n",
    "another line, and folded": b"GET / HTTP/1.1\r\nHost: a\r\nAccept: b\r\n c\r\n\r\n",
    "a new path": b"GET /%d HTTP/1.1\r\nHost: a\r\nAccept: c\r\n\r\n",
    "a path with a space": b"GET /a b HTTP/1.1\r\nHost: a\r\nAccept: c\r\n\r\n",
    "another host": b"GET / HTTP/1.1\r\nHost: b\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "HTTP/1.0 with another line": b"GET / HTTP/1.0\r\nHost: a\r\nAccept: d\r\n\r\n",
    "HTTP/2.0": b"GET / HTTP/2.0\r\nHost: a\r\nAccept: e\r\n\r\n",
    "an empty line before": b"\r\n" + PLAIN,
    "as long as may be": b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"a" * 972 + b"\r\n\r\n",
    "too long": b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"a" * 973 + b"\r\n\r\n",
    "a path that is too long": b"GET /" + b"a" * 1000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "as many lines as may be": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 9 + b"\r\n",
    "too many lines": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 10 + b"\r\n",
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
        server = HTTPServer(
            answer,
            no_keep_alive=no_keep_alive,
            max_header_size=1000,
            max_header_count=10,
            max_body_size=900,
            chunk_size=700,
        )
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


class Reader(HTTPMessageDelegate):
    """Reads a body, and says what it was called with; the path says what it does besides."""

    def __init__(self, connection: HTTPConnection) -> None:
        assert isinstance(connection, HTTP1Connection)
        self.connection = connection
        self.calls: list[bytes] = []

    def answer(self) -> None:
        self.connection.respond(200, "", b" ".join(self.calls))

    def does(self, what: str) -> Awaitable[None] | None:
        self.calls.append(what.encode())
        path = self.connection.start_line.path
        if path == f"/{what}-waits":
            return asyncio.sleep(0)
        if path == f"/{what}-raises":
            raise LookupError(what)
        if path == f"/{what}-refuses":
            raise HTTPInputError("no", 417)
        if path == f"/{what}-answers":
            self.answer()
        if path == f"/{what}-aborts":
            self.connection.abort()
        if path == f"/{what}-closes":
            self.connection.close()
        if path == f"/{what}-limits":
            self.connection.set_max_body_size(2)
        if path == f"/{what}-slows":
            self.connection.set_body_timeout(5)
        if path == f"/{what}-drains":
            self.connection.server.keeps_alive = False
        return None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        self.calls.append(headers["Content-Length"].encode())
        return self.does("head")

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self.calls.append(chunk)
        return self.does("body")

    def finish(self) -> None:
        self.does("end")
        if self.connection.start_line.path != "/end-answers":
            self.answer()

    def on_connection_close(self) -> None:
        self.connection.transport.write(b"told of the end")


class Readers(HTTPServerConnectionDelegate):
    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        return Reader(request_conn)


DEEDS = ("raises", "refuses", "answers", "aborts", "closes", "drains")


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "head-limits",
        "head-slows",
        "head-waits",
        "body-waits",
        *(f"{what}-{deed}" for what in ("head", "body", "end") for deed in DEEDS),
    ],
)
async def test_a_body_is_read_the_same_way(path: str) -> None:
    post = b"POST /%b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    seen = []
    for connection_class in (HTTP1Connection, Interpreted):
        server = HTTPServer(Readers())
        server.add_sockets([])
        server.connection_class = connection_class
        segments = [post % b"first", post % path.encode(), post % b"last"]
        seen.append(await exchange(server, segments))
    assert seen[0] == seen[1]
    assert isinstance(seen[0][0], bytes)
    assert seen[0][0].endswith(b"\r\n\r\n3 head abc body end")


NAMES = [
    *(b"Host", b"hOST", b"Connection", b"connection", b"If-None-Match", b"Content-Length"),
    *(b"Transfer-Encoding", b"Expect", b"Upgrade", b"Accept", b"x", b"!#$%&'*+-.^_`|~", b"Hos"),
    *(b"", b" Host", b"Host ", b"H\xf6st", b"X Y", b"X\x00", b"X(Y)", b"@", b"[", b"\x7f"),
]
VALUES = [
    *(b"a", b"example.org", b"[::1]:80", b"", b"a b", b"keep-alive", b"Keep-ALIVE", b"close"),
    *(b"keep-alive, close", b"0", b"5", b"chunked", b'W/"tag"', b"\xe4\xff", b"tab\tbed"),
    *(b"\x00", b"\x1f", b"\x7f", b"a\rb", b"a\nb", b"\r", b"\n", b"\x0b", b"\x80", b" \t"),
]
ENDS = [b"\r\n"] * 12 + [b"\n", b"\r", b"", b"\r\n\r\n", b"\r\n ", b"\r\n\t", b"\n\r"]
SPACES = [b"", b" ", b" ", b"\t", b" \t ", b"  "]
LINE = st.builds(
    lambda *parts: b"".join(parts),
    st.sampled_from(NAMES) | st.binary(max_size=3),
    st.sampled_from([b":"] * 12 + [b"", b"::", b" :"]),
    st.sampled_from(SPACES),
    st.sampled_from(VALUES) | st.binary(max_size=5),
    st.sampled_from(SPACES),
    st.sampled_from(ENDS),
)
ORDINARY = st.builds(
    lambda *parts: b"".join(parts),
    st.sampled_from([b"Accept", b"If-None-Match", b"Connection", b"User-Agent", b"x"]),
    st.sampled_from([b": ", b":", b":\t "]),
    st.sampled_from([b"keep-alive", b"", b"b, c", b"\xfc\t \x80"]),
    st.sampled_from([b"\r\n", b" \r\n", b"\t\r\n"]),
)
HOST = st.sampled_from([b"Host: example.org\r\n", b"Host:a\r\n", b"hOSt: [::1]:80 \r\n"])
ALL_ORDINARY = st.builds(
    lambda before, host, after: b"".join([*before, host, *after, b"\r\n"]),
    st.lists(ORDINARY, max_size=3),
    HOST,
    st.lists(ORDINARY | st.just(b"Content-Length: 12\r\n"), max_size=3),
)
ANY = st.builds(
    lambda before, host, after, end: b"".join([*before, host, *after, end]),
    st.lists(ORDINARY, max_size=4),
    HOST | st.just(b""),
    st.lists(LINE | ORDINARY, max_size=4),
    st.sampled_from([b"\r\n"] * 5 + [b"", b"\r", b"\n", b"\r\n\r\n", b"\r\nx"]),
)


def spoilt(raw: bytes, place: int, instead: bytes, left_out: int) -> bytes:
    place %= len(raw)
    return raw[:place] + instead + raw[place + left_out :]


SPOILT = st.builds(
    spoilt, ALL_ORDINARY, st.integers(0, 1000), st.binary(max_size=2), st.integers(0, 2)
)


@given(ALL_ORDINARY | SPOILT | ANY | st.binary(max_size=40), st.integers(0, 9))
@example(b"", 9)
@example(b"\r\n", 9)
@example(b"\r", 9)
@example(b":\r\n", 9)
@example(b"Host:a", 9)
@example(b"Host:a\r", 9)
@example(b"Host:a\r\n", 9)
@example(b"Host:a\r\n\r", 9)
def test_header_lines_are_read_as_by_the_python_parser_or_not_at_all(raw: bytes, most: int) -> None:
    expected = python_reads(raw, most)
    assert read(raw, most) in (expected, None)


@pytest.mark.parametrize("raw", [b"A: b\tc\r\nHost: a\r\n\r\n", b"Host: a\r\nX-1: \xe4\r\n\r\n"])
def test_every_byte_at_every_place_is_read_as_by_the_python_parser(raw: bytes) -> None:
    assert read(raw, 9) == python_reads(raw, 9) is not None
    for place in range(len(raw)):
        for byte in range(256):
            for left_out in (0, 1):
                other = spoilt(raw, place, bytes([byte]), left_out)
                assert read(other, 9) in (python_reads(other, 9), None)
        for other in (spoilt(raw, place, b"", 1), spoilt(raw, place, b"", 2), raw[:place]):
            assert read(other, 9) in (python_reads(other, 9), None)


@pytest.mark.parametrize(
    "lines",
    [
        b"Host: a\r\n",
        b"hOST:\t a \t\r\nAccept: */*\r\n",
        b"Accept: \xe4\xff\ta\r\nHost: a\r\nEmpty:\r\n",
        b"!#$%&'*+-.^_`|~09azAZ: x\r\nHost: a\r\n",
        b"Host: a\r\nContent-Length:123456789012345\r\nContent-Type: a/b\r\n",
        b'Host: a\r\nConnection: Keep-Alive\r\nIf-None-Match: "b", "c"\r\n',
    ],
)
def test_ordinary_header_lines_are_read(lines: bytes) -> None:
    expected = python_reads(lines + b"\r\n", 9)
    assert expected is not None
    assert read(lines + b"\r\n", 9) == expected


@pytest.mark.parametrize(
    "line",
    [
        *(b"Expect: 100-continue", b"Upgrade: websocket", b"Connection: close", b"Host: a"),
        *(b"Connection: Upgrade", b"Content-Length: 0", b"Content-Length: +1"),
        *(b"Content-Length: 1234567890123456", b"Transfer-Encoding: chunked"),
        *(b"Host: never-seen.example", b"X : y", b"X: \x00", b": y", b" X: y", b"X"),
    ],
)
def test_the_python_parser_decides_on_all_others(line: bytes) -> None:
    assert python_reads(b"Host: a\r\n\r\n", 9) is not None
    if compiled:
        assert read(b"Host: a\r\n" + line + b"\r\n\r\n", 9) is None


async def test_empty_lines_before_requests_are_counted_for_each() -> None:
    for connection_class in (HTTP1Connection, Interpreted):
        server = HTTPServer(answer)
        server.add_sockets([])
        server.connection_class = connection_class
        events = await exchange(server, [PLAIN, *[b"\r\n", PLAIN] * 10])
        assert len(events) == 11
        assert all(event == events[0] for event in events)


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
