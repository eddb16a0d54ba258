"""The PROXY protocol, versions 1 and 2: what a TCP proxy says before the client's first byte.

Its description is https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt; sections are its.
A header is only to be expected where every connection comes from such a proxy (section 2): a
server that merely tolerates it lets any client choose its address.
"""

from __future__ import annotations

import re
import struct
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple

from .errors import ProxyProtocolError

#: Section 2.1: the longest line of version 1, with its CR LF.
MAX_V1_SIZE: Final = 107

#: Bytes behind the fixed part of version 2: addresses take up to 216, the rest are extensions
#: (section 2.2), of which the longest usual one is a client certificate's name.
MAX_V2_SIZE: Final = 4096

_V1_SIGNATURE: Final = b"PROXY "
_V2_SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
_V2_FIXED: Final = 16

_V1_LINE: Final = re.compile(
    rb"PROXY (?:UNKNOWN(?: [\x20-\x7e]*)?"
    rb"|(TCP[46]) ([0-9A-Fa-f.:]+) ([0-9A-Fa-f.:]+) (0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4}))\r\n"
)
_LOCAL, _PROXY = 0, 1
_V2_ADDRESSES: Final = {1: "!4s4sHH", 2: "!16s16sHH", 3: "!108s108s"}
_V2_TRANSPORTS: Final = (0, 1, 2)

#: An IP address and a port.
Address = tuple[str, int]


class ProxyHeader(NamedTuple):
    """What a proxy says about a connection.

    :ivar source: address and port of the client, or None where the proxy speaks for itself or
        the client has no such address.
    :ivar destination: address and port to which the client connected, or None.
    :ivar consumed: how many bytes the header has; the client's own follow.
    :ivar extensions: type and value of what version 2 adds (section 2.2).
    """

    source: Address | None
    destination: Address | None
    consumed: int
    extensions: tuple[tuple[int, bytes], ...] = ()


def parse_proxy_header(data: bytes) -> ProxyHeader | None:
    r"""Read the header at the beginning of *data*; None if it is not all there yet.

    >>> parse_proxy_header(b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 80\r\nGET / HTTP/1.1")[:3]
    (('192.0.2.1', 50000), ('192.0.2.2', 80), 41)
    >>> parse_proxy_header(b"PRO")

    :raises ProxyProtocolError: *data* does not begin with a header.
    """
    if data.startswith(_V1_SIGNATURE):
        return _parse_v1(data)
    if data.startswith(_V2_SIGNATURE):
        return _parse_v2(data)
    if _V1_SIGNATURE.startswith(data) or _V2_SIGNATURE.startswith(data):
        return None
    raise ProxyProtocolError("the connection does not begin with a PROXY protocol header")


def _parse_v1(data: bytes) -> ProxyHeader | None:
    end = data.find(b"\n", 0, MAX_V1_SIZE) + 1
    if not end:
        if len(data) >= MAX_V1_SIZE:
            raise ProxyProtocolError(f"a PROXY line has more than {MAX_V1_SIZE} bytes")
        return None
    found = _V1_LINE.fullmatch(data, 0, end)
    if found is None:
        raise ProxyProtocolError("malformed PROXY line")
    family, source, destination, source_port, destination_port = found.groups()
    if family is None:
        return ProxyHeader(None, None, end)
    kind = IPv4Address if family == b"TCP4" else IPv6Address
    try:
        return ProxyHeader(
            (str(kind(source.decode("ascii"))), _port(source_port)),
            (str(kind(destination.decode("ascii"))), _port(destination_port)),
            end,
        )
    except ValueError as error:
        raise ProxyProtocolError(f"malformed PROXY line: {error}") from None


def _parse_v2(data: bytes) -> ProxyHeader | None:
    if len(data) < _V2_FIXED:
        return None
    version_command, family_transport, size = struct.unpack_from("!BBH", data, 12)
    command = version_command & 15
    if version_command >> 4 != 2 or command not in (_LOCAL, _PROXY):
        raise ProxyProtocolError("unknown version or command in a PROXY header")
    if size > MAX_V2_SIZE:
        raise ProxyProtocolError(f"a PROXY header has more than {MAX_V2_SIZE} bytes")
    family = family_transport >> 4
    if family_transport & 15 not in _V2_TRANSPORTS or (family and family not in _V2_ADDRESSES):
        raise ProxyProtocolError("unknown address family or transport in a PROXY header")
    end = _V2_FIXED + size
    if len(data) < end:
        return None
    if command == _LOCAL or not family:
        return ProxyHeader(None, None, end)
    layout = _V2_ADDRESSES[family]
    start = _V2_FIXED + struct.calcsize(layout)
    if start > end:
        raise ProxyProtocolError("a PROXY header is shorter than its addresses")
    extensions = _parse_extensions(data[start:end])
    if family == 3:
        return ProxyHeader(None, None, end, extensions)
    kind = IPv4Address if family == 1 else IPv6Address
    source, destination, source_port, destination_port = struct.unpack_from(layout, data, _V2_FIXED)
    return ProxyHeader(
        (str(kind(source)), source_port),
        (str(kind(destination)), destination_port),
        end,
        extensions,
    )


def _parse_extensions(data: bytes) -> tuple[tuple[int, bytes], ...]:
    extensions: list[tuple[int, bytes]] = []
    position = 0
    while position < len(data):
        if position + 3 > len(data):
            raise ProxyProtocolError("an extension of a PROXY header is cut off")
        kind, size = struct.unpack_from("!BH", data, position)
        position += 3
        if position + size > len(data):
            raise ProxyProtocolError("an extension of a PROXY header is cut off")
        extensions.append((kind, data[position : position + size]))
        position += size
    return tuple(extensions)


def _port(digits: bytes) -> int:
    port = int(digits)
    if port > 65535:
        raise ValueError(f"the port {port} is above 65535")
    return port
