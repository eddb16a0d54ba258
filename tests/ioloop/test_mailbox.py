"""Callbacks from other threads."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.at_once import at_once
from zonda.ioloop import IOLoop
from zonda.ioloop.mailbox import Mailbox

CODE = pytest.fail.__call__.__code__

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class Door:
    """A loop as far as `Mailbox` uses one: it opens when the test says so."""

    def __init__(self) -> None:
        self.knocks: list[Callable[[], object]] = []
        self.closed = False

    def call_soon_threadsafe(self, callback: Callable[[], object]) -> None:
        if self.closed:
            raise RuntimeError("Event loop is closed")
        self.knocks.append(callback)

    def is_closed(self) -> bool:
        return self.closed

    def open(self) -> None:
        for knock in self.knocks[: len(self.knocks)]:
            self.knocks.remove(knock)
            knock()


def post(mailbox: Mailbox, callback: Callable[..., object], *args: object) -> None:
    mailbox.post(callback, args, {}, CODE, 0)


def make() -> tuple[Door, Mailbox]:
    door = Door()
    return door, Mailbox(door)  # type: ignore[arg-type]  # has all that is used


def test_many_letters_and_one_knock() -> None:
    door, mailbox = make()
    read: list[int] = []
    for number in range(100):
        post(mailbox, read.append, number)
    assert len(door.knocks) == 1
    door.open()
    assert read == list(range(100))
    post(mailbox, read.append, 100)
    assert len(door.knocks) == 1


def test_letter_that_comes_while_others_are_read_waits_for_the_next_round() -> None:
    door, mailbox = make()
    read: list[str] = []

    def reply() -> None:
        read.append("letter")
        post(mailbox, read.append, "reply")

    post(mailbox, reply)
    door.open()
    assert read == ["letter"]
    door.open()
    assert read == ["letter", "reply"]
    assert door.knocks == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_letters_are_not_lost_when_one_ends_the_program(error: type[BaseException]) -> None:
    door, mailbox = make()
    read: list[str] = []

    def end() -> None:
        raise error

    post(mailbox, end)
    post(mailbox, read.append, "after")
    with pytest.raises(error):
        door.open()
    door.open()
    assert read == ["after"]


@pytest.mark.parametrize("knocked_before", [False, True])
def test_letters_to_a_closed_loop_are_not_collected(knocked_before: bool) -> None:
    door, mailbox = make()
    if knocked_before:
        post(mailbox, pytest.fail)
    door.closed = True
    for _ in range(10):
        post(mailbox, pytest.fail)
        assert len(mailbox._letters) == 0


def test_letter_is_read_in_the_context_of_its_writer() -> None:
    door, mailbox = make()
    seen: list[str] = []

    def write(name: str) -> None:
        variable.set(name)
        post(mailbox, lambda: seen.append(variable.get()))

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
        thread.join()
    door.open()
    assert seen == ["one", "two"]
    assert variable.get() == "unset"


async def test_no_letter_is_lost_between_busy_threads() -> None:
    loop = IOLoop.current()
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    turns = 3000

    def play(turn: int) -> None:
        """Threads and the loop throw a ball to and fro, with the door between them."""
        if turn == turns:
            done.set_result(None)
        else:
            pool.submit(loop.add_callback, play, turn + 1)

    from concurrent.futures import ThreadPoolExecutor

    pool: Any = ThreadPoolExecutor(3)
    play(0)
    await done
    pool.shutdown()
    assert done.done()


def test_bursts_of_many_threads_are_read_once_and_in_order() -> None:
    loop = IOLoop(make_current=False)
    writers, bursts, size = 4, 200, 50
    read: list[list[int]] = [[] for _ in range(writers)]

    def write(writer: int) -> None:
        for burst in range(bursts):
            for number in range(size):
                loop.add_callback(read[writer].append, burst * size + number)
            if burst % 8 == writer:  # so that the loop falls asleep, and has to be woken
                time.sleep(0)
        loop.add_callback(written)

    left = writers

    def written() -> None:
        nonlocal left
        left -= 1
        if not left:
            loop.stop()

    with ThreadPoolExecutor(1) as aside:
        writing = aside.submit(at_once, [partial(write, writer) for writer in range(writers)])
        loop.start()
        writing.result()
    loop.close()
    assert read == [list(range(bursts * size))] * writers
