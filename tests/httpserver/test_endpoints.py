"""Where to listen, as people write it."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from zonda.httpserver import Endpoint, open_sockets
from zonda.iostream import bind_sockets


def close(sockets: list[socket.socket]) -> None:
    for sock in sockets:
        sock.close()


@pytest.mark.parametrize("endpoint", [0, "0", ":0"])
def test_a_port_is_one_of_all_interfaces(endpoint: Endpoint) -> None:
    sockets = open_sockets([endpoint])
    try:
        addresses = {sock.getsockname()[0] for sock in sockets}
        assert "0.0.0.0" in addresses
        assert addresses <= {"0.0.0.0", "::"}
        assert len({sock.getsockname()[1] for sock in sockets}) == 1
    finally:
        close(sockets)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_host_and_a_port(host: str) -> None:
    sockets = open_sockets([f"{host}:0"])
    try:
        assert sockets[0].getsockname()[0] == "127.0.0.1"
    finally:
        close(sockets)


def test_ipv6() -> None:
    try:
        sockets = open_sockets(["[::1]:0"])
    except OSError:
        pytest.skip("no IPv6 on this machine")
    assert sockets[0].getsockname()[0] == "::1"
    close(sockets)


def test_a_unix_socket(short_path: Path) -> None:
    path = short_path / "socket"
    [sock] = open_sockets([f"unix:{path}"])
    assert sock.getsockname() == str(path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o666
    sock.close()


@pytest.mark.skipif(not os.path.exists("/proc/net/unix"), reason="abstract names are Linux's")
def test_an_abstract_unix_socket() -> None:
    name = f"zonda-test-{os.getpid()}"
    [sock] = open_sockets([f"unix:@{name}"])
    assert sock.getsockname() == b"\0" + name.encode()
    sock.close()


def test_a_descriptor_that_was_inherited() -> None:
    [given] = bind_sockets(0, "127.0.0.1")
    address = given.getsockname()
    [sock] = open_sockets([f"fd:{given.detach()}"])
    assert sock.getsockname() == address
    sock.close()


def test_a_socket_is_itself() -> None:
    [given] = bind_sockets(0, "127.0.0.1")
    assert open_sockets([given]) == [given]
    given.close()


@pytest.mark.parametrize(
    "endpoint", ["", "x", "127.0.0.1", "a/b:80", "host:port", "1:2:3", ":99999", "fd:x", "unix:"]
)
def test_what_is_no_place(endpoint: str) -> None:
    with pytest.raises(ValueError, match="no place to listen"):
        open_sockets([endpoint])


def test_what_was_opened_is_closed_when_the_next_fails() -> None:
    [given] = bind_sockets(0, "127.0.0.1")
    with pytest.raises(OSError, match="cannot listen"):
        open_sockets([given, f"127.0.0.1:{given.getsockname()[1]}"])
    assert given.fileno() == -1
