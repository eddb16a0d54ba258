"""The heap of timeouts."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.ioloop import IOLoop
from zonda.ioloop.timers import MIN_CANCELLED_TO_CLEAR, Timeout, Timers

CODE = pytest.fail.__call__.__code__


class Clock:
    """A loop as far as `Timers` uses one: the test moves its time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.armed: list[Handle] = []
        self.asked = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], object]) -> Handle:
        self.asked += 1
        handle = Handle(self, when, callback)
        self.armed.append(handle)
        return handle

    def advance(self, to: float) -> None:
        while due := [handle for handle in self.armed if handle.when <= to]:
            handle = min(due, key=lambda handle: handle.when)
            self.now = max(self.now, handle.when)
            handle.fire()
        self.now = to


class Handle:
    """A timer of that loop."""

    def __init__(self, clock: Clock, when: float, callback: Callable[[], object]) -> None:
        self.clock = clock
        self.when = when
        self.callback = callback

    def cancel(self) -> None:
        self.clock.armed.remove(self)

    def fire(self) -> None:
        self.clock.armed.remove(self)
        self.callback()


def make() -> tuple[Clock, Timers]:
    clock = Clock()
    return clock, Timers(clock)  # type: ignore[arg-type]  # has all that is used


def add(timers: Timers, when: float, callback: Callable[..., object], *args: object) -> Timeout:
    return timers.add(when, callback, args, {}, CODE, 0)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 50)),
        st.tuples(st.just("remove"), st.integers(0, 300)),
        st.tuples(st.just("advance"), st.integers(0, 20)),
    ),
    max_size=300,
)


@given(steps=steps)
def test_every_timeout_comes_once_in_order_and_in_time(steps: list[tuple[str, int]]) -> None:
    clock, timers = make()
    called: list[tuple[float, int]] = []
    expected: dict[int, float] = {}
    made: list[Timeout] = []
    for kind, number in steps:
        if kind == "add":
            when, name = clock.now + number, len(made)
            made.append(
                add(timers, when, lambda when, name: called.append((when, name)), when, name)
            )
            expected[name] = when
        elif kind == "remove" and made:
            timers.remove(made[number % len(made)])
            expected.pop(number % len(made), None)
        elif kind == "advance":
            target = clock.now + number
            due = sorted((when, name) for name, when in expected.items() if when <= target)
            clock.advance(target)
            assert called == due
            called.clear()
            for _, name in due:
                del expected[name]
        assert len(clock.armed) == bool(timers._heap)
    timers.close()
    assert clock.armed == []


def test_later_timeouts_ask_the_loop_for_nothing() -> None:
    clock, timers = make()
    for when in range(10, 1000):
        add(timers, when, pytest.fail)
    assert clock.asked == 1
    add(timers, 5, pytest.fail)
    assert clock.asked == 2


def test_memory_of_what_was_taken_back_is_freed() -> None:
    _, timers = make()
    kept = [add(timers, 1000, pytest.fail) for _ in range(10)]
    for _ in range(100):
        for timeout in [add(timers, 100, pytest.fail) for _ in range(MIN_CANCELLED_TO_CLEAR)]:
            timers.remove(timeout)
        assert len(timers._heap) <= len(kept) + 2 * MIN_CANCELLED_TO_CLEAR + 1
    assert all(any(entry[2] is timeout for entry in timers._heap) for timeout in kept)


def test_what_was_taken_back_keeps_no_arguments() -> None:
    class Big:
        pass

    _, timers = make()
    big = Big()
    reference = weakref.ref(big)
    timeout = timers.add(1, pytest.fail, (big,), {"big": big}, CODE, 0)
    timers.remove(timeout)
    del big
    gc.collect()
    assert reference() is None


def test_timeout_that_another_one_takes_back_at_the_same_time() -> None:
    clock, timers = make()
    called: list[str] = []
    add(timers, 1, lambda: timers.remove(second))
    second = add(timers, 1, called.append, "second")
    add(timers, 1, called.append, "third")
    clock.advance(1)
    assert called == ["third"]


def test_timeout_without_delay_waits_for_the_next_round() -> None:
    clock, timers = make()
    rounds: list[int] = []

    def again() -> None:
        rounds.append(clock.asked)
        if len(rounds) < 5:
            add(timers, clock.now, again)

    add(timers, 0, again)
    clock.advance(0)
    assert rounds == [1, 2, 3, 4, 5]


def test_timer_that_wakes_early_calls_what_it_was_set_for() -> None:
    """As on loops that round times to milliseconds."""
    clock, timers = make()
    called: list[str] = []
    add(timers, 1.0004, called.append, "due")
    add(timers, 1.0006, called.append, "not yet")
    clock.now = 1.0
    clock.armed[0].fire()
    assert called == ["due"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_is_due_is_not_lost_when_one_ends_the_program(error: type[BaseException]) -> None:
    clock, timers = make()
    called: list[str] = []

    def end() -> None:
        raise error

    add(timers, 1, end)
    add(timers, 1, called.append, "due too")
    with pytest.raises(error):
        clock.advance(1)
    clock.advance(1)
    assert called == ["due too"]


def test_description() -> None:
    _, timers = make()
    timeout = add(timers, 1, print)
    assert repr(timeout) == f"<Timeout {print!r}>"
    timers.remove(timeout)
    assert repr(timeout) == "<Timeout over>"


async def test_timeouts_of_a_loop_that_others_run() -> None:
    loop = IOLoop.current()
    done = asyncio.Event()
    loop.call_later(0.001, done.set)
    await done.wait()
    assert IOLoop.current() is loop
