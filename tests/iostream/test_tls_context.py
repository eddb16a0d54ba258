"""What ssl_options mean, and that the defaults are safe."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import authority
from tests.iostream.pairs import client_context, server_context, tcp_sockets
from zonda.iostream import SSLOptions, ssl_options_to_context, ssl_wrap_socket
from zonda.iostream.tls_context import default_client_context


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("tls")
    certificate = authority().issue_cert("localhost")
    paths = {name: str(folder / name) for name in ("cert", "key", "ca")}
    certificate.cert_chain_pems[0].write_to_path(paths["cert"])
    certificate.private_key_pem.write_to_path(paths["key"])
    authority().cert_pem.write_to_path(paths["ca"])
    yield paths


@pytest.mark.parametrize("server_side", [True, False])
def test_defaults_are_safe(files: dict[str, str], server_side: bool) -> None:
    options = SSLOptions(certfile=files["cert"], keyfile=files["key"]) if server_side else {}
    context = ssl_options_to_context(options, server_side)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.maximum_version == ssl.TLSVersion.MAXIMUM_SUPPORTED
    assert context.options & ssl.OP_NO_COMPRESSION
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.check_hostname is not server_side
    assert context.verify_mode == (ssl.CERT_NONE if server_side else ssl.CERT_REQUIRED)


def test_the_default_client_verifies_against_the_system() -> None:
    context = default_client_context()
    assert context is default_client_context()
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_context_is_its_own_result() -> None:
    assert ssl_options_to_context(server_context()) is server_context()


def test_verification_can_be_turned_off_by_name_only() -> None:
    context = ssl_options_to_context({"cert_reqs": ssl.CERT_NONE}, server_side=False)
    assert context.verify_mode == ssl.CERT_NONE
    assert not context.check_hostname


def test_a_server_that_asks_for_certificates(files: dict[str, str]) -> None:
    context = ssl_options_to_context(
        {
            "certfile": files["cert"],
            "keyfile": files["key"],
            "ca_certs": files["ca"],
            "cert_reqs": ssl.CERT_REQUIRED,
        },
        server_side=True,
    )
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) == 1


def test_own_authorities_replace_those_of_the_system(files: dict[str, str]) -> None:
    context = ssl_options_to_context({"ca_certs": files["ca"]}, server_side=False)
    assert len(context.get_ca_certs()) == 1
    assert context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("keys", "server_side"),
    [({"cert", "key"}, True), ({"cert", "key", "ca"}, False), (set(), False)],
)
def test_the_side_is_guessed(files: dict[str, str], keys: set[str], server_side: bool) -> None:
    names = {"cert": "certfile", "key": "keyfile", "ca": "ca_certs"}
    context = ssl_options_to_context({names[key]: files[key] for key in keys})
    expected = ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT
    assert context.protocol == expected


@pytest.mark.parametrize(
    ("version", "newest"),
    [
        (ssl.PROTOCOL_TLS, ssl.TLSVersion.MAXIMUM_SUPPORTED),
        (ssl.PROTOCOL_TLS_CLIENT, ssl.TLSVersion.MAXIMUM_SUPPORTED),
        (ssl.PROTOCOL_TLSv1_2, ssl.TLSVersion.TLSv1_2),
    ],
)
def test_versions(version: int, newest: ssl.TLSVersion) -> None:
    context = ssl_options_to_context({"ssl_version": version}, server_side=False)
    assert context.maximum_version == newest
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("version", [ssl.PROTOCOL_TLSv1, ssl.PROTOCOL_TLSv1_1, 99])
def test_old_versions_are_refused(version: int) -> None:
    with pytest.raises(ValueError, match=r"TLS 1\.2 is the oldest that is safe"):
        ssl_options_to_context({"ssl_version": version}, server_side=False)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown ssl_options \['certificate'\]: allowed are"):
        ssl_options_to_context({"certificate": "x"})


def test_ciphers() -> None:
    name = "ECDHE-RSA-AES256-GCM-SHA384"
    context = ssl_options_to_context({"ciphers": name}, server_side=False)
    names = [cipher["name"] for cipher in context.get_ciphers()]
    assert [n for n in names if not n.startswith("TLS_")] == [name]
    with pytest.raises(ssl.SSLError):
        ssl_options_to_context({"ciphers": "none such"}, server_side=False)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    for options in ({"certfile": missing}, {"ca_certs": missing}):
        with pytest.raises(FileNotFoundError, match=missing):
            ssl_options_to_context(options, server_side="certfile" in options)


def test_a_file_that_is_no_certificate(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("no certificate")
    with pytest.raises(ssl.SSLError) as caught:
        ssl_options_to_context({"certfile": wrong, "keyfile": wrong}, server_side=True)
    assert caught.value.__notes__ == [f"while reading {wrong} and {wrong}"]


def test_wrapping_makes_no_handshake() -> None:
    left, right = tcp_sockets()
    wrapped = ssl_wrap_socket(left, client_context(), "localhost", server_side=False)
    assert wrapped.server_hostname == "localhost"
    assert wrapped.version() is None
    wrapped.close()
    with socket.socket() as other, pytest.raises(ValueError, match="server_hostname"):
        ssl_wrap_socket(other, client_context(), server_side=False)
    right.close()
