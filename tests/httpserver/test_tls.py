"""TLS: what is agreed on, who is let in, and certificates that are renewed while it runs."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.certificates import authority, client_context, server_context
from tests.httpserver.server_fixture import Running, answer, serving
from tests.raw_client import Client
from zonda.http import HTTPServerRequest
from zonda.httpserver import HTTPServer, Limits
from zonda.iostream import ServerCertificates

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, object]:
    return write(tmp_path, "localhost")


def write(directory: Path, name: str) -> dict[str, object]:
    certificate = authority().issue_cert(name)
    certfile, keyfile = directory / "cert.pem", directory / "key.pem"
    certificate.private_key_pem.write_to_path(keyfile)
    with certfile.open("wb") as file:
        for blob in certificate.cert_chain_pems:
            file.write(blob.bytes())
    return {"certfile": str(certfile), "keyfile": str(keyfile)}


async def connect(running: Running, context: ssl.SSLContext, name: str = "localhost") -> Client:
    streams = await asyncio.open_connection(
        "127.0.0.1", running.port, ssl=context, server_hostname=name
    )
    client = Client(*streams)
    running.clients.append(client)
    return client


def tls_of(client: Client) -> ssl.SSLObject:
    found = client.writer.get_extra_info("ssl_object")
    assert isinstance(found, ssl.SSLObject)
    return found


async def test_only_http_is_agreed_on(files: dict[str, object]) -> None:
    context = client_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    async with serving(ssl_options=files) as running:
        client = await connect(running, context)
        assert tls_of(client).selected_alpn_protocol() == "http/1.1"
        assert (await client.ask(GET)).code == 200


@pytest.mark.parametrize(
    ("ciphers", "accepted"), [("ECDHE+AESGCM", True), ("ECDHE+AES:!AESGCM:!AESCCM", False)]
)
async def test_old_ciphers_are_refused(
    files: dict[str, object], ciphers: str, accepted: bool
) -> None:
    context = client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    async with serving(ssl_options=files) as running:
        if accepted:
            assert (await (await connect(running, context)).ask(GET)).code == 200
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await connect(running, context)


async def test_versions_before_1_2_are_refused(files: dict[str, object]) -> None:
    context = client_context()
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with serving(ssl_options=files) as running:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await connect(running, context)


async def test_clients_show_certificates(files: dict[str, object]) -> None:
    seen: list[object] = []

    def look(request: HTTPServerRequest) -> None:
        certificate = request.get_ssl_certificate()
        assert isinstance(certificate, Mapping)
        seen.append(certificate["subjectAltName"])
        answer(request, 200, request.protocol.encode())

    with authority().cert_pem.tempfile() as ca_certs:
        options = {**files, "ca_certs": ca_certs, "cert_reqs": ssl.CERT_REQUIRED}
        async with serving(look, ssl_options=options) as running:
            context = client_context()
            authority().issue_cert("me@example.org").configure_cert(context)
            assert (await (await connect(running, context)).ask(GET)).body == b"https"
            assert seen == [(("email", "me@example.org"),)]
            # In TLS 1.3 the client learns only afterwards that it was refused.
            with pytest.raises((ssl.SSLError, ConnectionError, asyncio.IncompleteReadError)):
                stranger = await connect(running, client_context())
                await stranger.ask(GET)


async def test_several_names(
    files: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = write(tmp_path_factory.mktemp("other"), "other.example")
    certificates = ServerCertificates(str(files["certfile"]), str(files["keyfile"]))
    certificates.add("other.example", str(other["certfile"]), str(other["keyfile"]))
    async with serving(ssl_options=certificates) as running:
        for name in ("localhost", "other.example"):
            client = await connect(running, client_context(), name)
            assert (await client.ask(GET)).code == 200


def serial(client: Client) -> object:
    certificate = tls_of(client).getpeercert()
    assert certificate is not None
    return certificate["serialNumber"]


async def test_new_certificates_without_dropping_connections(files: dict[str, object]) -> None:
    async with serving(ssl_options=files) as running:
        server = running.server
        before = await connect(running, client_context())
        assert not await server.reload_certificates()
        write(Path(str(files["certfile"])).parent, "localhost")
        assert await server.reload_certificates()
        after = await connect(running, client_context())
        assert serial(before) != serial(after)
        for client in (before, after):
            assert (await client.ask(GET)).code == 200
        Path(str(files["certfile"])).write_text("nonsense")
        with pytest.raises(ssl.SSLError):
            await server.reload_certificates()
        assert serial(await connect(running, client_context())) == serial(after)


@pytest.mark.parametrize("broken", [False, True])
async def test_a_hang_up_reads_the_certificates_again(
    files: dict[str, object],
    broken: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    async with serving(ssl_options=files) as running:
        until_signal = asyncio.create_task(running.server.serve_until_signal())
        before = await connect(running, client_context())
        write(Path(str(files["certfile"])).parent, "localhost")
        if broken:
            Path(str(files["keyfile"])).write_text("nonsense")
        os.kill(os.getpid(), signal.SIGHUP)
        expected = "stay those of before" if broken else "were read again"
        while expected not in caplog.text:
            await asyncio.sleep(0.001)
        after = await connect(running, client_context())
        assert (serial(before) == serial(after)) is broken
        os.kill(os.getpid(), signal.SIGTERM)
        await until_signal


async def test_a_context_of_ones_own_is_taken_as_it_is() -> None:
    context = server_context()
    async with serving(ssl_options=context) as running:
        assert running.server.ssl_context is context
        client = await connect(running, client_context())
        assert (await client.ask(GET)).code == 200
        with pytest.raises(RuntimeError, match="file names"):
            await running.server.reload_certificates()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "certfile"),
        ({"keyfile": "x"}, "certfile"),
        ({"certfile": "x", "certificate": "y"}, "unknown ssl_options"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        HTTPServer(lambda request: None, ssl_options=options)


async def test_what_speaks_no_tls_is_cut_and_others_are_served(files: dict[str, object]) -> None:
    async with serving(ssl_options=files) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(GET * 100)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(100)
        writer.close()
        assert (await (await connect(running, client_context())).ask(GET)).code == 200


async def test_a_handshake_that_is_still_going_on_does_not_hold_up_the_end(
    files: dict[str, object],
) -> None:
    limits = Limits(tls_handshake_timeout=100)
    async with serving(ssl_options=files, limits=limits) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        await asyncio.sleep(0.01)
        assert not await running.server.drain(grace=0.05)
        assert await reader.read() == b""
        writer.close()
