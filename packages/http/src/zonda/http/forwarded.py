"""What proxies say about the client: ``Forwarded`` (RFC 7239) and its older relatives.

These headers are only as good as who wrote them: a client can send them too, and a proxy that
does not know one hands it on.  So `TrustedProxies` names the headers that the nearest proxy
writes, and the networks whose word about the hop before is believed.  Lists are read from the
right, the nearest hop first, up to the first address that is not trusted: that is the client.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

from .head import is_valid_host
from .headers import HTTPHeaders

#: More proxies than any request passes; what was said before them is not looked at.
MAX_HOPS: Final = 32

# Websocket gateways say wss for what is https to everybody else.
_PROTOCOLS: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}

_PORT: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9.]+)(?::[0-9]{1,5})?")
_PAIR: Final = re.compile(
    r"[ \t]*+([!#$%&'*+\-.^_`|~0-9A-Za-z]++)="
    r'(?:([!#$%&\'*+\-.^_`|~0-9A-Za-z:\[\]]++)|"((?:[^"\\]|\\.)*+)")[ \t]*+'
)
_ESCAPE: Final = re.compile(r"\\(.)")


class ForwardingHeader(enum.Enum):
    """The headers that proxies use."""

    FORWARDED = "Forwarded"
    X_REAL_IP = "X-Real-IP"
    X_FORWARDED_FOR = "X-Forwarded-For"
    X_SCHEME = "X-Scheme"
    X_FORWARDED_PROTO = "X-Forwarded-Proto"
    X_FORWARDED_HOST = "X-Forwarded-Host"


#: Tornado's ``xheaders``.  ``X-Forwarded-Host`` is not among them, since many proxies hand on
#: what a client wrote there.
USUAL_HEADERS: Final = frozenset(
    {
        ForwardingHeader.X_REAL_IP,
        ForwardingHeader.X_FORWARDED_FOR,
        ForwardingHeader.X_SCHEME,
        ForwardingHeader.X_FORWARDED_PROTO,
    }
)


class Origin(NamedTuple):
    """Who asked, as far as it is known.

    :ivar remote_ip: the client's address.
    :ivar protocol: ``http`` or ``https``.
    :ivar host: what the client asked for, with the port if there was one, or None where no proxy
        says so.
    """

    remote_ip: str
    protocol: str
    host: str | None


class Hop(NamedTuple):
    """An element of a ``Forwarded`` header.

    :ivar node: who sent the request to this proxy: an address, or a word that hides it.
    """

    node: str
    protocol: str
    host: str


class TrustedProxies:
    """Works out the client of requests that come through proxies.

    >>> proxies = TrustedProxies(["10.0.0.0/8"])
    >>> headers = HTTPHeaders({"X-Forwarded-For": "1.2.3.4, 10.1.1.1", "X-Scheme": "https"})
    >>> proxies.resolve(headers, "10.1.1.2", "http")
    Origin(remote_ip='1.2.3.4', protocol='https', host=None)

    :param networks: addresses and networks of proxies; the one that is connected to this server
        is believed without being among them, unless *check_peer* is set.
    :param headers: which headers count; restrict them to those that the proxy sets or removes.
    :param check_peer: ignore all headers of a peer that is not in *networks*.
    :raises ValueError: a network is none.
    """

    def __init__(
        self,
        networks: Iterable[str] = (),
        headers: Iterable[ForwardingHeader] = USUAL_HEADERS,
        *,
        check_peer: bool = False,
    ) -> None:
        self._networks = [ip_network(network) for network in networks]
        self._headers = frozenset(headers)
        self._check_peer = check_peer

    def is_trusted(self, address: str) -> bool:
        """Whether *address* is a proxy's."""
        parsed = _parse_address(address)
        return parsed is not None and any(parsed in network for network in self._networks)

    def resolve(self, headers: HTTPHeaders, remote_ip: str, protocol: str) -> Origin:
        """The origin of a request.

        What is no valid address, protocol or host changes nothing.

        :param remote_ip: the address of the peer.
        :param protocol: ``http`` or ``https``, as between the peer and this server.
        """
        origin = Origin(remote_ip, protocol, None)
        if self._check_peer and not self.is_trusted(remote_ip):
            return origin
        if ForwardingHeader.FORWARDED in self._headers and "Forwarded" in headers:
            return self._from_hops(parse_forwarded(headers["Forwarded"]), origin)
        return Origin(
            self._find_address(headers, remote_ip),
            self._find_protocol(headers) or protocol,
            self._find_host(headers),
        )

    def _from_hops(self, hops: list[Hop], origin: Origin) -> Origin:
        for hop in reversed(hops):
            address = _parse_node(hop.node)
            origin = Origin(
                origin.remote_ip if address is None else str(address),
                _PROTOCOLS.get(hop.protocol.lower(), origin.protocol),
                hop.host if hop.host and is_valid_host(hop.host) else origin.host,
            )
            if address is None or not self.is_trusted(str(address)):
                break
        return origin

    def _find_address(self, headers: HTTPHeaders, remote_ip: str) -> str:
        real = self._last(headers, ForwardingHeader.X_REAL_IP)
        if real is not None:
            address = _parse_node(real)
            if address is not None:
                return str(address)
        text = self._value(headers, ForwardingHeader.X_FORWARDED_FOR)
        for candidate in reversed(text.rsplit(",", MAX_HOPS)[-MAX_HOPS:] if text else []):
            address = _parse_node(candidate.strip(" \t"))
            if address is None:
                break
            remote_ip = str(address)
            if not self.is_trusted(remote_ip):
                break
        return remote_ip

    def _find_protocol(self, headers: HTTPHeaders) -> str | None:
        for header in (ForwardingHeader.X_SCHEME, ForwardingHeader.X_FORWARDED_PROTO):
            text = self._last(headers, header)
            if text is not None:
                return _PROTOCOLS.get(text.lower())
        return None

    def _find_host(self, headers: HTTPHeaders) -> str | None:
        text = self._last(headers, ForwardingHeader.X_FORWARDED_HOST)
        return text if text and is_valid_host(text) else None

    def _value(self, headers: HTTPHeaders, header: ForwardingHeader) -> str | None:
        return headers.get(header.value) if header in self._headers else None

    def _last(self, headers: HTTPHeaders, header: ForwardingHeader) -> str | None:
        """The last entry of a list: what the nearest proxy says."""
        text = self._value(headers, header)
        return None if text is None else text.rpartition(",")[2].strip(" \t")


