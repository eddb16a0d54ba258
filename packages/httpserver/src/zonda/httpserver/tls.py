"""What ``ssl_options`` means to a server: its TLS context, and certificates that can be renewed."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Final, cast

from zonda.iostream import ServerCertificates, SSLOptions, ssl_options_to_context

from .errors import MissingCertificateError

TLSSource = ssl.SSLContext | ServerCertificates | SSLOptions | Mapping[str, object]

# What is spoken here (RFC 7301); a client that offers only others, such as h2, is told so early.
ALPN: Final = ["http/1.1"]


def server_certificates(source: TLSSource) -> ServerCertificates | ssl.SSLContext:
    """Certificates that can be read again, or the context that the program made itself.

    :raises MissingCertificateError: a dictionary without ``certfile``.
    :raises ValueError: one with keys that are not known.
    :raises OSError: a file that is missing or no certificate (`ssl.SSLError`).
    """
    if isinstance(source, ServerCertificates | ssl.SSLContext):
        return source
    if source.get("certfile") is None:
        raise MissingCertificateError("ssl_options of a server need a certfile")
    options = dict(source)
    certfile = cast(str, options.pop("certfile"))
    keyfile = cast("str | None", options.pop("keyfile", None))
    # What is wrong with the other options is said now, not at the first reload.
    ssl_options_to_context(options, server_side=True)

    def configure(context: ssl.SSLContext) -> None:
        context.set_alpn_protocols(ALPN)
        if "ca_certs" in options:
            context.load_verify_locations(cast("str | None", options["ca_certs"]))
        if "cert_reqs" in options:
            context.verify_mode = cast(ssl.VerifyMode, options["cert_reqs"])
        if "ciphers" in options:
            context.set_ciphers(cast(str, options["ciphers"]))
        if options.get("ssl_version") == ssl.PROTOCOL_TLSv1_2:
            context.maximum_version = ssl.TLSVersion.TLSv1_2

    return ServerCertificates(certfile, keyfile, configure)


def context_of(certificates: ServerCertificates | ssl.SSLContext) -> ssl.SSLContext:
    """What a transport takes."""
    return certificates.context if isinstance(certificates, ServerCertificates) else certificates
