"""Proxies: whole requests, ``CONNECT``, SOCKS 5."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.certificates import server_context
from tests.httpclient.servers import OK, Request, answer, serving
from zonda.httpclient import AsyncHTTPClient, HTTPClientError, ProxyError, RequestError
from zonda.httpclient.authorization import Challenge, digest_authorization
from zonda.httpclient.connector import Connector


@pytest.fixture
def tls() -> ssl.SSLContext:
    return server_context("localhost")


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int
) -> None:
    there_reader, there_writer = await asyncio.open_connection(host, port)
    try:
        await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))
    finally:
        there_writer.close()


def connect_proxy(
    wanted: list[dict[str, str]], status: str = "200 Connected"
) -> Callable[[Request], Any]:
    async def handler(request: Request) -> bytes | None:
        wanted.append({"method": request.method, "target": request.target, **request.headers})
        if request.method != "CONNECT":
            return OK
        if not status.startswith("200"):
            return answer(b"no", status)
        request.writer.write(f"HTTP/1.1 {status}\r\n\r\n".encode())
        host, _, port = request.target.rpartition(":")
        await join(request.reader, request.writer, host, int(port))
        return None

    return handler


async def test_a_plain_request_goes_to_the_proxy_as_it_is(client: AsyncHTTPClient) -> None:
    wanted: list[dict[str, str]] = []
    async with serving(connect_proxy(wanted)) as proxy:
        for _ in range(2):
            response = await client.fetch(
                "http://example.org/path?q",
                proxy_host="localhost",
                proxy_port=proxy.port,
                proxy_username="me",
                proxy_password="secret",
            )
            assert response.body == b"ok"
        assert proxy.connections == 1
    assert wanted[0]["target"] == "http://example.org/path?q"
    assert wanted[0]["host"] == "example.org"
    assert wanted[0]["proxy-authorization"] == "Basic bWU6c2VjcmV0"


@pytest.mark.parametrize("proxy_tls", [False, True])
async def test_an_encrypted_request_goes_through_a_tunnel(
    ca_file: str, tls: ssl.SSLContext, proxy_tls: bool
) -> None:
    wanted: list[dict[str, str]] = []
    async with (
        AsyncHTTPClient(force_instance=True) as client,
        serving(OK, tls) as server,
        serving(connect_proxy(wanted), tls if proxy_tls else None) as proxy,
    ):
        if proxy_tls:
            trusting = ssl.create_default_context(cafile=ca_file)
            assert isinstance(client._maker, Connector)
            client._maker._contexts[()] = trusting
        url = proxy.url.replace("//", "//me:sec%20ret@")
        for _ in range(2):
            response = await client.fetch(server.url, proxy_host=url, ca_certs=ca_file)
            assert response.body == b"ok"
        assert (server.connections, proxy.connections) == (1, 1)
    assert len(wanted) == 1
    assert wanted[0]["target"] == f"localhost:{server.port}"
    assert wanted[0]["proxy-authorization"] == "Basic bWU6c2VjIHJldA=="
    assert "proxy-authorization" not in server.last.headers


async def test_an_encrypted_proxy_is_verified(
    client: AsyncHTTPClient, tls: ssl.SSLContext, ca_file: str
) -> None:
    """The options that make the server trusted say nothing about the proxy."""
    async with serving(connect_proxy([]), tls) as proxy:
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.fetch("https://localhost:1/", proxy_host=proxy.url, ca_certs=ca_file)
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.fetch("https://localhost:1/", proxy_host=proxy.url, validate_cert=False)
        assert proxy.requests == []


async def test_the_server_behind_a_tunnel_is_verified(
    client: AsyncHTTPClient, tls: ssl.SSLContext
) -> None:
    async with serving(OK, tls) as server, serving(connect_proxy([])) as proxy:
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.fetch(server.url, proxy_host=proxy.url)
        assert server.requests == []


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (answer(b"", "407 Proxy Authentication Required"), 407),
        (answer(b"", "502 Bad Gateway"), 502),
        (b"nonsense\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20000 + b"\r\n\r\n", None),
        (None, None),
    ],
)
async def test_a_proxy_that_refuses(
    client: AsyncHTTPClient, reply: bytes | None, status: int | None
) -> None:
    async with serving(lambda request: reply) as proxy:
        with pytest.raises(ProxyError) as caught:
            await client.fetch("https://localhost:1/", proxy_host=proxy.url)
    assert (caught.value.code, caught.value.status) == (599, status)
    assert client.pool.active_count == 0


async def test_connections_through_different_proxies_are_not_shared(
    client: AsyncHTTPClient,
) -> None:
    async with serving(OK) as proxy:
        for name in ("me", "you", None, "me"):
            await client.fetch("http://example.org/", proxy_host=proxy.url, proxy_username=name)
        assert proxy.connections == 3


# SOCKS 5.


class Socks:
    """A SOCKS 5 server; remembers what was asked for."""

    def __init__(self, password: bytes | None = None, status: int = 0) -> None:
        self.password = password
        self.status = status
        self.asked: list[tuple[str, int]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self.talk(reader, writer)
        writer.close()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        version, count = await reader.readexactly(2)
        assert version == 5
        offered = await reader.readexactly(count)
        method = 0 if self.password is None else 2
        writer.write(bytes((5, method if method in offered else 255)))
        if method not in offered:
            return
        if self.password is not None:
            await reader.readexactly(1)
            await reader.readexactly((await reader.readexactly(1))[0])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            writer.write(bytes((1, password != self.password)))
        _, command, _, kind = await reader.readexactly(4)
        assert command == 1
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append((host, port))
        bound = b"\x03\x04name" if kind == 3 else b"\x01\x7f\0\0\1"
        writer.write(bytes((5, self.status, 0)) + bound + b"\0\0")
        if self.status == 0:
            await join(reader, writer, "127.0.0.1", port)


@contextlib.asynccontextmanager
async def socks(**settings: Any) -> AsyncIterator[tuple[Socks, str]]:
    server = Socks(**settings)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    try:
        yield server, f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("password", [None, b"secret"])
async def test_socks(
    tls: ssl.SSLContext, ca_file: str, encrypted: bool, password: bytes | None
) -> None:
    async with (
        serving(OK, tls if encrypted else None) as server,
        socks(password=password) as (proxy, address),
        AsyncHTTPClient(force_instance=True) as client,
    ):
        who = "" if password is None else "me:secret@"
        for _ in range(2):
            url = f"socks5://{who}{address}"
            response = await client.fetch(server.url, proxy_host=url, ca_certs=ca_file)
            assert response.body == b"ok"
        client.close()
        while server.open_connections:
            await asyncio.sleep(0)
    assert proxy.asked == [("localhost", server.port)]
    assert server.last.target == "/"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_socks_gets_addresses_as_they_are(client: AsyncHTTPClient, host: str) -> None:
    async with socks(status=5) as (proxy, address):
        with pytest.raises(ProxyError, match=r"refused|\(5\)"):
            await client.fetch(f"http://{host}:81/", proxy_host=f"socks5://{address}")
    assert proxy.asked == [(host.strip("[]"), 81)]


@pytest.mark.parametrize(
    ("settings", "user", "message"),
    [
        ({"password": b"x"}, "", "another way|acceptable"),
        ({"password": b"x"}, "me:y@", "does not accept|rejected"),
        ({"status": 9}, "", r"error 9|\(9\)"),
        ({}, f"{'x' * 256}:y@", "255 bytes|Excessive"),
    ],
)
async def test_socks_refuses(
    client: AsyncHTTPClient, settings: dict[str, Any], user: str, message: str
) -> None:
    if "255" in message:
        settings = {"password": b"y"}
    async with socks(**settings) as (_, address):
        with pytest.raises(ProxyError, match=message):
            await client.fetch("http://x.invalid/", proxy_host=f"socks5://{user}{address}")
    assert client.pool.active_count == 0


async def test_what_does_not_speak_socks(client: AsyncHTTPClient) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(ProxyError, match=r"SOCKS ?5"):
            await client.fetch("http://localhost:1/", proxy_host=f"socks5://{address}")


# Digest.


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("password", ["secret", "wrong"])
async def test_a_proxy_that_wants_digest(
    client: AsyncHTTPClient, tls: ssl.SSLContext, ca_file: str, encrypted: bool, password: str
) -> None:
    seen: list[str] = []

    async def handler(request: Request) -> bytes | None:
        given = request.headers.get("proxy-authorization", "")
        seen.append(given)
        wanted = digest_authorization(
            CHALLENGE, "me", "secret", request.method, request.target, field(given, "cnonce")
        )
        if field(given, "response") != field(wanted, "response"):
            challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
            return answer(b"who?", "407 Who", Proxy_Authenticate=challenge)
        if request.method != "CONNECT":
            return OK
        request.writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        host, _, port = request.target.rpartition(":")
        await join(request.reader, request.writer, host, int(port))
        return None

    options: dict[str, Any] = {"proxy_username": "me", "proxy_password": password}
    async with serving(OK, tls if encrypted else None) as server, serving(handler) as proxy:
        fetch = client.fetch(
            server.url,
            proxy_host=proxy.url,
            proxy_auth_mode="digest",
            ca_certs=ca_file,
            **options,
        )
        if password == "secret":
            assert (await fetch).body == b"ok"
        else:
            with pytest.raises(HTTPClientError):
                await fetch
        client.close()
        while proxy.open_connections or server.open_connections:
            await asyncio.sleep(0)
    assert seen[0] == ""
    assert seen[1].startswith("Digest username=")
    assert len(seen) == 2


CHALLENGE = Challenge("r", "n", "SHA-256", "auth", None)


def field(header: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', header)
    return found[1] if found else "x"


# What is asked for.


@pytest.mark.parametrize("url", ["http://example.org/", "https://example.org/"])
@pytest.mark.parametrize("mode", ["basic", "digest"])
@pytest.mark.parametrize("name", ["me\r\nX-Evil: yes", "me\nX-Evil: yes", "me\0"])
async def test_a_name_that_would_split_the_request_is_never_sent(
    client: AsyncHTTPClient, url: str, mode: str, name: str
) -> None:
    challenge = 'Digest realm="r", nonce="n", qop="auth"'

    def refuse(request: Request) -> bytes:
        return answer(b"", "407 Who Are You", Proxy_Authenticate=challenge)

    async with serving(refuse) as proxy:
        with pytest.raises(RequestError):
            await client.fetch(
                url,
                proxy_host=proxy.url,
                proxy_username=name,
                proxy_password="secret",
                proxy_auth_mode=mode,
            )
        assert all("proxy-authorization" not in request.headers for request in proxy.requests)


async def test_a_name_of_any_letters(client: AsyncHTTPClient) -> None:
    async with serving(lambda request: answer(b"", "407 Who Are You")) as proxy:
        for url in ("http://example.org/", "https://example.org/"):
            with pytest.raises(HTTPClientError, match="407"):
                await client.fetch(
                    url, proxy_host=proxy.url, proxy_username="é€", proxy_password="ø"
                )
        given = [request.headers["proxy-authorization"] for request in proxy.requests]
    assert given == ["Basic " + b64encode("é€:ø".encode()).decode()] * 2


@pytest.mark.parametrize(
    "options",
    [
        {"proxy_host": "proxy"},
        {"proxy_host": "ftp://proxy"},
        {"proxy_host": "http://"},
        {"proxy_host": "http://proxy:99999"},
        {"proxy_host": "socks5://proxy", "proxy_auth_mode": "digest"},
        {"proxy_host": "proxy", "proxy_port": 1, "unix_socket": "/tmp/x"},
    ],
)
async def test_no_valid_proxy(client: AsyncHTTPClient, options: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        await client.fetch("http://localhost:1/", **options)


async def test_the_environments_proxy_is_used_if_asked_for(
    client: AsyncHTTPClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(answer(b"proxy")) as proxy, serving(answer(b"server")) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert (await client.fetch(server.url)).body == b"server"
        async with AsyncHTTPClient(True, use_environment=True) as other:
            assert (await other.fetch(server.url)).body == b"proxy"
            monkeypatch.setenv("no_proxy", "example.org, localhost")
            assert (await other.fetch(server.url)).body == b"server"
