"""The listening sockets of several workers."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from zonda.httpserver.listening_groups import (
    close_groups,
    open_groups,
    remove_socket_files,
    socket_files,
)
from zonda.iostream import bind_sockets

if not hasattr(socket, "SO_REUSEPORT"):
    pytest.skip("this system has no SO_REUSEPORT", allow_module_level=True)


def test_each_group_has_sockets_of_its_own_with_the_same_addresses() -> None:
    groups = open_groups(["127.0.0.1:0", "127.0.0.1:0"], 3, 100)
    try:
        addresses = [[sock.getsockname() for sock in group] for group in groups]
        assert addresses[0] == addresses[1] == addresses[2]
        assert len({sock.fileno() for group in groups for sock in group}) == 6
        for _ in range(50):  # the system chooses one for each connection
            socket.create_connection(addresses[0][0], 10).close()
        waiting = []
        for group in groups:
            with pytest.raises(BlockingIOError):
                while True:
                    waiting.append(group[0])
                    group[0].accept()[0].close()
        assert {*waiting} == {group[0] for group in groups}
    finally:
        close_groups(groups)


def test_a_taken_port_is_an_error_although_it_could_be_shared() -> None:
    [taken] = bind_sockets(0, "127.0.0.1", reuse_port=True)
    with taken, pytest.raises(OSError, match="cannot listen"):
        open_groups([f"127.0.0.1:{taken.getsockname()[1]}"], 2, 10)


def test_what_cannot_be_doubled_is_shared(short_path: Path) -> None:
    [given] = bind_sockets(0, "127.0.0.1")
    groups = open_groups([given, f"unix:{short_path / 'socket'}"], 2, 10)
    try:
        assert groups[0][0] is given
        first, second = ([sock.getsockname() for sock in group] for group in groups)
        assert first == second
    finally:
        close_groups(groups)


def test_socket_of_a_supervisor_keeps_its_queue() -> None:
    [given] = bind_sockets(0, "127.0.0.1")
    address = given.getsockname()
    waiting = socket.create_connection(address, 10)
    groups = open_groups([f"fd:{given.detach()}"], 2, 10)
    try:
        assert [[sock.getsockname() for sock in group] for group in groups] == [[address]] * 2
        connection, peer = groups[1][0].accept()
        assert peer == waiting.getsockname()
        connection.close()
    finally:
        close_groups(groups)
        waiting.close()


def test_one_group_is_what_was_asked_for() -> None:
    [group] = open_groups(["127.0.0.1:0"], 1, 10)
    assert not group[0].getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
    close_groups([group])


def test_files_of_unix_sockets_are_removed_unless_somebody_else_has_taken_them(
    short_path: Path,
) -> None:
    paths = [short_path / name for name in ("mine", "taken", "gone")]
    endpoints = [*(f"unix:{path}" for path in paths), "unix:@zonda-test", "127.0.0.1:0"]
    groups = open_groups([*endpoints[:3], endpoints[4]], 2, 10)
    files = socket_files(endpoints)
    assert set(files) == {str(path) for path in paths}
    close_groups(groups)
    paths[2].unlink()
    [group] = open_groups([f"unix:{paths[1]}.new"], 1, 10)
    os.rename(f"{paths[1]}.new", paths[1])  # as a server that replaces this one does
    remove_socket_files(files)
    assert [path.exists() for path in paths] == [False, True, False]
    close_groups([group])


def test_nowhere_to_listen() -> None:
    with pytest.raises(ValueError, match="nowhere to listen"):
        open_groups([], 2, 10)
