"""Where requests come from, directly and through proxies."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.httpserver.server_fixture import answer, serving
from tests.raw_client import Client
from zonda.http import ForwardingHeader, HTTPServerRequest, TrustedProxies
from zonda.iostream import bind_unix_socket


def tell(request: HTTPServerRequest) -> None:
    """Answer with what is known of the client."""
    answer(request, 200, f"{request.remote_ip} {request.protocol} {request.host}".encode())


def get(*lines: str) -> bytes:
    return "\r\n".join(["GET / HTTP/1.1", "Host: x", *lines, "", ""]).encode("latin-1")


HEADERS = [
    (["X-Real-IP: 192.0.2.1"], "192.0.2.1 http x"),
    (["X-Forwarded-For: 192.0.2.1"], "192.0.2.1 http x"),
    (["X-Forwarded-For: 192.0.2.9, 192.0.2.1"], "192.0.2.1 http x"),
    (["X-Forwarded-For: 192.0.2.9, 192.0.2.1, 10.0.0.7"], "192.0.2.1 http x"),
    (["X-Forwarded-For: 192.0.2.9", "X-Forwarded-For: 192.0.2.1"], "192.0.2.1 http x"),
    (["X-Scheme: https"], "127.0.0.1 https x"),
    (["X-Forwarded-Proto: https"], "127.0.0.1 https x"),
    (["X-Forwarded-Proto: http, https"], "127.0.0.1 https x"),
    (["X-Real-IP: 2001:db8::1", "X-Scheme: https"], "2001:db8::1 https x"),
    (["X-Real-IP: junk"], "127.0.0.1 http x"),
    (["X-Real-IP: 192.0.2.1%eth0"], "127.0.0.1 http x"),
    (["X-Real-IP: ::1%eth0"], "127.0.0.1 http x"),
    (["X-Real-IP: 192.0.2.1:80"], "192.0.2.1 http x"),
    (["X-Real-IP: <script>"], "127.0.0.1 http x"),
    (["X-Scheme: javascript"], "127.0.0.1 http x"),
    (["X-Forwarded-Host: evil.example"], "127.0.0.1 http x"),
    (["Forwarded: for=192.0.2.1"], "127.0.0.1 http x"),
]


@pytest.mark.parametrize(("lines", "expected"), HEADERS)
async def test_headers_of_proxies(lines: list[str], expected: str) -> None:
    """HS-30: believed only where they are wanted, and only where they are valid."""
    async with serving(tell, xheaders=True, trusted_downstream=["10.0.0.0/8"]) as running:
        client = await running.connect()
        assert (await client.ask(get(*lines))).body.decode() == expected
        # The next request on the same connection has its own client.
        assert (await client.ask(get())).body == b"127.0.0.1 http x"
    async with serving(tell) as running:
        assert (await running.ask(get(*lines))).body == b"127.0.0.1 http x"


async def test_whom_to_believe_what_can_be_said_exactly() -> None:
    headers = [ForwardingHeader.FORWARDED]
    proxies = TrustedProxies(["127.0.0.1"], headers, check_peer=True)
    forwarded = "Forwarded: for=192.0.2.1;proto=https;host=site.example"
    async with serving(tell, xheaders=proxies) as running:
        assert (await running.ask(get(forwarded))).body == b"192.0.2.1 https site.example"
        assert (await running.ask(get("X-Real-IP: 192.0.2.1"))).body == b"127.0.0.1 http x"
    strangers = TrustedProxies(["10.0.0.0/8"], headers, check_peer=True)
    async with serving(tell, xheaders=strangers) as running:
        assert (await running.ask(get(forwarded))).body == b"127.0.0.1 http x"


async def test_a_request_remembers_its_client() -> None:
    kept: list[HTTPServerRequest] = []

    def keep(request: HTTPServerRequest) -> None:
        kept.append(request)
        tell(request)

    async with serving(keep, xheaders=True) as running:
        client = await running.connect()
        for number in (1, 2):
            await client.ask(get(f"X-Real-IP: 192.0.2.{number}"))
    assert [request.remote_ip for request in kept] == ["192.0.2.1", "192.0.2.2"]


async def test_a_unix_socket_has_no_address(short_path: Path) -> None:
    path = str(short_path / "socket")
    async with serving(tell, xheaders=True) as running:
        running.server.add_socket(bind_unix_socket(path))
        for lines, expected in [([], b"0.0.0.0 http x"), (["X-Real-IP: 192.0.2.1"], None)]:
            client = Client(*await asyncio.open_unix_connection(path))
            running.clients.append(client)
            body = (await client.ask(get(*lines))).body
            assert body == (expected or b"192.0.2.1 http x")
            sock = client.writer.get_extra_info("socket")
            assert sock.family == socket.AF_UNIX


async def test_ipv6() -> None:
    async with serving(tell) as running:
        try:
            [sock] = running.server.listen(0, "::1")
        except OSError:
            pytest.skip("no IPv6 on this machine")
        client = Client(*await asyncio.open_connection("::1", sock.getsockname()[1]))
        running.clients.append(client)
        assert (await client.ask(get())).body == b"::1 http x"
