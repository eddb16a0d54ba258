"""Handlers of descriptors, on loops that can wait for them and on one that cannot."""

from __future__ import annotations

import logging
import os
import select
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from zonda.ioloop import HandlerExistsError, IOLoop

Start = Callable[[IOLoop], None]
Sockets = tuple[socket.socket, socket.socket]

READ, WRITE, ERROR = IOLoop.READ, IOLoop.WRITE, IOLoop.ERROR


def must_not_be_called(file: object, events: int) -> None:
    pytest.fail(f"{file} was told of {events}")


@pytest.fixture
def pair() -> Iterator[Sockets]:
    """Two connected sockets; the first is the one that is waited for."""
    one, other = socket.socketpair()
    one.setblocking(False)
    other.setblocking(False)
    yield one, other
    one.close()
    other.close()


@pytest.fixture
def tcp_pair() -> Iterator[Sockets]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        other, _ = server.accept()
    one.setblocking(False)
    yield one, other
    one.close()
    other.close()


def reset(sock: socket.socket) -> None:
    """Close a TCP connection the hard way."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def soon(loop: IOLoop, callback: Callable[[], object]) -> None:
    """After some rounds of the loop, each of which handles whatever descriptor is ready."""
    one, other = socket.socketpair()
    one.setblocking(False)
    other.setblocking(False)
    other.send(b"....")
    rounds: list[int] = []

    def handle(sock: socket.socket, events: int) -> None:
        one.recv(1)
        rounds.append(events)
        if len(rounds) == 4:
            loop.remove_handler(one)
            one.close()
            other.close()
            callback()

    loop.add_handler(one, handle, READ)


def test_read(any_io_loop: IOLoop, start: Start, pair: Sockets) -> None:
    loop, (one, other) = any_io_loop, pair
    seen: list[Any] = []

    def handle(fd: int, events: int) -> None:
        seen.append((fd, events, one.recv(100)))
        loop.stop()

    loop.add_handler(one.fileno(), handle, READ)
    for message in (b"first", b"second"):
        other.send(message)
        start(loop)
    assert seen == [(one.fileno(), READ, b"first"), (one.fileno(), READ, b"second")]


def test_handler_gets_what_was_added(any_io_loop: IOLoop, start: Start, pair: Sockets) -> None:
    loop, (one, other) = any_io_loop, pair
    seen: list[object] = []

    def handle(sock: socket.socket, events: int) -> None:
        seen.append(sock)
        sock.recv(100)
        loop.stop()

    loop.add_handler(one, handle, READ)
    other.send(b".")
    start(loop)
    assert seen == [one]


def test_write(any_io_loop: IOLoop, start: Start, pair: Sockets) -> None:
    loop, (one, _) = any_io_loop, pair
    seen: list[int] = []

    def handle(fd: int, events: int) -> None:
        seen.append(events)
        loop.remove_handler(fd)
        loop.stop()

    loop.add_handler(one.fileno(), handle, WRITE)
    start(loop)
    soon(loop, loop.stop)
    start(loop)
    assert seen == [WRITE]


def test_read_and_write(any_io_loop: IOLoop, start: Start, pair: Sockets) -> None:
    loop, (one, other) = any_io_loop, pair
    seen = 0

    def handle(fd: int, events: int) -> None:
        nonlocal seen
        seen |= events
        if seen == READ | WRITE:
            loop.remove_handler(fd)
            loop.stop()

    other.send(b".")
    loop.add_handler(one.fileno(), handle, READ | WRITE)
    start(loop)
    assert seen == READ | WRITE


def test_handler_is_called_until_everything_is_read(
    any_io_loop: IOLoop, start: Start, pair: Sockets
) -> None:
    loop, (one, other) = any_io_loop, pair
    seen: list[bytes] = []

    def handle(fd: int, events: int) -> None:
        seen.append(one.recv(1))
        if len(seen) == 3:
            loop.stop()

    loop.add_handler(one.fileno(), handle, READ)
    other.send(b"abc")
    start(loop)
    assert seen == [b"a", b"b", b"c"]


def test_update(any_io_loop: IOLoop, start: Start, pair: Sockets) -> None:
    loop, (one, other) = any_io_loop, pair
    seen: list[int] = []

    def handle(fd: int, events: int) -> None:
        seen.append(events)
        if events & READ:
            one.recv(100)
            loop.update_handler(fd, WRITE)
        else:
            loop.update_handler(fd, IOLoop.NONE)
            soon(loop, loop.stop)

    loop.add_handler(one.fileno(), handle, READ)
    other.send(b".")
    start(loop)
    other.send(b".")
    soon(loop, loop.stop)
    start(loop)
    assert seen == [READ, WRITE]
    loop.update_handler(one.fileno(), READ)
    start(loop)
    assert seen == [READ, WRITE, READ, WRITE]


def test_remove(any_io_loop: IOLoop, start: Start, pair: Sockets) -> None:
    loop, (one, other) = any_io_loop, pair
    for _ in range(2):
        loop.add_handler(one, must_not_be_called, READ | WRITE | ERROR)
        loop.remove_handler(one)
    loop.remove_handler(one)
    loop.remove_handler(one.fileno())
    other.send(b".")
    soon(loop, loop.stop)
    start(loop)


def test_handler_that_another_one_removes_is_not_called(
    any_io_loop: IOLoop, start: Start, pair: Sockets
) -> None:
    loop, (one, other) = any_io_loop, pair
    called: list[object] = []

    def handle(sock: socket.socket, events: int) -> None:
        called.append(sock)
        loop.remove_handler(one)
        loop.remove_handler(other)
        soon(loop, loop.stop)

    for sock in (one, other):
        loop.add_handler(sock, handle, READ)
    one.send(b".")
    other.send(b".")
    start(loop)
    assert len(called) == 1


def test_second_handler_is_refused(any_io_loop: IOLoop, pair: Sockets) -> None:
    one, _ = pair
    any_io_loop.add_handler(one, must_not_be_called, READ)
    with pytest.raises(HandlerExistsError, match="change it with update_handler"):
        any_io_loop.add_handler(one, must_not_be_called, WRITE)
    with pytest.raises(HandlerExistsError, match="change it with update_handler"):
        any_io_loop.add_handler(one.fileno(), must_not_be_called, WRITE)


def test_update_without_a_handler_is_refused(any_io_loop: IOLoop, pair: Sockets) -> None:
    with pytest.raises(ValueError, match="has no handler"):
        any_io_loop.update_handler(pair[0], READ)


def test_unknown_events_are_refused(any_io_loop: IOLoop, pair: Sockets) -> None:
    loop, (one, _) = any_io_loop, pair
    with pytest.raises(ValueError, match="made of READ, WRITE and ERROR, not 0x2"):
        loop.add_handler(one, must_not_be_called, 2)
    loop.add_handler(one, must_not_be_called, READ)
    with pytest.raises(ValueError, match="not 0x101"):
        loop.update_handler(one, READ | 0x100)


def test_what_has_no_descriptor_is_refused(any_io_loop: IOLoop) -> None:
    with pytest.raises(TypeError, match=r"a number or an object with fileno\(\), not 'x'"):
        any_io_loop.add_handler("x", must_not_be_called, READ)  # type: ignore[call-overload]


def test_closed_descriptors_are_refused(any_io_loop: IOLoop, pair: Sockets) -> None:
    one, _ = pair
    one.close()
    with pytest.raises(ValueError, match="is closed or no file descriptor"):
        any_io_loop.add_handler(one, must_not_be_called, READ)
    with pytest.raises(ValueError, match="is closed or no file descriptor"):
        any_io_loop.add_handler(-1, must_not_be_called, READ)


def test_file_object_may_be_removed_after_it_was_closed(
    any_io_loop: IOLoop, start: Start, pair: Sockets
) -> None:
    loop, (one, _) = any_io_loop, pair
    number = one.fileno()
    loop.add_handler(one, must_not_be_called, READ)
    one.close()
    loop.remove_handler(one)
    again, other = socket.socketpair()
    if again.fileno() == number:
        loop.add_handler(again, lambda *_: loop.stop(), READ)
        other.send(b".")
        start(loop)
    again.close()
    other.close()
    assert again is not one


def test_file_that_cannot_be_waited_for_is_refused(io_loop: IOLoop, tmp_path: Any) -> None:
    with (tmp_path / "file").open("wb") as file:
        for events in (READ, WRITE, ERROR, READ | WRITE | ERROR):
            with pytest.raises(OSError):
                io_loop.add_handler(file, must_not_be_called, events)
    one, other = socket.socketpair()  # the number is free again
    io_loop.add_handler(one, must_not_be_called, READ)
    io_loop.remove_handler(one)
    one.close()
    other.close()


def test_exception_in_a_handler_is_logged(
    any_io_loop: IOLoop, start: Start, pair: Sockets, caplog: pytest.LogCaptureFixture
) -> None:
    loop, (one, other) = any_io_loop, pair

    def handle(fd: int, events: int) -> None:
        one.recv(100)
        soon(loop, loop.stop)
        raise LookupError("in the handler")

    loop.add_handler(one.fileno(), handle, READ)
    other.send(b".")
    with caplog.at_level(logging.ERROR, "zonda.application"):
        start(loop)
    assert "in the handler" in caplog.text
    assert "test_exception_in_a_handler_is_logged" in caplog.text


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_exceptions_that_end_the_program_leave_start(
    any_io_loop: IOLoop, start: Start, pair: Sockets, error: type[BaseException]
) -> None:
    loop, (one, other) = any_io_loop, pair
    seen: list[bytes] = []

    def handle(fd: int, events: int) -> None:
        seen.append(one.recv(1))
        raise error

    loop.add_handler(one.fileno(), handle, READ)
    for byte in (b"a", b"b"):
        other.send(byte)
        with pytest.raises(error):
            start(loop)
    assert seen == [b"a", b"b"]


def test_coroutine_function_as_a_handler(any_io_loop: IOLoop, start: Start, pair: Sockets) -> None:
    loop, (one, other) = any_io_loop, pair
    seen: list[bytes] = []

    async def handle(fd: int, events: int) -> None:
        seen.append(one.recv(100))
        loop.stop()

    loop.add_handler(one.fileno(), handle, READ)
    other.send(b"message")
    start(loop)
    assert seen == [b"message"]


# Errors

needs_epoll = pytest.mark.skipif(not hasattr(select, "epoll"), reason="needs epoll")


@needs_epoll
def test_error_alone_is_silent_while_there_is_none(
    any_io_loop: IOLoop, start: Start, pair: Sockets
) -> None:
    loop, (one, other) = any_io_loop, pair
    loop.add_handler(one, must_not_be_called, ERROR)
    other.send(b"data is no error")
    soon(loop, loop.stop)
    start(loop)


@needs_epoll
@pytest.mark.parametrize("events", [ERROR, READ | ERROR, READ | WRITE | ERROR])
def test_reset_connection_is_an_error(
    any_io_loop: IOLoop, start: Start, tcp_pair: Sockets, events: int
) -> None:
    loop, (one, other) = any_io_loop, tcp_pair
    seen = 0

    def handle(sock: socket.socket, happened: int) -> None:
        nonlocal seen
        seen |= happened
        if happened & ERROR:
            assert happened & ~events == 0
            loop.remove_handler(sock)
            loop.stop()

    loop.add_handler(one, handle, events)
    loop.add_callback(reset, other)
    start(loop)
    assert seen & (READ | ERROR) == events & (READ | ERROR)


@needs_epoll
def test_data_before_the_hangup_is_not_lost(
    any_io_loop: IOLoop, start: Start, pair: Sockets
) -> None:
    loop, (one, other) = any_io_loop, pair
    received: list[bytes] = []

    def handle(sock: socket.socket, events: int) -> None:
        if events & READ:
            received.append(sock.recv(2))
        if events & ERROR and not received[-1]:
            loop.remove_handler(sock)
            loop.stop()

    loop.add_handler(one, handle, READ | ERROR)
    other.send(b"abc")
    other.close()
    start(loop)
    assert b"".join(received) == b"abc"


@needs_epoll
def test_closed_reader_of_a_pipe_is_an_error(any_io_loop: IOLoop, start: Start) -> None:
    loop = any_io_loop
    reader, writer = os.pipe()
    seen: list[int] = []

    def handle(fd: int, events: int) -> None:
        seen.append(events)
        loop.remove_handler(fd)
        loop.stop()

    loop.add_handler(writer, handle, ERROR)
    loop.add_callback(os.close, reader)
    start(loop)
    os.close(writer)
    assert seen == [ERROR]


@needs_epoll
def test_descriptor_that_was_closed_without_removing_it_is_no_busy_loop(
    any_io_loop: IOLoop, start: Start, pair: Sockets
) -> None:
    loop, (one, other) = any_io_loop, pair
    loop.add_handler(one.fileno(), must_not_be_called, ERROR)
    one.close()
    other.close()
    loop.call_later(0.02, loop.stop)  # not soon, whose descriptor would get the number
    start(loop)


def test_error_without_epoll_comes_with_read(
    io_loop: IOLoop, start: Start, tcp_pair: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(select, "epoll", raising=False)
    one, other = tcp_pair
    seen: list[int] = []

    def handle(sock: socket.socket, events: int) -> None:
        seen.append(events)
        io_loop.remove_handler(sock)
        io_loop.stop()

    io_loop.add_handler(one, handle, READ | ERROR)
    io_loop.add_callback(reset, other)
    start(io_loop)
    assert seen == [READ]


async def test_handlers_in_a_loop_that_others_run(pair: Sockets) -> None:
    import asyncio

    loop, (one, other) = IOLoop.current(), pair
    received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def handle(sock: socket.socket, events: int) -> None:
        loop.remove_handler(sock)
        received.set_result(sock.recv(100))

    loop.add_handler(one, handle, READ)
    other.send(b"guest")
    assert await received == b"guest"
