"""The PROXY protocol's header."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.http.errors import ProxyProtocolError
from zonda.http.proxy_protocol import (
    MAX_V1_SIZE,
    MAX_V2_SIZE,
    ProxyHeader,
    parse_proxy_header,
)

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
LONGEST = b"PROXY UNKNOWN " + b"f" * (MAX_V1_SIZE - 16) + b"\r\n"
INET = bytes([192, 0, 2, 1, 192, 0, 2, 2]) + struct.pack("!HH", 50000, 443)
INET6 = IPv6Address("2001:db8::1").packed + IPv6Address("::1").packed + struct.pack("!HH", 1, 65535)
UNIX = b"/tmp/a".ljust(108, b"\x00") + b"/tmp/b".ljust(108, b"\x00")


def v2(rest: bytes, command: int = 0x21, family: int = 0x11, size: int | None = None) -> bytes:
    return (
        SIGNATURE + struct.pack("!BBH", command, family, len(rest) if size is None else size) + rest
    )


VALID = [
    (
        b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n",
        ("192.0.2.1", 50000),
        ("192.0.2.2", 443),
        (),
    ),
    (
        b"PROXY TCP6 2001:db8::1 0:0:0:0:0:0:0:1 0 65535\r\n",
        ("2001:db8::1", 0),
        ("::1", 65535),
        (),
    ),
    (b"PROXY UNKNOWN\r\n", None, None, ()),
    (b"PROXY UNKNOWN ff:: :: 1 2\r\n", None, None, ()),
    (LONGEST, None, None, ()),
    (v2(INET), ("192.0.2.1", 50000), ("192.0.2.2", 443), ()),
    (v2(INET, family=0x12), ("192.0.2.1", 50000), ("192.0.2.2", 443), ()),
    (v2(INET6, family=0x21), ("2001:db8::1", 1), ("::1", 65535), ()),
    (v2(UNIX, family=0x31), None, None, ()),
    (v2(b"", command=0x20, family=0), None, None, ()),
    (v2(b"ignored", command=0x20, family=0x11), None, None, ()),
    (v2(b"whatever", family=0), None, None, ()),
    (
        v2(INET + b"\x01\x00\x02h2\x04\x00\x00"),
        ("192.0.2.1", 50000),
        ("192.0.2.2", 443),
        ((1, b"h2"), (4, b"")),
    ),
    (
        v2(INET + b"\x04" + struct.pack("!H", MAX_V2_SIZE - 15) + bytes(MAX_V2_SIZE - 15)),
        ("192.0.2.1", 50000),
        ("192.0.2.2", 443),
        ((4, bytes(MAX_V2_SIZE - 15)),),
    ),
]


@pytest.mark.parametrize(("data", "source", "destination", "extensions"), VALID)
def test_valid_headers(
    data: bytes,
    source: tuple[str, int] | None,
    destination: tuple[str, int] | None,
    extensions: tuple[tuple[int, bytes], ...],
) -> None:
    expected = ProxyHeader(source, destination, len(data), extensions)
    assert parse_proxy_header(data) == expected
    assert parse_proxy_header(data + b"GET / HTTP/1.1\r\n\r\n") == expected
    assert parse_proxy_header(data + data) == expected
    assert all(parse_proxy_header(data[:end]) is None for end in range(len(data)))


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01",
        b"proxy TCP4",
        b"PROXYTCP4",
        b"\r\n\r\nGET",
        b"PROXY \r\n",
        b"PROXY TCP4\r\n",
        b"PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
        b"PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n",
        b"PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 192.0.02.1 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 ::1 ::1 1 2\r\n",
        b"PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n",
        b"PROXY UNKNOWN\x00\r\n",
        b"PROXY UNKNOWN \x00\r\n",
        b"PROXY UNKNOWN \xff\r\n",
        b"PROXY UNKNOWN " + b"f" * (MAX_V1_SIZE - 14),
        LONGEST.replace(b"\r", b"f\r"),
        v2(INET, command=0x11),
        v2(INET, command=0x31),
        v2(INET, command=0x22),
        v2(INET, family=0x41),
        v2(INET, family=0x13),
        v2(INET[:-1]),
        v2(INET6[:-1], family=0x21),
        v2(UNIX[:-1], family=0x31),
        v2(b""),
        v2(INET + b"\x01"),
        v2(INET + b"\x01\x00"),
        v2(INET + b"\x01\x00\x02h"),
        v2(INET, size=MAX_V2_SIZE + 1),
        v2(INET, size=65535),
    ],
)
def test_invalid_headers(data: bytes) -> None:
    with pytest.raises(ProxyProtocolError) as caught:
        parse_proxy_header(data)
    assert caught.value.status == 400


@given(
    st.binary()
    | st.binary().map(lambda rest: SIGNATURE + rest)
    | st.binary().map(lambda rest: b"PROXY " + rest)
)
def test_any_bytes_are_a_header_or_not_or_not_yet(data: bytes) -> None:
    try:
        header = parse_proxy_header(data)
    except ProxyProtocolError:
        # What is refused stays refused.
        with pytest.raises(ProxyProtocolError):
            parse_proxy_header(data + b"\r\n")
        return
    if header is None:
        assert len(data) < MAX_V2_SIZE + 16
    else:
        assert 0 < header.consumed <= len(data)
        assert parse_proxy_header(data[: header.consumed]) == header
