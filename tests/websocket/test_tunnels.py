"""Asking a proxy for a tunnel, as a conversation without I/O."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from zonda.websocket.errors import HandshakeError
from zonda.websocket.tunnels import Proxy, open_tunnel, parse_proxy

HTTP = Proxy("http", "proxy", 8080, None, "")
SOCKS = Proxy("socks5", "proxy", 1080, None, "")


def talk(proxy: Proxy, answers: Iterable[bytes], host: str = "example.org") -> tuple[bytes, bytes]:
    """What is said, and what is left over, when the proxy answers like this."""
    conversation = open_tunnel(proxy, host, 443)
    said = next(conversation)
    for answer in answers:
        try:
            said += conversation.send(answer)
        except StopIteration as end:
            return said, end.value[1]
    raise AssertionError("the conversation goes on")


def bytewise(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://p:3128", Proxy("http", "p", 3128, None, "")),
        ("https://me:s%40cret@p", Proxy("https", "p", 443, "me", "s@cret")),
        ("socks5h://p", Proxy("socks5", "p", 1080, None, "")),
    ],
)
def test_a_proxys_url(url: str, proxy: Proxy) -> None:
    assert parse_proxy(url) == proxy


@pytest.mark.parametrize("url", ["p:3128", "ftp://p", "http://", "socks4://p"])
def test_what_is_no_proxy(url: str) -> None:
    with pytest.raises(ValueError, match="proxy is named by a URL"):
        parse_proxy(url)


class TestConnect:
    @pytest.mark.parametrize("cut", [lambda data: [data], bytewise])
    def test_it_asks_and_is_let_through(self, cut: object) -> None:
        assert callable(cut)
        said, left = talk(HTTP, cut(b"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n"))
        assert said == b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n"
        assert left == b""

    def test_what_comes_behind_the_answer_is_kept(self) -> None:
        assert talk(HTTP, [b"HTTP/1.1 200 OK\r\n\r\nmore"])[1] == b"more"

    def test_user_and_password(self) -> None:
        said, _ = talk(HTTP._replace(user="me", password="pw"), [b"HTTP/1.0 200\r\n\r\n"])
        assert b"\r\nProxy-Authorization: Basic bWU6cHc=\r\n" in said

    def test_an_ipv6_host_is_in_brackets(self) -> None:
        said, _ = talk(HTTP, [b"HTTP/1.1 200 OK\r\n\r\n"], host="::1")
        assert said.startswith(b"CONNECT [::1]:443 HTTP/1.1\r\n")

    @pytest.mark.parametrize(
        ("answer", "code"),
        [(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 407), (b"what?\r\n\r\n", None)],
    )
    def test_it_is_refused(self, answer: bytes, code: int | None) -> None:
        with pytest.raises(HandshakeError) as caught:
            talk(HTTP, [answer])
        assert caught.value.code == code


class TestSocks:
    @pytest.mark.parametrize("cut", [lambda data: [data], bytewise])
    @pytest.mark.parametrize(
        ("host", "address"),
        [
            ("example.org", b"\x03\x0bexample.org"),
            ("127.0.0.1", b"\x01\x7f\x00\x00\x01"),
            ("::1", b"\x04" + bytes(15) + b"\x01"),
        ],
    )
    def test_it_asks_and_is_let_through(self, cut: object, host: str, address: bytes) -> None:
        assert callable(cut)
        last = b"\x05\x00\x00" + address + b"\x00\x50"
        said, left = talk(SOCKS, [*cut(b"\x05\x00"), *cut(last)], host)
        assert said == b"\x05\x01\x00" + b"\x05\x01\x00" + address + b"\x01\xbb"
        assert left == b""

    def test_user_and_password(self) -> None:
        proxy = SOCKS._replace(user="me", password="pw")
        answers = [b"\x05\x02", b"\x01\x00", b"\x05\x00\x00\x01" + bytes(6) + b"more"]
        said, left = talk(proxy, answers)
        assert said.startswith(b"\x05\x01\x02\x01\x02me\x02pw\x05\x01\x00")
        assert left == b"more"

    @pytest.mark.parametrize(
        ("answers", "message"),
        [
            ([b"\x05\xff"], "authentication"),
            ([b"HTTP"], "authentication"),
            ([b"\x05\x00", b"\x05\x05\x00\x01" + bytes(6)], "connection refused"),
            ([b"\x05\x00", b"\x05\x63\x00\x01" + bytes(6)], "error 99"),
            ([b"\x05\x00", b"\x05\x00\x00\x09" + bytes(6)], "cannot be read"),
        ],
    )
    def test_it_is_refused(self, answers: list[bytes], message: str) -> None:
        with pytest.raises(HandshakeError, match=message):
            talk(SOCKS, answers)

    def test_a_wrong_password(self) -> None:
        with pytest.raises(HandshakeError, match="user and password"):
            talk(SOCKS._replace(user="me"), [b"\x05\x02", b"\x01\x01"])

    def test_a_name_that_does_not_fit(self) -> None:
        with pytest.raises(ValueError, match="too long for SOCKS"):
            talk(SOCKS, [b"\x05\x00"], host=".".join(["a" * 50] * 6))
