"""Accepting connections, also when there are no descriptors left."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import resource
import socket
from typing import Any

import pytest

from zonda.iostream import Acceptor, acceptor, add_accept_handler, bind_sockets


class Door:
    """A listening socket with an acceptor, and who came in."""

    def __init__(self) -> None:
        (self.sock,) = bind_sockets(0, "127.0.0.1")
        self.came: asyncio.Queue[socket.socket] = asyncio.Queue()
        self.acceptor = Acceptor(self.sock, lambda connection, _: self.came.put_nowait(connection))

    def knock(self) -> socket.socket:
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(self.sock.getsockname())
        return client

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.acceptor.stop()
        self.acceptor.stop()
        self.sock.close()


async def test_accepting() -> None:
    with Door() as door, door.knock() as client, await door.came.get() as connection:
        assert connection.getpeername() == client.getsockname()
        assert not connection.getblocking()


async def test_pausing_leaves_connections_in_the_backlog() -> None:
    with Door() as door:
        door.acceptor.resume()
        door.acceptor.pause()
        door.acceptor.pause()
        with door.knock():
            await asyncio.sleep(0.02)
            assert door.came.empty()
            door.acceptor.resume()
            (await door.came.get()).close()


async def test_a_handler_that_stops_the_acceptor_gets_no_more() -> None:
    (sock,) = bind_sockets(0, "127.0.0.1")
    came: list[socket.socket] = []
    done = asyncio.Event()

    def accepted(connection: socket.socket, address: Any) -> None:
        came.append(connection)
        stop()
        done.set()

    clients = []
    for _ in range(3):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(sock.getsockname())
        clients.append(client)
    stop = add_accept_handler(sock, accepted)
    await done.wait()
    await asyncio.sleep(0.01)
    assert len(came) == 1
    for each in [*came, *clients, sock]:
        each.close()


async def test_a_handler_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    (sock,) = bind_sockets(0, "127.0.0.1")

    def accepted(connection: socket.socket, address: Any) -> None:
        raise ValueError("no room")

    stop = add_accept_handler(sock, accepted)
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setblocking(False)
        await loop.sock_connect(client, sock.getsockname())
        assert await loop.sock_recv(client, 1) == b""
    stop()
    sock.close()
    (record,) = caplog.records
    assert "error in the handler of a connection" in record.getMessage()


async def test_without_descriptors_it_rests_and_recovers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(acceptor, "ACCEPT_PAUSE", 0.05)
    caplog.set_level(logging.INFO, "zonda.iostream")
    with Door() as door, door.knock() as client:
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        spare = os.dup(0)  # the lowest number that is free: no more descriptors than up to here
        os.close(spare)
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare, limits[1]))
        try:
            before = os.times()
            await asyncio.sleep(0.5)
            after = os.times()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert door.came.empty()
        assert after.user + after.system - before.user - before.system < 0.25
        messages = [record.getMessage() for record in caplog.records]
        assert len(messages) == 1
        assert "cannot accept connections on ('127.0.0.1'" in messages[0]
        assert "Too many open files" in messages[0]
        with await door.came.get() as connection:
            assert connection.getpeername() == client.getsockname()
        assert "accepting connections again" in caplog.records[-1].getMessage()


class Failing:
    """A listening socket whose accept() fails in turn with some errors."""

    def __init__(self, sock: socket.socket, errors: list[int]) -> None:
        self._sock = sock
        self.errors = errors

    def accept(self) -> tuple[socket.socket, Any]:
        if self.errors:
            raise OSError(self.errors[0], os.strerror(self.errors.pop(0)))
        return self._sock.accept()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


@pytest.mark.parametrize("number", [errno.ECONNABORTED, errno.EPERM, errno.EPROTO])
async def test_a_connection_that_is_gone_already(number: int) -> None:
    (sock,) = bind_sockets(0, "127.0.0.1")
    came = asyncio.get_running_loop().create_future()
    failing: Any = Failing(sock, [number] * 3)
    stop = add_accept_handler(failing, lambda connection, _: came.set_result(connection))
    with socket.socket() as client:
        client.setblocking(False)
        client.connect_ex(sock.getsockname())
        (await came).close()
    stop()
    sock.close()


async def test_a_socket_that_somebody_has_closed(caplog: pytest.LogCaptureFixture) -> None:
    (sock,) = bind_sockets(0, "127.0.0.1")
    failing: Any = Failing(sock, [errno.EBADF] * 100)
    stop = add_accept_handler(failing, lambda *_: None)
    with socket.socket() as client:
        client.setblocking(False)
        client.connect_ex(sock.getsockname())
        await asyncio.sleep(0.02)
    (record,) = caplog.records
    assert "accepting ends" in record.getMessage()
    assert len(failing.errors) == 99
    stop()
    sock.close()


async def test_stopping_while_resting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptor, "ACCEPT_PAUSE", 0.01)
    for end in ("stop", "pause"):
        (sock,) = bind_sockets(0, "127.0.0.1")
        failing: Any = Failing(sock, [errno.ENOBUFS] * 100)
        resting = Acceptor(failing, lambda *_: None)
        with socket.socket() as client:
            client.setblocking(False)
            client.connect_ex(sock.getsockname())
            await asyncio.sleep(0.005)
            getattr(resting, end)()
            sock.close()
            tried = len(failing.errors)
            await asyncio.sleep(0.03)
            assert len(failing.errors) == tried
        resting.stop()


async def test_who_waits_in_the_backlog_can_be_taken_at_the_end() -> None:
    [sock] = bind_sockets(0, "127.0.0.1")
    taken: list[socket.socket] = []
    acceptor = Acceptor(sock, lambda connection, address: taken.append(connection))
    acceptor.pause()
    clients = [socket.create_connection(sock.getsockname(), 10) for _ in range(3)]
    acceptor.stop(take_waiting=True)
    assert len(taken) == 3
    acceptor.stop(take_waiting=True)
    for each in (sock, *clients, *taken):
        each.close()
