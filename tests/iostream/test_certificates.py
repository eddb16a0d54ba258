"""One certificate per name, and new ones without a restart."""

from __future__ import annotations

import asyncio
import os
import ssl
from asyncio import to_thread
from pathlib import Path

import pytest

from tests.certificates import authority
from tests.iostream.pairs import client_context, tcp_sockets
from zonda.iostream import ServerCertificates, SSLIOStream


def issue(folder: Path, *names: str) -> tuple[Path, Path]:
    certificate = authority().issue_cert(*names)
    cert, key = folder / f"{names[0]}.pem", folder / f"{names[0]}.key"
    certificate.cert_chain_pems[0].write_to_path(str(cert))
    certificate.private_key_pem.write_to_path(str(key))
    return cert, key


async def shown(certificates: ServerCertificates, name: str | None) -> ssl._PeerCertRetDictType:
    """The certificate that a client sees when it asks for *name*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)
    context.check_hostname = False
    left, right = tcp_sockets()
    server = SSLIOStream(right, ssl_options=certificates.context, server_side=True)
    client = SSLIOStream(left, ssl_options=context, server_hostname=name)
    await asyncio.gather(client.wait_for_handshake(), server.wait_for_handshake())
    found: ssl._PeerCertRetDictType = client.socket.getpeercert()
    for stream in (client, server):
        stream.close()
    return found


def names(certificate: ssl._PeerCertRetDictType) -> list[str]:
    return [str(pair[1]) for pair in certificate["subjectAltName"]]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("one.example", "one.example"),
        ("ONE.example", "one.example"),
        ("two.example", "two.example"),
        ("a.wild.example", "*.wild.example"),
        ("a.b.wild.example", "one.example"),
        ("wild.example", "one.example"),
        ("other.example", "one.example"),
        (None, "one.example"),
    ],
)
async def test_the_name_chooses(tmp_path: Path, asked: str | None, answered: str) -> None:
    certificates = await to_thread(ServerCertificates, *issue(tmp_path, "one.example"))
    await to_thread(certificates.add, "two.example", *issue(tmp_path, "two.example"))
    await to_thread(certificates.add, "*.wild.example", *issue(tmp_path, "*.wild.example"))
    assert names(await shown(certificates, asked)) == [answered]


async def test_reload(tmp_path: Path) -> None:
    cert, key = issue(tmp_path, "one.example")
    certificates = await to_thread(ServerCertificates, cert, key)
    first = (await shown(certificates, None))["serialNumber"]
    assert not await to_thread(certificates.reload_if_changed)
    issue(tmp_path, "one.example")
    assert (await shown(certificates, None))["serialNumber"] == first
    assert await to_thread(certificates.reload_if_changed)
    assert (await shown(certificates, None))["serialNumber"] != first
    assert not await to_thread(certificates.reload_if_changed)


async def test_a_reload_that_fails_changes_nothing(tmp_path: Path) -> None:
    cert, key = issue(tmp_path, "one.example")
    certificates = await to_thread(ServerCertificates, cert, key)
    first = (await shown(certificates, None))["serialNumber"]
    cert.write_text("half a certifi")
    for _ in range(2):
        with pytest.raises(ssl.SSLError):
            await to_thread(certificates.reload_if_changed)
    assert (await shown(certificates, None))["serialNumber"] == first
    os.unlink(cert)
    with pytest.raises(FileNotFoundError):
        await to_thread(certificates.reload)
    assert (await shown(certificates, None))["serialNumber"] == first


async def test_what_all_contexts_share(tmp_path: Path) -> None:
    def configure(context: ssl.SSLContext) -> None:
        context.set_alpn_protocols(["zonda"])

    certificates = await to_thread(
        ServerCertificates, *issue(tmp_path, "one.example"), configure=configure
    )
    await to_thread(certificates.add, "two.example", *issue(tmp_path, "two.example"))
    context = client_context()
    alpn = ssl.create_default_context()
    authority().configure_trust(alpn)
    alpn.set_alpn_protocols(["other", "zonda"])
    for name in ("one.example", "two.example"):
        left, right = tcp_sockets()
        server = SSLIOStream(right, ssl_options=certificates.context, server_side=True)
        client = SSLIOStream(left, ssl_options=alpn, server_hostname=name)
        await client.wait_for_handshake()
        assert client.socket.selected_alpn_protocol() == "zonda"
        for stream in (client, server):
            stream.close()
    assert context.check_hostname


def test_certificate_and_key_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "both.pem"
    authority().issue_cert("x.example").private_key_and_cert_chain_pem.write_to_path(str(path))
    assert ServerCertificates(path).context.get_ciphers()


@pytest.mark.parametrize("name", ["", "*", "*.", "a.*.example", "*.*.example", "a*"])
def test_names_without_sense(tmp_path: Path, name: str) -> None:
    certificates = ServerCertificates(*issue(tmp_path, "one.example"))
    with pytest.raises(ValueError, match="is no host name"):
        certificates.add(name, *issue(tmp_path, "two.example"))


def test_files_that_do_not_fit(tmp_path: Path) -> None:
    cert, key = issue(tmp_path, "one.example")
    _, other = issue(tmp_path, "two.example")
    with pytest.raises(ssl.SSLError):
        ServerCertificates(cert, other)
    certificates = ServerCertificates(cert, key)
    with pytest.raises(ssl.SSLError):
        certificates.add("two.example", cert, other)
    assert not certificates.reload_if_changed()
