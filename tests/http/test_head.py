"""A head is taken exactly as RFC 9112 writes it, or refused with the status that fits."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import h11
import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http import (
    Framing,
    HeaderBlock,
    HTTPInputError,
    head,
    is_known_host,
    is_valid_host,
    parse_header_block,
    parse_request_block,
    parse_response_block,
)
from zonda.http.head import REMEMBERED_DECISIONS, REMEMBERED_HOSTS
from zonda.http.headers import EARLY_NAMES

HOST = b"Host: example.org\r\n"


def block(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in (b"Host: example.org", *lines)) + b"\r\n"


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        (b"Accept: text/html", "Accept", "text/html"),
        (b"aCCEPT:text/html", "Accept", "text/html"),
        (b"Accept: \t text/html \t ", "Accept", "text/html"),
        (b"Accept:", "Accept", ""),
        (b"X-Latin: \xe4\xff", "X-Latin", "\xe4\xff"),
        (b"!#$%&'*+-.^_`|~: x", "!#$%&'*+-.^_`|~", "x"),
    ],
)
def test_lines_that_are_headers(line: bytes, name: str, value: str) -> None:
    assert parse_request_block(block(line)).headers()[name] == value


@pytest.mark.parametrize(
    "line",
    [
        b"Accept : x",
        b"Accept\t: x",
        b": x",
        b"Acc ept: x",
        b"Accept",
        b"Acc\xe4pt: x",
        b"Acc(pt: x",
        b"Accept: a\x00b",
        b"Accept: a\rb",
        b"Accept: a\nb",
        b"Accept: a\x0bb",
        b"Accept: a\x7fb",
        b" folded: x",
        b"Accept: x\r\n folded",
        b"Accept: x\r\n\tfolded",
    ],
)
def test_lines_that_are_no_headers(line: bytes) -> None:
    with pytest.raises(HTTPInputError) as raised:
        parse_request_block(block(line))
    assert raised.value.status == 400


@pytest.mark.parametrize("parse", [parse_header_block, parse_response_block])
def test_a_first_line_that_is_folded_is_refused(parse: Callable[[bytes], HeaderBlock]) -> None:
    with pytest.raises(HTTPInputError, match="folded"):
        parse(b" Host: x\r\n\r\n")


def test_no_header_lines_are_none() -> None:
    found = parse_request_block(b"\r\n")
    assert dict(found.headers()) == {}
    assert (found.host, found.plain, found.framing) == (None, False, Framing.NONE)


EARLY_LINES = st.sampled_from(
    [
        (b"Host", b"example.org"),
        (b"hOST", b"a:80"),
        (b"Connection", b"keep-alive"),
        (b"connection", b"x, Close"),
        (b"If-None-Match", b'"a"'),
        (b"IF-NONE-MATCH", b'W/"\xe4", "b"'),
        (b"Expect", b"host:"),
        (b"X-Host", b"connection: b"),
        (b"Hosts", b""),
        (b"Upgrade", b""),
    ]
)


@given(st.lists(st.tuples(EARLY_LINES, st.sampled_from([b"", b" ", b"\t \t"])), min_size=1))
def test_what_a_connection_has_to_know_is_found_as_among_all_lines(
    lines: list[tuple[tuple[bytes, bytes], bytes]],
) -> None:
    raw = b"".join(b"%b:%b%b%b\r\n" % (name, space, value, space) for (name, value), space in lines)
    with contextlib.suppress(HTTPInputError):
        found = parse_request_block(raw + b"\r\n", 1000)
        known = {name: found.fields[name] for name in EARLY_NAMES if name in found.fields}
        assert found.early == known


def test_a_client_unfolds_lines() -> None:
    found = parse_response_block(b"A: 1\r\n\t2\r\n \r\n 3\r\nB: 4\r\n\r\n")
    assert dict(found.headers()) == {"A": "1 2  3", "B": "4"}


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\n 6\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5,\r\n",
        b"Content-Length: +5, +5\r\n",
        b"Transfer-Encoding: gzip,\r\n chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5, 5\r\nTransfer-Encoding: chunked\r\n",
        b"A : 1\r\n 2\r\n",
    ],
)
def test_a_client_forgives_nothing_about_the_end_of_a_body(lines: bytes) -> None:
    with pytest.raises(HTTPInputError):
        parse_response_block(lines + b"\r\n")


def test_a_length_that_is_repeated_counts_once() -> None:
    for lines in (b"Content-Length: 5 , 5\r\n", b"Content-Length: 5\r\n" * 3):
        found = parse_response_block(lines + b"\r\n")
        assert (found.length, found.headers()["Content-Length"]) == (5, "5")


@pytest.mark.parametrize("unit", [b"\r\n ", b" ", b"\t", b"\r\n\t "])
def test_unfolding_is_linear(unit: bytes) -> None:
    def run(size: int) -> Callable[[], object]:
        raw = b"A: 1" + unit * size + b"\r\nnonsense\r\n\r\n"

        def parse() -> None:
            with contextlib.suppress(HTTPInputError):
                parse_response_block(raw, 10**9)

        return parse

    assert growth(run) < LINEAR


@pytest.mark.parametrize(
    "value",
    [
        b"+5",
        b"-5",
        b"-0",
        b"5_0",
        b"0x5",
        b"0o5",
        b"5 5",
        b"5.0",
        b"5,6",
        b"",
        b"\xef\xbc\x95",
        b"\x855",
        b"5\xa0",
        b"5, 5",
        b"five",
        b"1e3",
    ],
)
def test_lengths_that_are_no_numbers(value: bytes) -> None:
    with pytest.raises(HTTPInputError) as raised:
        parse_request_block(block(b"Content-Length: " + value))
    assert raised.value.status == 400


@pytest.mark.parametrize("value", [b"9223372036854775808", b"18446744073709551621", b"9" * 400])
def test_lengths_beyond_all_bounds_never_wrap(value: bytes) -> None:
    with pytest.raises(HTTPInputError) as raised:
        parse_request_block(block(b"Content-Length: " + value))
    assert raised.value.status == 413


@pytest.mark.parametrize(
    ("value", "length", "framing"),
    [(b"5", 5, Framing.LENGTH), (b"005", 5, Framing.LENGTH), (b"0", 0, Framing.NONE)],
)
def test_lengths(value: bytes, length: int, framing: Framing) -> None:
    parsed = parse_request_block(block(b"Content-Length: " + value))
    assert (parsed.length, parsed.framing) == (length, framing)


@pytest.mark.parametrize(
    "lines",
    [
        (b"Content-Length: 5", b"Content-Length: 6"),
        (b"Content-Length:", b"Content-Length: 5"),
        (b"Content-Length: 5", b"Content-Length: 5"),
        (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked", b"Content-Length: 5"),
        (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked, chunked",),
        (b"Transfer-Encoding: chunked, identity",),
        (b"Transfer-Encoding: gzip, chunked",),
        (b"Transfer-Encoding: gzip",),
        (b"Transfer-Encoding: xchunked",),
        (b'Transfer-Encoding: "chunked"',),
        (b"Transfer-Encoding:",),
        (b"Transfer-Encoding: \x0bchunked",),
        (b"Transfer-Encoding: \x0cchunked",),
        (b"Transfer-Encoding: \x85chunked",),
        (b"Transfer-Encoding: chunked\xa0",),
        (b"Transfer-Encoding: chunked\xff",),
        (b"Transfer-Encoding: chunked\x00",),
    ],
)
def test_framing_that_two_readers_could_read_in_two_ways_is_refused(
    lines: tuple[bytes, ...],
) -> None:
    with pytest.raises(HTTPInputError) as raised:
        parse_request_block(block(*lines))
    assert raised.value.status == 400


@pytest.mark.parametrize("value", [b"chunked", b"Chunked", b" \tchunked\t"])
def test_chunked_is_understood(value: bytes) -> None:
    assert parse_request_block(block(b"Transfer-Encoding:" + value)).framing is Framing.CHUNKED


@pytest.mark.parametrize(
    "host",
    ["example.org", "example.org:8080", "example.org:", "127.0.0.1", "[::1]", "[::1]:80", "a_b.c"],
)
def test_hosts(host: str) -> None:
    assert is_valid_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "a b",
        "a,b",
        "user@host",
        "host/path",
        "host?q",
        "host#f",
        "<host>",
        '"host"',
        "'host'",
        "host:port",
        "host:99999",
        "host:123456",
        "host:-1",
        "a\x00b",
        "",
        "[::1",
        "::1",
        "h:1:2",
    ],
)
def test_texts_that_are_no_hosts(host: str) -> None:
    assert not is_valid_host(host)


@pytest.mark.parametrize(
    "raw", [b"Host: a\r\nHost: a\r\n\r\n", b"Host: a\r\nhost: b\r\n\r\n", b"Host: a b\r\n\r\n"]
)
def test_a_request_has_one_valid_host(raw: bytes) -> None:
    with pytest.raises(HTTPInputError, match="Host"):
        parse_request_block(raw)


@pytest.mark.parametrize(
    ("lines", "close", "keep_alive"),
    [
        ((), False, False),
        ((b"Connection: close",), True, False),
        ((b"Connection: CLOSE",), True, False),
        ((b"Connection: foo, close",), True, False),
        ((b"Connection: keep-alive, close",), True, True),
        ((b"Connection: keep-alive", b"Connection: close"), True, True),
        ((b"Connection: closed",), False, False),
        ((b"Connection: Keep-Alive",), False, True),
    ],
)
def test_what_a_connection_header_says(
    lines: tuple[bytes, ...], close: bool, keep_alive: bool
) -> None:
    parsed = parse_request_block(block(*lines))
    assert (parsed.close, parsed.keep_alive) == (close, keep_alive)


@pytest.mark.parametrize(
    ("lines", "plain"),
    [
        ((), True),
        ((b"Accept: */*",), True),
        ((b"Connection: keep-alive",), True),
        ((b"Connection: close",), False),
        ((b"Content-Length: 0",), True),
        ((b"Content-Length: 1",), False),
        ((b"Transfer-Encoding: chunked",), False),
        ((b"Expect: 100-continue",), False),
        ((b"Upgrade: websocket",), False),
    ],
)
def test_plain_is_what_asks_for_nothing_but_an_answer(
    lines: tuple[bytes, ...], plain: bool
) -> None:
    assert parse_request_block(block(*lines)).plain is plain


def test_the_number_of_lines_is_limited() -> None:
    lines = [b"X-%d: x" % number for number in range(127)]
    assert len(parse_request_block(block(*lines)).fields) == 128
    with pytest.raises(HTTPInputError) as raised:
        parse_request_block(block(*lines, b"X: x"))
    assert raised.value.status == 431


TOKENS = st.text("abcXYZ09-_!#", min_size=1, max_size=12)
VALUES = st.text([chr(c) for c in (*range(0x20, 0x7F), 0xE4)], max_size=20)


@given(st.lists(st.tuples(TOKENS, VALUES), max_size=8))
def test_h11_and_we_agree_on_what_the_lines_say(pairs: list[tuple[str, str]]) -> None:
    framing = {"content-length", "transfer-encoding", "host"}
    pairs = [(name, value) for name, value in pairs if name.lower() not in framing]
    lines = [f"{name}: {value}".encode("latin-1") for name, value in pairs]
    raw = block(*lines)
    peer = h11.Connection(h11.SERVER)
    peer.receive_data(b"GET / HTTP/1.1\r\n" + raw)
    event = peer.next_event()
    assert isinstance(event, h11.Request)
    ours = sorted(
        (name.lower(), value) for name, value in parse_request_block(raw).headers().get_all()
    )
    assert ours == sorted((k.decode(), v.decode("latin-1")) for k, v in event.headers)


@given(st.lists(st.binary(max_size=12), min_size=1, max_size=4))
def test_what_llhttp_refuses_is_refused(lines: list[bytes]) -> None:
    raw = block(*lines)
    if b"\r\n\r\n" in raw[:-4]:
        return
    try:
        parse_request_block(raw)
    except HTTPInputError:
        return
    with contextlib.suppress(httptools.HttpParserUpgrade):
        httptools.HttpRequestParser(object()).feed_data(b"GET / HTTP/1.1\r\n" + raw)
    # Reaching this line without llhttp's HttpParserError is the rule.
    assert parse_request_block(raw).host == "example.org"


def test_lines_that_nobody_asks_for_are_not_taken_apart() -> None:
    parsed = parse_request_block(block(b"Accept: text/html", b'If-None-Match: "a"'))
    headers = parsed.headers()
    assert (headers.get("host"), headers.get("if-none-match")) == ("example.org", '"a"')
    assert parsed._fields is None
    assert headers["Accept"] == "text/html"
    assert list(headers) == ["Host", "Accept", "If-None-Match"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Connection", "upgrade", "IF-NONE-MATCH", "X-Other", "Expect"]),
            st.text("aB,\t \"'*-/", max_size=8),
        ),
        max_size=6,
    )
)
def test_what_is_read_early_is_what_is_read_late(lines: list[tuple[str, str]]) -> None:
    raw = block(*[f"{name}:{value}".encode() for name, value in lines])
    early, late = parse_request_block(raw).headers(), parse_request_block(raw).headers()
    assert len(late) == len({name.lower() for name, _ in lines}) + 1
    assert [early.get(name) for name in late] == list(late.values())


def test_a_change_of_headers_is_no_change_of_the_block() -> None:
    parsed = parse_request_block(block(b"Accept: a"))
    parsed.headers()["Accept"] = "b"
    assert parsed.headers()["Accept"] == "a"


def test_lines_that_decide_nothing_do_not_reach_later_requests() -> None:
    lines = b"Host: example.org\r\nConnection: keep-alive\r\n"
    for tags in (b'If-None-Match: "a"\r\n', b"", b'if-none-match: "b"\r\nIf-None-Match: "c"\r\n'):
        found = parse_request_block(b"X-Mine: %d\r\n" % len(tags) + lines + tags + b"\r\n")
        assert (found.plain, found.host, found.keep_alive) == (True, "example.org", True)
        headers = found.headers()
        expected = [tag.decode() for tag in (b'"a"', b'"b"', b'"c"') if tag in tags]
        assert headers.get_list("If-None-Match") == expected
        assert headers.get("If-None-Match") == (",".join(expected) or None)
        assert headers["X-Mine"] == str(len(tags))


def test_what_a_handler_adds_to_its_headers_is_not_in_those_of_the_next_request() -> None:
    raw = block(b'If-None-Match: "a"')
    for _ in range(2):
        headers = parse_request_block(raw).headers()
        assert headers.get("If-None-Match") == '"a"'
        headers.add("If-None-Match", '"b"')
        headers["Host"] = "example.com"


def test_many_decisions_do_not_fill_the_memory() -> None:
    for number in range(REMEMBERED_DECISIONS + 10):
        line = b"Connection: x%d\r\n" % number
        assert parse_request_block(line + HOST + b"\r\n").plain
    assert len(head._decisions) <= REMEMBERED_DECISIONS


def test_a_host_that_decided_is_known() -> None:
    for number in range(REMEMBERED_HOSTS + 10):
        assert parse_request_block(HOST + b"\r\n").plain
        assert is_known_host("example.org")
        parse_request_block(b"Host: other%d\r\n\r\n" % number)


def test_many_hosts_do_not_fill_the_memory() -> None:
    for number in range(REMEMBERED_HOSTS + 10):
        assert parse_request_block(b"Host: h%d\r\n\r\n" % number).host == f"h{number}"
    assert len(head._hosts) <= REMEMBERED_HOSTS
