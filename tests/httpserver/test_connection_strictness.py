"""What is no request, or could be read in two ways, is refused; nothing behind it is read.

Each line of a table is bytes as they come from the network.  ``NEXT`` stands behind all of them: it
must never be answered.  Names with ``HS-`` are requirements, and those of other servers' history.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.growth import LINEAR, growth
from tests.httpserver.in_memory import Exchange, send
from zonda.http import HTTPServerRequest
from zonda.httpserver import HTTP1Connection

NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
HOST = b"Host: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
EMPTY = b"0\r\n\r\n"


def post(*lines: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    head = b"".join(line + b"\r\n" for line in lines)
    return b"POST / HTTP/" + version + b"\r\n" + HOST + head + b"\r\n" + body


def get(*lines: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\n" + HOST + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def chunked(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", body=body)


TE = b"Transfer-Encoding: "
CL = b"Content-Length: "

REFUSED = {
    "HS-01 length, then chunked": post(CL + b"5", TE + b"chunked", body=EMPTY),
    "HS-01 chunked, then length": post(TE + b"chunked", CL + b"5", body=EMPTY),
    "HS-02 two lines": post(TE + b"chunked", TE + b"chunked", body=EMPTY),
    **{
        f"HS-02 {value!r}": post(TE + value, body=EMPTY)
        for value in (
            b"chunked, chunked",
            b"chunked, identity",
            b"gzip",
            b"gzip, chunked",
            b"xchunked",
            b'"chunked"',
            b"",
            b"chunked;q=1",
        )
    },
    **{
        f"HS-03 {byte:#x} {where}": post(TE + value, body=EMPTY)
        for byte in (0x0B, 0x0C, 0x85, 0xA0, 0xFF, 0x00)
        for where, value in (
            ("before", bytes([byte]) + b"chunked"),
            ("behind", b"chunked" + bytes([byte])),
        )
    },
    "HS-04": post(TE + b"chunked", body=EMPTY, version=b"1.0"),
    "HS-04 kept": post(TE + b"chunked", b"Connection: keep-alive", body=EMPTY, version=b"1.0"),
    **{
        f"HS-05 {value!r}": post(CL + value, body=b"hello")
        for value in (
            *(b"+5", b"-5", b"-0", b"5_0", b"0x5", b"0o5", b"5 5", b"5.0", b"5,6", b"", b"5,5"),
            *("５".encode(), b"\x855", b"5\x85", b"\xa05", b"5\xa0", b"5;", b"5e0"),
        )
    },
    "HS-06 different": post(CL + b"5", CL + b"6", body=b"hello"),
    "HS-06 empty first": post(b"Content-Length:", CL + b"5", body=b"hello"),
    "HS-06 equal": post(CL + b"5", CL + b"5", body=b"hello"),
    "HS-07 2^63": post(CL + str(2**63).encode(), body=b"hello"),
    "HS-07 2^64+5": post(CL + str(2**64 + 5).encode(), body=b"hello"),
    "HS-07 400 digits": post(CL + b"9" * 400, body=b"hello"),
    **{
        f"HS-08 {size!r}": chunked(size + b"\r\nhello\r\n" + EMPTY)
        for size in (
            *(b"+5", b"-5", b"0x5", b"0_5", b"5_0", b"", b" 5", b"5 ", b"G", b"5g", b"5.0", b"5,5"),
            b"0" * 16 + b"5",
        )
    },
    "HS-09 no line end behind the data": chunked(b"5\r\nhelloX\r\n" + EMPTY),
    "HS-09 LF behind the size": chunked(b"5\nhello\r\n" + EMPTY),
    "HS-09 CR behind the size": chunked(b"5\rhello\r\n" + EMPTY),
    "HS-09 LF behind the data": chunked(b"5\r\nhello\n" + EMPTY),
    "HS-09 CR behind the data": chunked(b"5\r\nhello\r" + EMPTY),
    "HS-09 CR in an extension": chunked(b"5;a\rb\r\nhello\r\n" + EMPTY),
    "HS-09 LF in an extension": chunked(b"5;a\nb\r\nhello\r\n" + EMPTY),
    "HS-09 NUL in an extension": chunked(b"5;a\x00\r\nhello\r\n" + EMPTY),
    "HS-09 empty line between chunks": chunked(b"5\r\nhello\r\n\r\n" + EMPTY),
    "HS-11 a bad trailer": chunked(b"0\r\nA : b\r\n\r\n"),
    **{
        f"HS-13 {line!r}": get(line)
        for line in (
            *(b"A : b", b"A\t: b", b": b", b"A B: c", b"A", b"A\x80: b", b"A\xff: b", b"A\r\nB"),
            *(bytes([b"A"[0], byte]) + b": b" for byte in b'"(),/;<=>?@[\\]{}\x00\x1f\x7f'),
        )
    },
    **{
        f"HS-14 {byte:#x} in a value": get(b"A: a" + bytes([byte]) + b"b")
        for byte in b"\x00\r\n\x01\x0b\x1f\x7f"
    },
    **{
        f"HS-14 {byte:#x} in the request line": b"GET /"
        + bytes([byte])
        + b" HTTP/1.1\r\n"
        + HOST
        + b"\r\n"
        for byte in b"\x00\r\n\x01\x0b\x1f\x7f\t"
    },
    "HS-14 bare LF everywhere": b"GET / HTTP/1.1\nHost: x\n\n",
    "HS-15 folded": get(b"A: b\r\n c"),
    "HS-15 folded with a tab": get(b"A: b\r\n\tc"),
    "HS-15 the first line": b"GET / HTTP/1.1\r\n " + HOST + b"\r\n",
    "HS-15 only white space": get(b"A: b\r\n "),
    "HS-16 no host": b"GET / HTTP/1.1\r\n\r\n",
    "HS-16 two equal hosts": get(HOST.strip()),
    **{
        f"HS-16 {host!r}": b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
        for host in (
            *(b"a b", b"a,b", b"u@a", b"u:p@a", b"a/b", b"a?b", b"a#b", b"a<b", b'"a"', b"a:b"),
            *(b"a:-1", b"a:99999", b"a\x00", b"a\\b", b"[::1", b"::1", b"a:1:2", b"\xe4"),
        )
    },
    **{
        f"HS-17 {version!r}": b"GET / " + version + b"\r\n" + HOST + b"\r\n"
        for version in (
            *(b"HTTP/1.10", b"HTTP/1.32", b"HTTP/1.", b"HTTP/11", b"HTTP/01.01", b"HTTP/ 1.1"),
            *(
                b"http/1.1",
                b"HTTP/4294967297.1",
                b"HTTP/0.9",
                b"HTTP/2.0",
                b"HTTP/1.1 ",
                b"HTP/1.1",
            ),
        )
    },
    "HS-17 no version": b"GET /\r\n\r\n",
    "HS-17 HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    **{
        f"HS-18 {method!r}": method + b" / HTTP/1.1\r\n" + HOST + b"\r\n"
        for method in (b"GE(T", b"G\xc4T", b"", b" GET", b"GE\x00T", b"GET\t", b"G@T", b"X" * 33)
    },
    **{
        f"HS-19 {target!r}": b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"
        for target in (
            *(
                b"*",
                b"foo",
                b"a b",
                b"/a b",
                b"/\x00",
                b"/\x01",
                b"/\x7f",
                b"ftp://x/",
                b"http:///",
            ),
            *(b"", b"//"[:0], b"x:80", b"?a"),
        )
    },
    "HS-29 CONNECT": b"CONNECT x:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "nothing but line feeds": b"\n\n",
    "an unknown expectation": post(CL + b"1", b"Expect: miracles", body=b"x"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused(name: str) -> None:
    outcome = send(REFUSED[name] + NEXT)
    assert len(outcome.answers) == 1, outcome
    [answer] = outcome.answers
    assert 400 <= answer.status < 500 or answer.status == 505
    assert answer.headers["Connection"] == "close"
    assert answer.body.startswith(f"{answer.status}: ".encode())
    assert outcome.ended
    assert outcome.seen == []
    in_bytes = Exchange()
    in_bytes.feed(bytes([byte]) for byte in REFUSED[name] + NEXT)
    cut = in_bytes.finish()
    assert (cut.statuses, cut.ended, cut.seen) == (outcome.statuses, True, [])


ACCEPTED = {
    "HS-06 leading zeros": (post(CL + b"0005", body=b"hello"), b"hello"),
    "HS-10 an extension": (chunked(b"5;a=b\r\nhello\r\n" + EMPTY), b"hello"),
    "HS-10 quoted": (chunked(b'5;a="\\"b;\t";c\r\nhello\r\n0;d\r\n\r\n'), b"hello"),
    "HS-11 trailers": (chunked(b"2\r\nab\r\n0\r\nHost: y\r\nContent-Length: 9\r\n\r\n"), b"ab"),
    "chunked in capitals": (post(TE + b"CHUNKED", body=b"1\r\na\r\n" + EMPTY), b"a"),
    "sizes in capitals": (chunked(b"A\r\n0123456789\r\n000\r\n\r\n"), b"0123456789"),
    "HS-12 a few empty lines": (b"\r\n\r\n" + get(), b""),
    "HS-16 an empty host": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", b""),
    "HS-18 an unusual method": (b"M-SEARCH / HTTP/1.1\r\n" + HOST + b"\r\n", b""),
    "absolute form": (b"GET http://x/ HTTP/1.1\r\n" + HOST + b"\r\n", b""),
    "OPTIONS *": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", b""),
    "HS-28 an upgrade with a body": (
        post(b"Upgrade: foo", b"Connection: upgrade", CL + b"2", body=b"ab"),
        b"ab",
    ),
    "HS-23 an expectation": (post(CL + b"2", b"Expect: 100-continue", body=b"ab"), b"ab"),
    "many headers": (get(*(b"A%d: b" % number for number in range(100))), b""),
}


@pytest.mark.parametrize("name", ACCEPTED)
async def test_accepted(name: str) -> None:
    data, body = ACCEPTED[name]
    outcome = send(data + NEXT)
    assert outcome.statuses == [200, 200]
    assert not outcome.ended
    assert outcome.answers[0].body == body
    assert outcome.seen[1] == ("GET", "/next", b"")


STREAMS = {
    "bodies": (
        post(CL + b"5", body=b"hello")
        + NEXT
        + chunked(b"2\r\nab\r\n3;x\r\ncde\r\n0\r\nT: u\r\n\r\n"),
        [200, 200, 200],
    ),
    "HS-21 close, then more": (get(b"Connection: close") + NEXT, [200]),
    "HS-22 good, then garbage": (get() + b"garbage\r\n\r\n" + NEXT, [200, 400]),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n" + NEXT, [200]),
    "HTTP/1.0 kept": (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + NEXT, [200, 200]),
    "HS-25 HEAD": (b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n" + NEXT, [200, 200]),
    "HS-28": (get(b"Upgrade: foo", b"Connection: upgrade") + NEXT, [200, 200]),
    "a bad body": (chunked(b"2\r\nabc\r\n") + NEXT, [400]),
    "empty lines between": (get() + b"\r\n" + NEXT, [200, 200]),
}


@pytest.mark.parametrize("name", STREAMS)
async def test_every_cut_gives_the_same(name: str) -> None:
    """HS-32: one segment, every two segments, and a segment for each byte."""
    data, statuses = STREAMS[name]
    whole = send(data)
    assert whole.statuses == statuses
    for cut in range(1, len(data)):
        pieces = send(data[:cut], data[cut:])
        assert (pieces.statuses, pieces.ended, pieces.seen) == (
            whole.statuses,
            whole.ended,
            whole.seen,
        ), data[:cut]
    single = send(*(bytes([byte]) for byte in data))
    assert (single.statuses, single.ended, single.seen) == (statuses, whole.ended, whole.seen)


FLOODS = {
    "HS-12 request line": (b"GET /", b"a", 414),
    "HS-12 header line": (b"GET / HTTP/1.1\r\n" + HOST + b"A: ", b"a", 431),
    "HS-12 header lines": (b"GET / HTTP/1.1\r\n" + HOST, b"A: b\r\n", 431),
    "HS-12 empty lines": (b"", b"\r\n", 400),
    "HS-12 chunk extension": (chunked(b"5;"), b"a", 400),
    "HS-12 trailers": (chunked(b"0\r\n"), b"A: b\r\n", 431),
    "HS-12 trailer": (chunked(b"0\r\nA: "), b"a", 431),
    "HS-12 empty chunk size": (chunked(b""), b"0", 400),
    "HS-18 method": (b"", b"G", 400),
}


@pytest.mark.parametrize("name", FLOODS)
async def test_floods_are_cut_off(name: str) -> None:
    """8 MiB of one thing: refused early, and hardly anything is kept."""
    begin, piece, status = FLOODS[name]
    exchange = Exchange()
    exchange.feed([begin] if begin else [])
    segment = piece * (16384 // len(piece))
    sent = most = 0
    while sent < 8 * 1024 * 1024 and exchange.connection.is_open:
        exchange.feed([segment])
        sent += len(segment)
        body = exchange.connection._body
        kept = len(exchange.connection._buffer)
        if body is not None:
            kept += len(getattr(body._decoder, "_buffer", b""))
        most = max(most, kept)
    assert exchange.finish().statuses == [status]
    assert most < 100_000
    assert sent < 2 * 1024 * 1024


@pytest.mark.parametrize("line", ["A: b\r\n", "A{}: b\r\n"])
async def test_ten_thousand_headers_are_refused_in_linear_time(line: str) -> None:
    """HS-24."""

    def run(size: int) -> Callable[[], None]:
        lines = "".join(line.format(number) for number in range(size))
        data = f"GET / HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()

        def feed() -> None:
            exchange = Exchange(max_header_size=100_000_000, max_header_count=100_000_000)
            exchange.feed([data])
            assert exchange.finish().statuses == [200]

        return feed

    lines = "".join(line.format(number) for number in range(10_000))
    assert send(f"GET / HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()).statuses == [431]
    assert growth(run) < LINEAR


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_expectations(version: str) -> None:
    """HS-23: only HTTP/1.1 has them, and what is too long is refused without a 100."""
    head = f"POST / HTTP/{version}\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n"
    exchange = Exchange()
    exchange.feed([head.encode()])
    said = bytes(exchange.transport.written)
    assert said == (b"HTTP/1.1 100 Continue\r\n\r\n" if version == "1.1" else b"")
    exchange.feed([b"ab"])
    assert exchange.finish().statuses[-1] == 200
    assert send(head.encode().replace(b"Length: 2", b"Length: 9"), max_body_size=8).statuses == [
        413
    ]


async def test_white_space_around_a_value_is_trimmed() -> None:
    """HS-31."""
    values: list[str] = []

    def look(request: HTTPServerRequest) -> None:
        values.append(request.headers["A"])
        assert isinstance(request.connection, HTTP1Connection)
        request.connection.respond(200, "", b"")

    exchange = Exchange(look)
    exchange.feed([get(b"A: \t 1 2 \t ")])
    assert exchange.finish().statuses == [200]
    assert values == ["1 2"]


async def test_lower_case_get_is_not_get() -> None:
    """HS-18."""
    outcome = send(b"get / HTTP/1.1\r\n" + HOST + b"\r\n")
    assert outcome.seen == [("get", "/", b"")]


async def test_a_thousand_pipelined_requests_are_answered_in_order() -> None:
    """HS-34."""
    requests = [b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(1000)]
    exchange = Exchange()
    exchange.feed([b"".join(requests)])
    await exchange.settle()
    outcome = exchange.finish()
    assert [uri for _, uri, _ in outcome.seen] == [f"/{number}" for number in range(1000)]
    assert len(outcome.answers) == 1000
