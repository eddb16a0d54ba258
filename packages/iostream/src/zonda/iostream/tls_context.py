"""TLS settings: what ``ssl_options`` means and which defaults are safe.

Defaults: TLS 1.2 or newer, no compression (CRIME), no renegotiation; a server has forward secrecy
and authenticated encryption only; a client verifies the server's certificate and its name against
the system's authorities.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket as socket_module
import ssl
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import TypedDict

Path = str | bytes | PathLike[str]


class SSLOptions(TypedDict, total=False):
    """The dictionary form of ``ssl_options``; every key may be left out."""

    certfile: Path
    keyfile: Path | None
    cert_reqs: ssl.VerifyMode
    ca_certs: Path | None
    ciphers: str
    ssl_version: int


_ALLOWED = frozenset(SSLOptions.__annotations__)
# What a server speaks in TLS 1.2: forward secrecy, and only authenticated encryption (RFC 9325
# section 4.2), which every client of the last ten years can do.  TLS 1.3 has nothing else.
SERVER_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"

# Protocol constants that leave the version open, and the one that is old but good enough.
_ANY_VERSION = frozenset({ssl.PROTOCOL_TLS, ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER})


def ssl_options_to_context(
    ssl_options: SSLOptions | Mapping[str, object] | ssl.SSLContext,
    server_side: bool | None = None,
) -> ssl.SSLContext:
    """Make a context of a dictionary; a context is returned as it is.

    :param ssl_options: ``certfile`` and ``keyfile`` (PEM), ``ca_certs`` (PEM, instead of the
        system's authorities), ``cert_reqs`` (`ssl.CERT_NONE` turns a client's verification off,
        `ssl.CERT_REQUIRED` demands a certificate of a server's clients), ``ciphers`` (OpenSSL's
        notation, up to TLS 1.2), ``ssl_version`` (only for programs that pin TLS 1.2).
    :param server_side: which side of the connection it is for; None means a server exactly if
        there is a certificate but nothing to verify with.
    :raises ValueError: a key or a version that is not allowed.
    :raises OSError: a file that is missing or no certificate (`ssl.SSLError`).
    """
    if isinstance(ssl_options, ssl.SSLContext):
        return ssl_options
    unknown = sorted(set(ssl_options) - _ALLOWED)
    if unknown:
        raise ValueError(f"unknown ssl_options {unknown}: allowed are {sorted(_ALLOWED)}")
    options = SSLOptions(**ssl_options)  # type: ignore[typeddict-item]  # checked by OpenSSL
    if server_side is None:
        server_side = "certfile" in options and not {"ca_certs", "cert_reqs"} & set(options)
    context = server_context() if server_side else _client_context(options)
    _set_version(context, options.get("ssl_version", ssl.PROTOCOL_TLS))
    if "certfile" in options:
        load_certificate(context, options["certfile"], options.get("keyfile"))
    if server_side:
        ca_certs = options.get("ca_certs")
        if ca_certs is not None:
            _load_authorities(context, ca_certs)
        context.verify_mode = options.get("cert_reqs", ssl.CERT_NONE)
    if "ciphers" in options:
        context.set_ciphers(options["ciphers"])
    return context


def server_context() -> ssl.SSLContext:
    """A context for servers that has no certificate yet."""
    context = _harden(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    context.set_ciphers(SERVER_CIPHERS)
    return context


@functools.cache
def default_client_context() -> ssl.SSLContext:
    """The context of clients that say nothing else; made once, as it reads many files."""
    return _harden(ssl.create_default_context())


def ssl_wrap_socket(
    socket: socket_module.socket,
    ssl_options: SSLOptions | Mapping[str, object] | ssl.SSLContext,
    server_hostname: str | None = None,
    server_side: bool | None = None,
    do_handshake_on_connect: bool = False,
) -> ssl.SSLSocket:
    """Wrap *socket*, without a handshake, for an `SSLIOStream` to take.

    :raises ValueError: *ssl_options* that are not allowed, or a client that verifies names but
        has no *server_hostname*.
    """
    context = ssl_options_to_context(ssl_options, server_side)
    return context.wrap_socket(
        socket,
        server_side=bool(server_side),
        server_hostname=server_hostname,
        do_handshake_on_connect=do_handshake_on_connect,
    )


def _client_context(options: SSLOptions) -> ssl.SSLContext:
    ca_certs = options.get("ca_certs")
    context = _harden(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    verify = options.get("cert_reqs", ssl.CERT_REQUIRED)
    if verify == ssl.CERT_NONE:
        context.check_hostname = False
    context.verify_mode = verify
    if ca_certs is not None:
        _load_authorities(context, ca_certs)
    elif verify != ssl.CERT_NONE:
        context.load_default_certs()
    return context


def load_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    """Load a certificate with its key; an error names the files.

    :raises OSError: a file that is missing or no certificate (`ssl.SSLError`).
    """
    with _naming(certificate, key):
        context.load_cert_chain(certificate, key)


def _load_authorities(context: ssl.SSLContext, file: Path) -> None:
    with _naming(file):
        context.load_verify_locations(file)


@contextlib.contextmanager
def _naming(*files: Path | None) -> Iterator[None]:
    """Say which files an error is about, for OpenSSL does not."""
    try:
        yield
    except OSError as error:
        names = " and ".join(os.fsdecode(file) for file in files if file is not None)
        if isinstance(error, ssl.SSLError):
            error.add_note(f"while reading {names}")
        else:
            error.filename = names
        raise


def _harden(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    return context


def _set_version(context: ssl.SSLContext, version: int) -> None:
    if version in _ANY_VERSION:
        return
    if version == ssl.PROTOCOL_TLSv1_2:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return
    raise ValueError(f"ssl_version {version!r} is not allowed: TLS 1.2 is the oldest that is safe")
