"""Ports that nobody uses."""

from __future__ import annotations

import socket

from zonda.iostream import bind_sockets


def bind_unused_port(
    reuse_port: bool = False, address: str = "127.0.0.1"
) -> tuple[socket.socket, int]:
    """Listen on a free port.

    >>> sock, port = bind_unused_port()
    >>> sock.getsockname() == ("127.0.0.1", port)
    True
    >>> sock.close()

    :param reuse_port: let others listen on it too (``SO_REUSEPORT``).
    :param address: an address of this machine, IPv4 or IPv6.
    :return: the listening socket, which belongs to the caller, and its port.
    """
    [sock, *others] = bind_sockets(0, address, reuse_port=reuse_port)
    for other in others:
        other.close()
    return sock, sock.getsockname()[1]
