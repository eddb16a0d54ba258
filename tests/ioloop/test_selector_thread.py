"""The thread that waits for descriptors where the loop itself cannot."""

from __future__ import annotations

import os
import selectors
import socket
import threading
from collections.abc import Callable

import pytest

from tests.ioloop.conftest import LoopWithoutReaders
from zonda.ioloop import IOLoop

Start = Callable[[IOLoop], None]


def must_not_be_called(file: object, events: int) -> None:
    pytest.fail(f"{file} was told of {events}")


def socket_pair() -> tuple[socket.socket, socket.socket]:
    one, other = socket.socketpair()
    one.setblocking(False)
    other.setblocking(False)
    return one, other


def selector_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "zonda selector"]


def test_there_is_no_thread_until_it_is_needed() -> None:
    loop = IOLoop(asyncio_loop=LoopWithoutReaders())
    assert selector_threads() == []
    one, other = socket_pair()
    loop.add_handler(one, must_not_be_called, IOLoop.READ)
    assert len(selector_threads()) == 1
    loop.close()
    assert selector_threads() == []
    one.close()
    other.close()


def test_loop_that_can_wait_gets_no_thread(io_loop: IOLoop) -> None:
    one, other = socket_pair()
    io_loop.add_handler(one, must_not_be_called, IOLoop.READ)
    assert selector_threads() == []
    io_loop.remove_handler(one)
    one.close()
    other.close()


def test_thread_ends_with_a_loop_that_somebody_else_closes(start: Start) -> None:
    asyncio_loop = LoopWithoutReaders()
    loop = IOLoop(asyncio_loop=asyncio_loop)
    one, other = socket_pair()
    loop.add_handler(one, must_not_be_called, IOLoop.READ)
    asyncio_loop.close()
    other.send(b".")  # wakes the thread, which has nobody to tell
    for thread in selector_threads():
        thread.join(10)
    assert selector_threads() == []
    loop.close()
    one.close()
    other.close()


def test_many_descriptors_with_changes_while_it_selects(start: Start) -> None:
    loop = IOLoop(asyncio_loop=LoopWithoutReaders())
    pairs = [socket_pair() for _ in range(50)]
    received: list[bytes] = []

    def handle(sock: socket.socket, events: int) -> None:
        received.append(sock.recv(10))
        loop.remove_handler(sock)
        if len(received) == len(pairs):
            loop.stop()

    def add(number: int) -> None:
        if number < len(pairs):
            loop.add_handler(pairs[number][0], handle, IOLoop.READ)
            pairs[number - 1][1].send(str(number - 1).encode())
            loop.call_later(0.001 * (number % 2), add, number + 1)
        else:
            pairs[-1][1].send(str(len(pairs) - 1).encode())

    loop.add_callback(add, 0)
    pairs[-1][1].send(b"")
    try:
        start(loop)
    finally:
        loop.close()
        for one, other in pairs:
            one.close()
            other.close()
    # The first step has written to the last socket, which had no handler yet.
    assert {int(data) for data in received} >= set(range(len(pairs) - 1))


def test_file_that_cannot_be_waited_for_is_logged_and_dropped(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    loop = IOLoop(asyncio_loop=LoopWithoutReaders())
    one, other = socket_pair()
    received: list[bytes] = []

    def handle(sock: socket.socket, events: int) -> None:
        received.append(sock.recv(10))
        loop.stop()

    loop.add_handler(one, handle, IOLoop.READ)
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    loop.add_handler(reader, must_not_be_called, IOLoop.READ)
    other.send(b"alive")
    start(loop)
    loop.close()
    one.close()
    other.close()
    assert received == [b"alive"]
    assert f"No events of descriptor {reader} can be waited for" in caplog.text


def test_descriptor_that_is_closed_on_the_way_harms_no_other(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With ``select``, the only one that Windows has, a closed descriptor is an error of all."""
    monkeypatch.setattr(selectors, "DefaultSelector", selectors.SelectSelector)
    loop = IOLoop(asyncio_loop=LoopWithoutReaders())
    one, other = socket_pair()
    doomed, peer = socket_pair()
    quiet, partner = socket_pair()
    received: list[bytes] = []

    def handle(sock: socket.socket, events: int) -> None:
        received.append(sock.recv(10))
        loop.stop()

    number = doomed.fileno()
    loop.add_handler(number, must_not_be_called, IOLoop.READ)
    loop.add_handler(one, handle, IOLoop.READ)
    loop.add_callback(doomed.close)
    loop.call_later(0.02, loop.add_handler, quiet, must_not_be_called, IOLoop.READ)
    loop.call_later(0.03, other.send, b"alive")
    start(loop)
    loop.close()
    for sock in (one, other, peer, quiet, partner):
        sock.close()
    assert received == [b"alive"]
    assert f"No events of descriptor {number} can be waited for" in caplog.text
