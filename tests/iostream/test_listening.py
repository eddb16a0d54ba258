"""Sockets to listen on."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from zonda.iostream import bind_sockets, bind_unix_socket, listening

HAS_IPV6 = socket.has_ipv6 and any(
    info[0] == socket.AF_INET6 for info in socket.getaddrinfo("localhost", 80)
)


def close(sockets: list[socket.socket]) -> None:
    for sock in sockets:
        sock.close()


def test_one_address() -> None:
    sockets = bind_sockets(0, "127.0.0.1")
    assert len(sockets) == 1
    assert sockets[0].getsockname()[1] > 0
    assert not sockets[0].getblocking()
    assert not sockets[0].get_inheritable()
    socket.create_connection(sockets[0].getsockname()).close()
    close(sockets)


@pytest.mark.parametrize("address", ["localhost", None, ""])
def test_the_same_port_in_all_families(address: str | None) -> None:
    sockets = bind_sockets(0, address)
    assert len({sock.getsockname()[1] for sock in sockets}) == 1
    assert sockets[0].family == socket.AF_INET
    close(sockets)


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
def test_ipv6_alone() -> None:
    sockets = bind_sockets(0, None, family=socket.AF_INET6)
    assert {sock.family for sock in sockets} == {socket.AF_INET6}
    assert sockets[0].getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    close(sockets)


def test_a_port_that_is_taken() -> None:
    taken = bind_sockets(0, "127.0.0.1")
    port = taken[0].getsockname()[1]
    with pytest.raises(OSError, match=rf"cannot listen on \('127.0.0.1', {port}\): Address alr"):
        bind_sockets(port, "127.0.0.1")
    close(taken)


def test_a_port_that_is_taken_in_one_family_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stays open, and with port 0 another port is tried."""
    real = listening._bind_one
    attempts: list[int | None] = []

    def fail_at_first(info: listening.AddressInfo, port: int | None, reuse: bool) -> socket.socket:
        attempts.append(port)
        if len(attempts) == 2:
            raise OSError(98, "taken")
        return real(info, port, reuse)

    one = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
    two = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.2", 0))
    monkeypatch.setattr(listening, "_bind_one", fail_at_first)
    monkeypatch.setattr(listening, "_addresses", lambda *_: [one, two])
    before = set(os.listdir("/proc/self/fd"))
    sockets = bind_sockets(0)
    assert len(attempts) == 4
    assert [sock.getsockname()[0] for sock in sockets] == ["127.0.0.1", "127.0.0.2"]
    close(sockets)
    attempts.clear()
    with pytest.raises(OSError, match="taken"):
        bind_sockets(1025)
    assert set(os.listdir("/proc/self/fd")) == before


def test_a_machine_that_knows_ipv6_but_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    four = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
    six = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 0, 0, 0))
    monkeypatch.setattr(listening, "_addresses", lambda *_: [four, six])
    sockets = bind_sockets(0)
    assert [sock.family for sock in sockets] == [socket.AF_INET]
    close(sockets)
    monkeypatch.setattr(listening, "_addresses", lambda *_: [six])
    with pytest.raises(OSError, match="cannot listen on"):
        bind_sockets(0)


def test_a_python_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_ipv6", False)
    sockets = bind_sockets(0, None)
    assert {sock.family for sock in sockets} == {socket.AF_INET}
    close(sockets)


def test_reuse_port() -> None:
    first = bind_sockets(0, "127.0.0.1", reuse_port=True)
    port = first[0].getsockname()[1]
    second = bind_sockets(port, "127.0.0.1", reuse_port=True)
    assert second[0].getsockname()[1] == port
    close(first + second)


def test_reuse_port_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "SO_REUSEPORT")
    with pytest.raises(ValueError, match="no SO_REUSEPORT"):
        bind_sockets(0, reuse_port=True)


def test_a_port_may_be_a_text_of_a_command_line() -> None:
    port: Any = "0"
    (sock,) = bind_sockets(port, "127.0.0.1")
    assert sock.getsockname()[1] > 0
    sock.close()


@pytest.mark.parametrize("port", [-1, 65536, "x", "-1", ""])
def test_ports_without_sense(port: Any) -> None:
    with pytest.raises(ValueError, match=f"from 0 to 65535, not {port!r}"):
        bind_sockets(port)


def test_flags() -> None:
    flags = socket.AI_NUMERICHOST
    close(bind_sockets(0, "127.0.0.1", flags=flags))
    with pytest.raises(OSError, match=r"not known|not supported"):
        bind_sockets(0, "localhost", flags=flags)


# Unix sockets


def test_a_unix_socket_has_its_mode_before_it_listens(
    short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = short_path / "s"
    modes: list[int] = []
    real = socket.socket.listen

    def listen(sock: socket.socket, backlog: int = 0) -> None:
        modes.append(stat.S_IMODE(path.stat().st_mode))
        real(sock, backlog)

    monkeypatch.setattr(socket.socket, "listen", listen)
    with bind_unix_socket(str(path)), bind_unix_socket(str(path), mode=0o666):
        pass
    assert modes == [0o600, 0o666]


def test_a_stale_unix_socket_is_replaced(short_path: Path) -> None:
    path = str(short_path / "s")
    bind_unix_socket(path).close()
    with bind_unix_socket(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(path)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_left_alone(short_path: Path, kind: str) -> None:
    path = short_path / "s"
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(short_path / "nowhere")
    with pytest.raises(ValueError, match="exists and is no socket"):
        bind_unix_socket(str(path))
    assert path.is_symlink() if kind == "link" else path.exists()


def test_a_unix_socket_that_cannot_listen_leaves_nothing(
    short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(os, "chmod", refuse)
    with pytest.raises(PermissionError):
        bind_unix_socket(str(short_path / "s"))
    assert not list(short_path.iterdir())
    with pytest.raises(FileNotFoundError):
        bind_unix_socket(str(short_path / "none" / "s"))


def test_an_abstract_name_is_no_file() -> None:
    name = f"\0zonda-test-{os.getpid()}"
    with bind_unix_socket(name), socket.socket(socket.AF_UNIX) as client:
        client.connect(name)
    with socket.socket(socket.AF_UNIX) as client, pytest.raises(ConnectionRefusedError):
        client.connect(name)
