"""The certificates of a TLS server: one per name, and new ones without a restart."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from os import PathLike

from .tls_context import load_certificate, server_context

Files = tuple[str, str | None]
Stamp = tuple[int, int, int]


class ServerCertificates:
    """Chooses a certificate by the name a client asks for (SNI, RFC 6066 section 3).

    ``context`` is what a server takes as ``ssl_options``.  A client that names no host, or one
    that is not known here, gets the first certificate.

    All methods read files; where a loop runs, call them in a thread (`asyncio.to_thread`).

    :param certfile: PEM file with the certificate and its chain.
    :param keyfile: PEM file with the private key; None when it is in *certfile*.
    :param configure: called with each context that is made, to set what all of them share (ALPN,
        authorities for client certificates).
    :raises OSError: a file that is missing or does not fit (`ssl.SSLError`).
    """

    def __init__(
        self,
        certfile: str | PathLike[str],
        keyfile: str | PathLike[str] | None = None,
        configure: Callable[[ssl.SSLContext], None] | None = None,
    ) -> None:
        self._configure = configure
        self._files: dict[str, Files] = {"": _files(certfile, keyfile)}
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._stamps: dict[str, Stamp] = {}
        self.reload()
        self.context = self._load(self._files[""])
        self.context.sni_callback = self._choose

    def add(
        self, name: str, certfile: str | PathLike[str], keyfile: str | PathLike[str] | None = None
    ) -> None:
        """Serve *name* with its own certificate; ``*.example.org`` stands for one label.

        :raises ValueError: *name* is empty or has a ``*`` elsewhere.
        :raises OSError: as in the constructor; nothing is changed then.
        """
        if not name.removeprefix("*.") or "*" in name.removeprefix("*."):
            raise ValueError(f"{name!r} is no host name; a wildcard looks like '*.example.org'")
        files = _files(certfile, keyfile)
        self._contexts[name.lower()] = self._load(files)
        self._files[name.lower()] = files
        self._stamps = self._look()

    def reload(self) -> None:
        """Read all files again; connections that are open keep the certificate they have.

        :raises OSError: a file that is missing or does not fit; nothing is changed then.
        """
        stamps = self._look()
        self._contexts = {name: self._load(files) for name, files in self._files.items()}
        self._stamps = stamps

    def reload_if_changed(self) -> bool:
        """`reload`, if one of the files is another than before; whether it was."""
        if self._look() == self._stamps:
            return False
        self.reload()
        return True

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        wanted = (name or "").lower()
        wildcard = f"*.{wanted.partition('.')[2]}"
        contexts = self._contexts
        connection.context = contexts.get(wanted) or contexts.get(wildcard) or contexts[""]

    def _load(self, files: Files) -> ssl.SSLContext:
        context = server_context()
        load_certificate(context, *files)
        if self._configure is not None:
            self._configure(context)
        return context

    def _look(self) -> dict[str, Stamp]:
        paths = {path for files in self._files.values() for path in files if path is not None}
        found = {path: os.stat(path) for path in paths}
        return {path: (s.st_mtime_ns, s.st_size, s.st_ino) for path, s in found.items()}


def _files(certfile: str | PathLike[str], keyfile: str | PathLike[str] | None) -> Files:
    return os.fspath(certfile), None if keyfile is None else os.fspath(keyfile)
