"""The listening sockets of several workers: shared, or a group for each of them.

Sockets with ``SO_REUSEPORT`` and the same address have a queue each, and the system spreads
connections evenly among them.  All belong to the parent: when a worker dies or is replaced, its
queue waits for the next one.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterable
from typing import Any

from .endpoints import Endpoint, open_sockets

Group = list[socket.socket]

_INTERNET = (socket.AF_INET, socket.AF_INET6)


def open_groups(listen: Iterable[Endpoint], count: int, backlog: int) -> list[Group]:
    """Listen on all endpoints *count* times.

    :raises ValueError: there are none, or one that cannot be understood.
    :raises OSError: an address is taken, also by a program that has set ``SO_REUSEPORT``: a site
        that is started twice by mistake must not share its clients.
    """
    endpoints = list(listen)
    if not endpoints:
        raise ValueError("there is nowhere to listen")
    sockets = open_sockets(endpoints, backlog=backlog)
    if count == 1:
        return [sockets]
    first: Group = []
    groups = [first]
    try:
        for sock in sockets:
            first.append(sock if _is_given(sock, endpoints) else _bound_again(sock, backlog))
        for _ in range(count - 1):
            groups.append([_twin(sock, backlog) for sock in first])
    except BaseException:
        close_groups([sockets, *groups])
        raise
    return groups


def close_groups(groups: Iterable[Group]) -> None:
    """Close all sockets; doing it twice is harmless."""
    for group in groups:
        for sock in group:
            sock.close()


def _is_given(sock: socket.socket, endpoints: list[Endpoint]) -> bool:
    """Whether the process was given it (by systemd, say): then it is kept, and shared.

    Closing it would reset the connections that wait, and the next program could not have it.
    """
    if sock in endpoints:
        return True
    names = (str(endpoint) for endpoint in endpoints)
    return sock.fileno() in {int(name[3:]) for name in names if name.startswith("fd:")}


def socket_files(endpoints: Iterable[Endpoint]) -> dict[str, int]:
    """The files that were made for Unix sockets, with their inodes."""
    names = [str(endpoint) for endpoint in endpoints]
    paths = [name.removeprefix("unix:") for name in names if name.startswith("unix:")]
    return {path: os.stat(path).st_ino for path in paths if os.path.exists(path)}


def remove_socket_files(files: dict[str, int]) -> None:
    """Remove those that are still the same: another server may listen there by now."""
    for path, inode in files.items():
        with contextlib.suppress(FileNotFoundError):
            if os.stat(path).st_ino == inode:
                os.unlink(path)


def _bound_again(sock: socket.socket, backlog: int) -> socket.socket:
    """A socket with the same address, but one that others may share."""
    if sock.family not in _INTERNET:
        return sock
    address = sock.getsockname()
    sock.close()
    return _bind(address, backlog)


def _twin(sock: socket.socket, backlog: int) -> socket.socket:
    """Another socket with the same address, or the same one where that cannot be."""
    may = sock.family in _INTERNET and sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
    return _bind(sock.getsockname(), backlog) if may else sock.dup()


def _bind(address: tuple[Any, ...], backlog: int) -> socket.socket:
    host, port = address[:2]
    endpoint = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    (sock,) = open_sockets([endpoint], backlog=backlog, reuse_port=True)
    return sock
