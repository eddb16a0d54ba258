"""Sockets to listen on."""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from collections.abc import Iterable
from contextlib import ExitStack

# Connections that may wait to be accepted; the system may allow fewer (net.core.somaxconn).
DEFAULT_BACKLOG = 128
# Ports to try when port 0 is to become the same free port in several families.
SAME_PORT_ATTEMPTS = 16

# How a system says that it knows IPv6 but has none.
_NO_IPV6 = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})

AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[object, ...]]


def bind_sockets(
    port: int,
    address: str | None = None,
    family: socket.AddressFamily = socket.AF_UNSPEC,
    backlog: int = DEFAULT_BACKLOG,
    flags: int | None = None,
    reuse_port: bool = False,
) -> list[socket.socket]:
    """Listen on *port* of *address*: one socket for each family and address that it stands for.

    :param port: 0 means a free port, the same one in all families; its digits as a text will do.
    :param address: an IP address or a host name, which is looked up and may block; None or empty
        means all interfaces.
    :param family: `socket.AF_INET` or `socket.AF_INET6` to have only those.
    :param backlog: how many connections may wait to be accepted.
    :param flags: ``AI_*`` flags for `socket.getaddrinfo`; by default `socket.AI_PASSIVE`.
    :param reuse_port: let several processes listen on the same port (``SO_REUSEPORT``).
    :return: non-blocking sockets that child processes started by `os.execv` do not inherit.
    :raises ValueError: *reuse_port* on a system that has no such thing; a port out of range.
    :raises OSError: the address is taken, not ours or not allowed.
    """
    if reuse_port and not hasattr(socket, "SO_REUSEPORT"):
        raise ValueError("reuse_port: this system has no SO_REUSEPORT")
    port = _number(port)
    found = _addresses(port, address or None, family, flags)
    # The port that is free in the first family may be taken in the second: then try another.
    attempts = SAME_PORT_ATTEMPTS if port == 0 and len(found) > 1 else 1
    while True:
        attempts -= 1
        try:
            return _bind_all(found, backlog, reuse_port)
        except OSError:
            if not attempts:
                raise


def _number(port: int | str) -> int:
    """A port, which programs often have from a command line, as a number."""
    number = int(port) if isinstance(port, str) and port.isdecimal() else port
    if not isinstance(number, int) or not 0 <= number <= 65535:
        raise ValueError(f"a port is a number from 0 to 65535, not {port!r}")
    return number


def bind_unix_socket(file: str, mode: int = 0o600, backlog: int = DEFAULT_BACKLOG) -> socket.socket:
    """Listen on a Unix socket.

    A socket that is there already is replaced: a server that crashed leaves one behind.  Any
    other file is left alone.  The mode is set before the first connection can be made.

    :param file: the path; or, on Linux, a name in the abstract name space when it begins with a
        zero character: it is no file, has no mode and vanishes by itself.
    :param mode: who may connect: write permission is needed.
    :param backlog: how many connections may wait to be accepted.
    :raises ValueError: the path is taken by something that is no socket.
    :raises OSError: the system's reasons: no such directory, no permission, a path too long.
    """
    abstract = file.startswith("\0")
    if not abstract:
        _remove_stale(file)
    with ExitStack() as undo:
        sock = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        sock.setblocking(False)
        sock.bind(file)
        if not abstract:
            undo.callback(_remove_stale, file)
            os.chmod(file, mode)
        sock.listen(backlog)
        undo.pop_all()
    return sock


def _addresses(
    port: int, address: str | None, family: socket.AddressFamily, flags: int | None
) -> list[AddressInfo]:
    if flags is None:
        flags = socket.AI_PASSIVE
    found = socket.getaddrinfo(address, port, family, socket.SOCK_STREAM, 0, flags)
    unique = dict.fromkeys(found)
    if not socket.has_ipv6:
        return [info for info in unique if info[0] != socket.AF_INET6]
    # IPv4 first: its sockets are the ones without which a machine cannot do.
    return sorted(unique, key=lambda info: info[0] != socket.AF_INET)


def _bind_all(found: Iterable[AddressInfo], backlog: int, reuse_port: bool) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    with ExitStack() as undo:
        for info in found:
            port = sockets[0].getsockname()[1] if sockets else None
            try:
                sock = _bind_one(info, port, reuse_port)
            except OSError as error:
                if info[0] == socket.AF_INET6 and sockets and error.errno in _NO_IPV6:
                    continue
                raise
            undo.enter_context(sock)
            sock.listen(backlog)
            sockets.append(sock)
        undo.pop_all()
    return sockets


def _bind_one(info: AddressInfo, port: int | None, reuse_port: bool) -> socket.socket:
    family, kind, protocol, _, sockaddr = info
    if port is not None:
        sockaddr = (sockaddr[0], port, *sockaddr[2:])
    sock = socket.socket(family, kind, protocol)
    try:
        _configure(sock, family, reuse_port)
        sock.bind(sockaddr)
    except OSError as error:
        sock.close()
        raise OSError(error.errno, f"cannot listen on {sockaddr[:2]}: {error.strerror}") from None
    return sock


def _configure(sock: socket.socket, family: int, reuse_port: bool) -> None:
    sock.setblocking(False)
    if sys.platform != "win32":  # there it would let another program steal the port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        # Otherwise it would take IPv4 as well, and the socket for IPv4 would find its port taken.
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)


def _remove_stale(file: str) -> None:
    try:
        mode = os.lstat(file).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ValueError(f"{file!r} exists and is no socket: it is not replaced")
    os.unlink(file)
