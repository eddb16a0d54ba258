"""What proxies say about the client."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http.forwarded import (
    MAX_HOPS,
    USUAL_HEADERS,
    ForwardingHeader,
    Hop,
    Origin,
    TrustedProxies,
    parse_forwarded,
)
from zonda.http.headers import HTTPHeaders

PEER = "10.9.9.9"


def resolve(
    fields: dict[str, str],
    networks: tuple[str, ...] = (),
    headers: str = "",
    check_peer: bool = False,
) -> Origin:
    names = [ForwardingHeader(name) for name in headers.split()] or USUAL_HEADERS
    proxies = TrustedProxies(networks, names, check_peer=check_peer)
    return proxies.resolve(HTTPHeaders(fields), PEER, "http")


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({}, PEER),
        ({"X-Real-IP": "4.4.4.4"}, "4.4.4.4"),
        ({"X-Forwarded-For": "4.4.4.4"}, "4.4.4.4"),
        ({"X-Forwarded-For": "127.0.0.1, 4.4.4.4"}, "4.4.4.4"),
        ({"X-Forwarded-For": " 4.4.4.4\t"}, "4.4.4.4"),
        ({"X-Real-IP": "2620:0:1cfe:face:b00c::3"}, "2620:0:1cfe:face:b00c::3"),
        ({"X-Forwarded-For": "::1, 2620:0:1cfe:face:b00c::3"}, "2620:0:1cfe:face:b00c::3"),
        ({"X-Real-IP": "4.4.4.4", "X-Forwarded-For": "5.5.5.5"}, "4.4.4.4"),
        ({"X-Real-IP": "junk", "X-Forwarded-For": "5.5.5.5"}, "5.5.5.5"),
        ({"X-Real-IP": "4.4.4.4:8080"}, "4.4.4.4"),
        ({"X-Real-IP": "[::1]:8080"}, "::1"),
        ({"X-Real-IP": "[::1]"}, "::1"),
        ({"X-Real-IP": "::ffff:4.4.4.4"}, "4.4.4.4"),
        ({"X-Real-IP": "1.2.3.4, 4.4.4.4"}, "4.4.4.4"),
        ({"X-Real-IP": "4.4.4.4<script>"}, PEER),
        ({"X-Forwarded-For": "4.4.4.4<script>"}, PEER),
        ({"X-Real-IP": "www.google.com"}, PEER),
        ({"X-Real-IP": ""}, PEER),
        ({"X-Forwarded-For": ""}, PEER),
        ({"X-Forwarded-For": ","}, PEER),
        ({"X-Forwarded-For": "4.4.4.4,"}, PEER),
        ({"X-Real-IP": "fe80::1%eth0"}, PEER),
        ({"X-Real-IP": "fe80::1%<script>"}, PEER),
        ({"X-Real-IP": "4.4.4.256"}, PEER),
        ({"X-Real-IP": "4.4.4"}, PEER),
        ({"X-Real-IP": "04.4.4.4"}, PEER),
        ({"X-Real-IP": "4.4.4.4:x"}, PEER),
        ({"X-Real-IP": "[4.4.4.4"}, PEER),
        ({"X-Real-IP": "67305985"}, PEER),
        ({"X-Real-IP": "unknown"}, PEER),
        ({"Forwarded": "for=4.4.4.4"}, PEER),
    ],
)
def test_address(fields: dict[str, str], address: str) -> None:
    assert resolve(fields) == Origin(address, "http", None)


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("1.1.1.1, 5.5.5.5", "1.1.1.1"),
        ("1.1.1.1, 2.2.2.2, 5.5.5.5, 10.0.0.1", "2.2.2.2"),
        ("10.0.0.1, 5.5.5.5", "10.0.0.1"),
        ("1.1.1.1, junk, 5.5.5.5", "5.5.5.5"),
        ("1.1.1.1, 2001:db8::7", "1.1.1.1"),
        ("1.1.1.1, [2001:db8::7]:99", "1.1.1.1"),
        ("1.1.1.1, ::ffff:10.1.2.3", "1.1.1.1"),
        (", ".join(["1.1.1.1"] + ["10.0.0.1"] * MAX_HOPS), "10.0.0.1"),
        (", ".join(["1.1.1.1"] + ["10.0.0.1"] * (MAX_HOPS - 1)), "1.1.1.1"),
    ],
)
def test_trusted_proxies_are_skipped_from_the_right(header: str, address: str) -> None:
    networks = ("5.5.5.5", "10.0.0.0/8", "2001:db8::/32")
    assert resolve({"X-Forwarded-For": header}, networks).remote_ip == address


@pytest.mark.parametrize(
    ("fields", "protocol"),
    [
        ({"X-Scheme": "https"}, "https"),
        ({"X-Forwarded-Proto": "https"}, "https"),
        ({"X-Forwarded-Proto": "HTTPS"}, "https"),
        ({"X-Forwarded-Proto": "https , http"}, "http"),
        ({"X-Forwarded-Proto": "http,https "}, "https"),
        ({"X-Forwarded-Proto": "wss"}, "https"),
        ({"X-Forwarded-Proto": "ws"}, "http"),
        ({"X-Scheme": "https", "X-Forwarded-Proto": "http"}, "https"),
        ({"X-Scheme": "unknown"}, "http"),
        ({"X-Scheme": "https<script>"}, "http"),
        ({"X-Scheme": ""}, "http"),
        ({"X-Forwarded-Proto": "https,"}, "http"),
    ],
)
def test_protocol(fields: dict[str, str], protocol: str) -> None:
    assert resolve(fields).protocol == protocol


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("example.com", "example.com"),
        ("example.com:8443", "example.com:8443"),
        ("evil.com, example.com", "example.com"),
        ("[::1]:80", "[::1]:80"),
        ("exa mple.com", None),
        ("example.com/path", None),
        ("user@example.com", None),
        ("<script>", None),
        ("", None),
    ],
)
def test_host_only_where_it_is_asked_for(value: str, host: str | None) -> None:
    assert resolve({"X-Forwarded-Host": value}).host is None
    assert resolve({"X-Forwarded-Host": value}, headers="X-Forwarded-Host").host == host


def test_headers_that_the_proxy_does_not_set_do_not_count() -> None:
    fields = {"X-Real-IP": "6.6.6.6", "X-Forwarded-For": "4.4.4.4", "X-Scheme": "https"}
    assert resolve(fields, headers="X-Forwarded-For") == Origin("4.4.4.4", "http", None)


@pytest.mark.parametrize(
    ("networks", "address"), [((), PEER), (("10.0.0.0/24",), PEER), (("10.0.0.0/8",), "4.4.4.4")]
)
def test_the_peer_can_be_checked(networks: tuple[str, ...], address: str) -> None:
    fields = {"X-Forwarded-For": "4.4.4.4", "X-Scheme": "https"}
    origin = resolve(fields, networks, check_peer=True)
    assert origin == Origin(address, "http" if address == PEER else "https", None)


@pytest.mark.parametrize("network", ["10.0.0.0/33", "example.com", "10.0.0.1/8", ""])
def test_networks_are_checked(network: str) -> None:
    with pytest.raises(ValueError, match=r"network|host bits"):
        TrustedProxies([network])


def test_is_trusted() -> None:
    proxies = TrustedProxies(["10.0.0.0/8", "::1"])
    trusted = [proxies.is_trusted(text) for text in ("10.1.1.1", "::1", "11.1.1.1", "", "x")]
    assert trusted == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("header", "hops"),
    [
        ("", []),
        ("for=1.2.3.4", [Hop("1.2.3.4", "", "")]),
        ("For=1.2.3.4;Proto=https;Host=a.b;by=x", [Hop("1.2.3.4", "https", "a.b")]),
        ('for="[::1]:80", for=_x', [Hop("[::1]:80", "", ""), Hop("_x", "", "")]),
        (r'for="a\"b\\c"', [Hop('a"b\\c', "", "")]),
        ("for=a , proto=http", [Hop("a", "", ""), Hop("", "http", "")]),
        ("for=1.2.3.4:80", [Hop("1.2.3.4:80", "", "")]),
        ("for", []),
        ("for=", []),
        ("for=a;", []),
        ("for=a,", []),
        (",for=a", []),
        ("for=a;for=b", []),
        ("for=a b", []),
        ('for="a', []),
        ('for="a"b', []),
        ("for=a, ;", []),
    ],
)
def test_parse_forwarded(header: str, hops: list[Hop]) -> None:
    assert parse_forwarded(header) == hops


def test_only_the_last_hops_are_kept() -> None:
    hops = parse_forwarded(", ".join([f"for=_{n}" for n in range(100)]))
    assert [hop.node for hop in hops] == [f"_{n}" for n in range(100 - MAX_HOPS, 100)]


@pytest.mark.parametrize(
    ("header", "origin"),
    [
        ("for=4.4.4.4", Origin("4.4.4.4", "http", None)),
        ('for="[2001:db9::1]:99";proto=https', Origin("2001:db9::1", "https", None)),
        ("for=4.4.4.4;host=a.b;proto=https", Origin("4.4.4.4", "https", "a.b")),
        ("for=6.6.6.6;host=evil, for=4.4.4.4;host=a.b", Origin("4.4.4.4", "http", "a.b")),
        (
            "for=4.4.4.4;proto=https;host=a.b, for=10.1.1.1;proto=http;host=inner",
            Origin("4.4.4.4", "https", "a.b"),
        ),
        ("for=4.4.4.4;proto=https, for=unknown", Origin(PEER, "http", None)),
        ("for=_hidden;proto=https", Origin(PEER, "https", None)),
        ('for=4.4.4.4;host="a/b";proto=gopher', Origin("4.4.4.4", "http", None)),
        ("for=4.4.4.4;", Origin(PEER, "http", None)),
    ],
)
def test_forwarded(header: str, origin: Origin) -> None:
    fields = {"Forwarded": header, "X-Real-IP": "6.6.6.6"}
    assert resolve(fields, ("10.0.0.0/8",), "Forwarded X-Real-IP") == origin


def test_without_forwarded_its_relatives_count() -> None:
    origin = resolve({"X-Real-IP": "4.4.4.4"}, headers="Forwarded X-Real-IP")
    assert origin.remote_ip == "4.4.4.4"


VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))


@given(VALUES | st.text(alphabet='for=proths".,:;[]1234%'))
def test_any_header_gives_a_valid_origin(value: str) -> None:
    proxies = TrustedProxies(["10.0.0.0/8"], ForwardingHeader)
    for header in ForwardingHeader:
        origin = proxies.resolve(HTTPHeaders({header.value: value}), PEER, "http")
        assert str(ip_address(origin.remote_ip)) == origin.remote_ip
        assert origin.protocol in ("http", "https")


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("X-Forwarded-For", "10.0.0.1, "),
        ("X-Forwarded-For", ","),
        ("X-Forwarded-For", "["),
        ("X-Forwarded-Proto", ","),
        ("X-Forwarded-Host", "a"),
        ("X-Real-IP", "1."),
        ("Forwarded", "for=10.0.0.1,"),
        ("Forwarded", 'for="'),
        ("Forwarded", '\\"'),
        ("Forwarded", " "),
        ("Forwarded", "a"),
    ],
)
def test_resolution_is_linear(header: str, unit: str) -> None:
    proxies = TrustedProxies(["10.0.0.0/8"], ForwardingHeader)

    def run(size: int) -> Callable[[], object]:
        headers = HTTPHeaders({header: unit * size})
        return lambda: proxies.resolve(headers, PEER, "http")

    assert growth(run) < LINEAR
