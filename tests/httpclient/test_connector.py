"""TLS, Unix sockets, local addresses: what connections are made of."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import authority, server_context
from tests.httpclient.servers import OK, Request, Server, answer, serving
from zonda.httpclient import AsyncHTTPClient, HTTPRequest, RequestError
from zonda.httpclient.connector import Connector
from zonda.iostream import IOStream, stream_pair


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(OK, server_context("localhost", "127.0.0.1")) as server:
        yield server


@pytest.mark.parametrize("how", ["ca_certs", "ssl_options", "not at all"])
async def test_certificates_are_verified_as_asked_for(
    client: AsyncHTTPClient, server: Server, ca_file: str, how: str
) -> None:
    choices: dict[str, dict[str, Any]] = {
        "ca_certs": {"ca_certs": ca_file},
        "ssl_options": {"ssl_options": {"ca_certs": ca_file}},
        "not at all": {"validate_cert": False},
    }
    options = choices[how]
    for _ in range(2):
        assert (await client.fetch(server.url, **options)).body == b"ok"
    assert (await client.fetch(f"https://127.0.0.1:{server.port}", **options)).body == b"ok"
    assert server.connections == 2


async def test_a_context_of_ones_own(
    own_client: AsyncHTTPClient, server: Server, ca_file: str
) -> None:
    context = ssl.create_default_context(cafile=ca_file)
    for _ in range(2):
        assert (await own_client.fetch(server.url, ssl_options=context)).body == b"ok"
    assert server.connections == 1


async def test_an_unknown_authority_is_refused(client: AsyncHTTPClient, server: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await client.fetch(server.url)
    assert server.requests == []


@pytest.mark.parametrize("wrong", ["name", "expired", "old TLS"])
async def test_bad_servers_are_refused(client: AsyncHTTPClient, ca_file: str, wrong: str) -> None:
    if wrong == "name":
        context = server_context("example.org")
    elif wrong == "expired":
        context = server_context(not_after=datetime.now(UTC) - timedelta(days=1))
    else:
        context = server_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning):
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with serving(OK, context) as server:
        with pytest.raises(OSError):
            await client.fetch(server.url, ca_certs=ca_file)
        assert server.requests == []
    assert client.pool.active_count == 0


async def test_a_clients_certificate_is_used_for_its_own_requests_only(
    client: AsyncHTTPClient, ca_file: str, tmp_path: Path
) -> None:
    mine = authority().issue_cert("me@example.org")
    certificate, key = tmp_path / "me.pem", tmp_path / "key.pem"
    mine.cert_chain_pems[0].write_to_path(str(certificate))
    mine.private_key_pem.write_to_path(str(key))
    context = server_context()
    context.verify_mode = ssl.CERT_OPTIONAL
    authority().configure_trust(context)

    def handler(request: Request) -> bytes:
        found = request.writer.get_extra_info("peercert")
        return answer(b"somebody" if found else b"nobody")

    async with serving(handler, context) as server:
        with_certificate = HTTPRequest(
            server.url, ca_certs=ca_file, client_cert=certificate, client_key=key
        )
        without = HTTPRequest(server.url, ca_certs=ca_file)
        for _ in range(2):
            assert (await client.fetch(with_certificate)).body == b"somebody"
            assert (await client.fetch(without)).body == b"nobody"
        assert server.connections == 2


async def test_a_certificate_does_not_go_along_to_another_origin(
    client: AsyncHTTPClient, ca_file: str, tmp_path: Path
) -> None:
    certificate = tmp_path / "me.pem"
    authority().issue_cert("me@example.org").private_key_and_cert_chain_pem.write_to_path(
        str(certificate)
    )
    context = server_context()
    context.verify_mode = ssl.CERT_OPTIONAL
    authority().configure_trust(context)
    seen: list[bool] = []

    def handler(request: Request) -> bytes:
        seen.append(bool(request.writer.get_extra_info("peercert")))
        return OK

    async with serving(handler, context) as other:

        def redirect(request: Request) -> bytes:
            handler(request)
            return answer(b"", "302 Found", location=other.url)

        async with serving(redirect, context) as server:
            await client.fetch(server.url, ca_certs=ca_file, client_cert=certificate)
            tls = {"ca_certs": ca_file, "certfile": str(certificate)}
            await client.fetch(server.url, ssl_options=tls)
    assert seen == [True, False, True, False]


@pytest.mark.parametrize(
    "options",
    [
        {"client_key": "key.pem"},
        {"ssl_options": {"colour": "red"}},
        {"network_interface": "eth0"},
        {"unix_socket": "/tmp/x", "network_interface": "127.0.0.1"},
        {"unix_socket": ""},
        {"unix_socket": "/tmp/x\0y"},
    ],
)
async def test_options_that_make_no_sense(client: AsyncHTTPClient, options: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        await client.fetch("https://localhost:1/", **options)


async def test_a_file_that_is_not_there(client: AsyncHTTPClient) -> None:
    with pytest.raises(FileNotFoundError):
        await client.fetch("https://localhost:1/", ca_certs="/nowhere/ca.pem")


async def test_contexts_are_made_once_and_forgotten_in_time(
    own_client: AsyncHTTPClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = own_client
    monkeypatch.setattr("zonda.httpclient.connector.MAX_CONTEXTS", 2)
    assert isinstance(client._maker, Connector)
    contexts = client._maker._contexts
    for ciphers in ("HIGH", "HIGH", "ECDHE+AESGCM", "DEFAULT"):
        tls = {"cert_reqs": ssl.CERT_NONE, "ciphers": ciphers}
        await client.fetch(server.url, ssl_options=tls)
    assert len(contexts) == 1
    assert server.connections == 3


async def test_a_unix_socket(client: AsyncHTTPClient, short_path: Path) -> None:
    server = Server(lambda request: answer(request.headers["host"].encode()))
    path = short_path / "socket"
    listening = await asyncio.start_unix_server(server.serve, path)
    async with listening:
        for _ in range(2):
            response = await client.fetch("http://any.name/path", unix_socket=path)
            assert response.body == b"any.name"
        assert (server.connections, server.last.target) == (1, "/path")
        with pytest.raises(FileNotFoundError):
            await client.fetch("http://any.name/", unix_socket=short_path / "nothing")
        client.close()
        while server.open_connections:
            await asyncio.sleep(0)


async def test_a_local_address(client: AsyncHTTPClient) -> None:
    def handler(request: Request) -> bytes:
        return answer(request.writer.get_extra_info("peername")[0].encode())

    async with serving(handler) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert (await client.fetch(url, network_interface="127.0.0.5")).body == b"127.0.0.5"
        assert (await client.fetch(url)).body == b"127.0.0.1"
        assert (await client.fetch(url, allow_ipv6=False)).body == b"127.0.0.1"


@pytest.mark.parametrize(
    "where",
    [{"url": "http://[::1]:1/"}, {"url": "http://h/", "proxy_host": "::1", "proxy_port": 1}],
)
async def test_ipv4_only(client: AsyncHTTPClient, where: dict[str, Any]) -> None:
    with pytest.raises(socket.gaierror):
        await client.fetch(HTTPRequest(allow_ipv6=False, **where))


async def test_nobody_answers(client: AsyncHTTPClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(ConnectionRefusedError):
            await client.fetch(f"http://127.0.0.1:{port}/")
        assert time.monotonic() - began < 5
    with pytest.raises(socket.gaierror):
        await client.fetch("http://does-not-exist.invalid/")
    assert client.pool.active_count == 0


async def test_a_server_that_closes_during_the_handshake(client: AsyncHTTPClient) -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    async with server:
        with pytest.raises(OSError) as caught:
            await client.fetch(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        assert str(caught.value)
    assert client.pool.active_count == 0


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_streams_of_somebodys_own(scheme: str) -> None:
    """A whole exchange without a socket."""
    opened: list[tuple[str, int]] = []
    tasks: list[asyncio.Task[None]] = []

    async def serve(stream: IOStream) -> None:
        for _ in range(2):
            await stream.read_until(b"\r\n\r\n")
            await stream.write(OK)
        stream.close()

    async def opener(host: str, port: int) -> IOStream:
        opened.append((host, port))
        mine, yours = stream_pair()
        tasks.append(asyncio.ensure_future(serve(yours)))
        return mine

    async with AsyncHTTPClient(True, opener=opener) as client:
        for _ in range(2):
            assert (await client.fetch(f"{scheme}://example.org/")).body == b"ok"
        await asyncio.gather(*tasks)
    assert opened == [("example.org", 443 if scheme == "https" else 80)]
