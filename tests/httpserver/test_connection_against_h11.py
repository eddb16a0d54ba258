"""h11 writes the requests and reads the answers: both sides must mean the same.

And whatever bytes come, in whatever pieces: the outcome is the same, and what the server takes for
a request is one for h11 too.
"""

from __future__ import annotations

import h11
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.httpserver.in_memory import Exchange, send
from zonda.http import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from zonda.httpserver import HTTP1Connection

TOKEN = st.text("abcXYZ019-_!#$%&'*+.^`|~", min_size=1, max_size=12)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "PURGE"])
TARGETS = st.text("abc/?=&%20;,:@!$'()*+~-._[]|", max_size=20).map(lambda text: "/" + text)
VALUES = st.text([chr(c) for c in range(0x21, 0x7F)], max_size=20)
FRAMING = {"content-length", "transfer-encoding", "host", "connection", "upgrade", "expect"}
HEADERS = st.lists(
    st.tuples(TOKEN.filter(lambda name: name.lower() not in FRAMING), VALUES), max_size=5
)
BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=4)
MESSAGES = st.lists(
    st.tuples(METHODS, TARGETS, HEADERS, BODIES, st.booleans()), min_size=1, max_size=4
)
Message = tuple[str, str, list[tuple[str, str]], list[bytes], bool]
CUTS = st.lists(st.integers(1, 600), max_size=10)


def answer(request: HTTPServerRequest) -> None:
    """Echo, in chunks if the path asks for it."""
    connection = request.connection
    assert isinstance(connection, HTTP1Connection)
    headers = HTTPHeaders({"X-Method": request.method or "", "X-Target": request.uri or ""})
    if len(request.body) % 2:
        connection.write_headers(ResponseStartLine("", 200, ""), headers)
        connection.write(request.body)
        connection.finish()
    else:
        connection.respond(200, headers.lines(), request.body)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """*data* cut at these places."""
    ends = [*sorted({cut for cut in cuts if cut < len(data)}), len(data)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False) if start < end]


@settings(max_examples=50)
@given(MESSAGES, CUTS)
async def test_h11_as_the_client(messages: list[Message], cuts: list[int]) -> None:
    exchange = Exchange(answer)
    client = h11.Connection(h11.CLIENT)
    for method, target, headers, body, chunked in messages:
        framing = (
            ("Transfer-Encoding", "chunked")
            if chunked
            else ("Content-Length", str(sum(map(len, body))))
        )
        lines = [("Host", "x"), framing, *headers]
        data = client.send(h11.Request(method=method, target=target, headers=lines)) or b""
        for piece in body:
            data += client.send(h11.Data(data=piece)) or b""
        data += client.send(h11.EndOfMessage()) or b""
        exchange.transport.written.clear()
        exchange.feed(pieces(data, cuts))
        client.receive_data(bytes(exchange.transport.written))
        response = client.next_event()
        assert isinstance(response, h11.Response)
        assert response.status_code == 200
        said = {name.decode(): value.decode("latin-1") for name, value in response.headers}
        assert (said["x-method"], said["x-target"]) == (method, target)
        received = b""
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            assert isinstance(event, h11.Data)
            received += event.data
        assert received == (b"" if method == "HEAD" else b"".join(body))
        client.start_next_cycle()
    exchange.connection.connection_lost(None)


FRAGMENTS = [
    b"GET / HTTP/1.1\r\n",
    b"POST /x HTTP/1.1\r\n",
    b"HEAD / HTTP/1.0\r\n",
    b"Host: x\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive\r\n",
    b"Upgrade: foo\r\n",
    b"Expect: 100-continue\r\n",
    b"A: b\r\n",
    b" folded\r\n",
    b"A : b\r\n",
    *(b"\r\n", b"\r\n\r\n", b"\r", b"\n", b"abc", b"x", b"\x00", b"GET", b" ", b"1"),
    *(b"3\r\nabc\r\n", b"0\r\n\r\n", b"0\r\nT: u\r\n\r\n"),
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12), CUTS)
@example([b"GET / HTTP/1.1\r\n", b"\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], [])
async def test_any_bytes_in_any_pieces(fragments: list[bytes], cuts: list[int]) -> None:
    data = b"".join(fragments)
    whole, cut = send(data), send(*pieces(data, cuts))
    assert whole.essence == cut.essence


@settings(max_examples=75)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=8))
async def test_what_is_a_request_here_is_one_for_h11(fragments: list[bytes]) -> None:
    data = b"".join(fragments).lstrip(b"\r\n")
    outcome = send(data)
    if not outcome.seen:
        return
    method, target, body = outcome.seen[0]
    reference = h11.Connection(h11.SERVER)
    reference.receive_data(data)
    request = reference.next_event()
    assert isinstance(request, h11.Request)
    assert (request.method.decode(), request.target.decode()) == (method, target)
    received = b""
    while isinstance(event := reference.next_event(), h11.Data):
        received += event.data
    assert isinstance(event, h11.EndOfMessage)
    assert received == body
