"""Asking a proxy for a tunnel, as a conversation without I/O."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from zonda.http import MAX_TUNNEL_ANSWER, HTTPOutputError, Proxy, TunnelError, open_tunnel

HTTP = Proxy("http", "proxy", 8080)
SOCKS = Proxy("socks5", "proxy", 1080)


def talk(proxy: Proxy, answers: Iterable[bytes], host: str = "example.org") -> tuple[bytes, bytes]:
    """What is said, and what is left over, when the proxy answers like this."""
    conversation = open_tunnel(proxy, host, 443)
    said = next(conversation)
    for answer in answers:
        try:
            said += conversation.send(answer)
        except StopIteration as end:
            return said, end.value
    raise AssertionError("the conversation goes on")


LET_THROUGH = {
    "http": [b"HTTP/1.1 200 OK\r\n\r\n"],
    "socks5": [b"\x05\x00", b"\x05\x00\x00\x01" + bytes(6)],
}


def bytewise(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


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
        proxy = HTTP._replace(username="me", password="pw")
        said, _ = talk(proxy, [b"HTTP/1.0 200\r\n\r\n"])
        assert b"\r\nProxy-Authorization: Basic bWU6cHc=\r\n" in said

    def test_another_way_to_say_who_one_is(self) -> None:
        conversation = open_tunnel(HTTP, "example.org", 443, "Digest x")
        assert b"\r\nProxy-Authorization: Digest x\r\n" in next(conversation)

    def test_a_name_with_a_colon_cannot_be_sent(self) -> None:
        with pytest.raises(HTTPOutputError, match="colon"):
            open_tunnel(HTTP._replace(username="a:b"), "example.org", 443)

    @pytest.mark.parametrize("proxy", [HTTP, SOCKS])
    def test_a_name_in_another_script(self, proxy: Proxy) -> None:
        said, _ = talk(proxy, LET_THROUGH[proxy.scheme], host="bücher.example")
        assert b"xn--bcher-kva.example" in said

    def test_what_is_no_name(self) -> None:
        with pytest.raises(TunnelError, match="cannot be the name of a host"):
            talk(HTTP, [], host="ü" * 64)

    def test_an_ipv6_host_is_in_brackets(self) -> None:
        said, _ = talk(HTTP, [b"HTTP/1.1 200 OK\r\n\r\n"], host="::1")
        assert said.startswith(b"CONNECT [::1]:443 HTTP/1.1\r\n")

    @pytest.mark.parametrize(
        ("answer", "code"),
        [(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 407), (b"what?\r\n\r\n", None)],
    )
    def test_it_is_refused(self, answer: bytes, code: int | None) -> None:
        with pytest.raises(TunnelError) as caught:
            talk(HTTP, [answer])
        assert caught.value.code == code

    def test_what_a_refusal_asks_for(self) -> None:
        with pytest.raises(TunnelError) as caught:
            talk(HTTP, [b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic\r\n\r\n"])
        assert caught.value.headers == {"Proxy-Authenticate": "Basic"}

    def test_an_endless_answer(self) -> None:
        with pytest.raises(TunnelError, match=f"more than {MAX_TUNNEL_ANSWER} bytes"):
            talk(HTTP, [b"HTTP/1.1 200 OK\r\nX: ", *[b"y" * 1000] * 20])


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
        proxy = SOCKS._replace(username="me", password="pw")
        answers = [b"\x05\x02", b"\x01\x00", b"\x05\x00\x00\x01" + bytes(6) + b"more"]
        said, left = talk(proxy, answers)
        assert said.startswith(b"\x05\x01\x02\x01\x02me\x02pw\x05\x01\x00")
        assert left == b"more"

    @pytest.mark.parametrize(
        ("answers", "message"),
        [
            ([b"\x05\xff"], "another way of authentication"),
            ([b"HTTP"], "does not speak SOCKS 5"),
            ([b"\x05\x00", b"\x05\x05\x00\x01" + bytes(6)], "the host refused the connection"),
            ([b"\x05\x00", b"\x05\x63\x00\x01" + bytes(6)], "error 99"),
            ([b"\x05\x00", b"\x05\x00\x00\x09" + bytes(6)], "cannot be read"),
        ],
    )
    def test_it_is_refused(self, answers: list[bytes], message: str) -> None:
        with pytest.raises(TunnelError, match=message):
            talk(SOCKS, answers)

    def test_a_wrong_password(self) -> None:
        with pytest.raises(TunnelError, match="name and password"):
            talk(SOCKS._replace(username="me"), [b"\x05\x02", b"\x01\x01"])

    def test_a_name_that_does_not_fit(self) -> None:
        for proxy, host in (
            (SOCKS, ".".join(["a" * 50] * 6)),
            (SOCKS._replace(username="x" * 256), "example.org"),
            (SOCKS._replace(username="me", password="x" * 256), "example.org"),
        ):
            chosen = b"\x05\x00" if proxy.username is None else b"\x05\x02"
            with pytest.raises(TunnelError, match="of more than 255 bytes"):
                talk(proxy, [chosen], host)