def parse_forwarded(header: str) -> list[Hop]:
    """The last `MAX_HOPS` elements of a ``Forwarded`` header; none if it is malformed.

    >>> parse_forwarded(  # doctest: +NORMALIZE_WHITESPACE
    ...     'for="[2001:db8::1]:4711";proto=https, for=unknown'
    ... )
    [Hop(node='[2001:db8::1]:4711', protocol='https', host=''),
     Hop(node='unknown', protocol='', host='')]
    """
    hops: list[Hop] = []
    pairs: dict[str, str] = {}
    position = 0
    while position < len(header):
        found = _PAIR.match(header, position)
        if found is None:
            return []
        name, token, quoted = found.groups()
        name = name.lower()
        if name in pairs:
            return []
        pairs[name] = token if token is not None else _ESCAPE.sub(r"\1", quoted)
        position = found.end()
        separator = header[position : position + 1]
        if separator not in ("", ",", ";") or position + 1 == len(header):
            return []
        position += 1
        if separator != ";":
            hop = Hop(pairs.get("for", ""), pairs.get("proto", ""), pairs.get("host", ""))
            hops = [*hops[-MAX_HOPS + 1 :], hop]
            pairs = {}
    return hops


def _parse_node(text: str) -> IPv4Address | IPv6Address | None:
    """The address of ``1.2.3.4``, ``1.2.3.4:80``, ``::1``, ``[::1]`` or ``[::1]:80``."""
    found = _PORT.fullmatch(text)
    return _parse_address(found[1].strip("[]") if found is not None else text)


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    # A zone is only a name on the machine that wrote it, and Python lets any text pass as one.
    if "%" in text:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
