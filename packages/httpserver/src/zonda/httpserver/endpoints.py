"""Where to listen, as people write it on a command line."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from typing import Final

from zonda.iostream import bind_sockets, bind_unix_socket

Endpoint = int | str | socket.socket
"""Where to listen; see `open_sockets`."""

# Connections that may wait to be accepted; the system may allow fewer (net.core.somaxconn).
BACKLOG: Final = 1024

# Everybody may connect to the socket of a web server; directories keep others out.
UNIX_MODE: Final = 0o666

_ADDRESS: Final = re.compile(r"(?:(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:/]*):)?(?P<port>[0-9]{1,5})")


def open_sockets(
    endpoints: Iterable[Endpoint], *, backlog: int = BACKLOG, reuse_port: bool = False
) -> list[socket.socket]:
    """Listen everywhere that *endpoints* name.

    ============================  ========================================================
    ``8000``, ``":8000"``         this port on all interfaces
    ``"127.0.0.1:8000"``          an address or a host name and a port; 0 is a free one
    ``"[::1]:8000"``              the same for IPv6
    ``"unix:/run/site.sock"``     a Unix socket; ``unix:@name`` is an abstract one of Linux
    ``"fd:3"``                    a listening socket that this process was given
    a socket                      itself
    ============================  ========================================================

    :raises ValueError: what cannot be understood, or a file in the way that is no socket.
    :raises OSError: the system's reasons, with the address; then nothing stays open.
    """
    opened: list[socket.socket] = []
    try:
        for endpoint in endpoints:
            opened += _open(endpoint, backlog, reuse_port)
    except BaseException:
        for sock in opened:
            sock.close()
        raise
    return opened


def _open(endpoint: Endpoint, backlog: int, reuse_port: bool) -> list[socket.socket]:
    if isinstance(endpoint, socket.socket):
        return [endpoint]
    text = str(endpoint)
    kind, _, rest = text.partition(":")
    if kind == "unix" and rest and not rest.isdigit():
        path = "\0" + rest[1:] if rest.startswith("@") else rest
        return [bind_unix_socket(path, UNIX_MODE, backlog)]
    if kind == "fd" and rest.isdigit():
        return [socket.socket(fileno=int(rest))]
    found = _ADDRESS.fullmatch(text)
    if found is None or int(found["port"]) > 65535:
        raise ValueError(
            f"{text!r} is no place to listen: give a port, HOST:PORT, unix:PATH or fd:NUMBER"
        )
    host = (found["host"] or "").strip("[]")
    return bind_sockets(int(found["port"]), host, backlog=backlog, reuse_port=reuse_port)
