"""PeriodicCallback, on a loop whose time the test moves."""

from __future__ import annotations

import asyncio
import contextvars
import datetime
import itertools
import math
import selectors
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from zonda.ioloop import IOLoop, PeriodicCallback


class VirtualLoop(asyncio.SelectorEventLoop):
    """Where nobody waits: the time that would be slept is added to the clock."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(Selector(self))

    def time(self) -> float:
        return self.now


class Selector(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self.loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            self.loop.now = max(self.loop.now + timeout, math.nextafter(self.loop.now, math.inf))
        return super().select(0)


class Course:
    """What happens in a virtual loop, with its times in milliseconds from the beginning."""

    def __init__(self) -> None:
        self.asyncio_loop = VirtualLoop()
        self.io_loop = IOLoop(asyncio_loop=self.asyncio_loop)
        self.calls: list[float] = []

    def now(self) -> float:
        return round((self.asyncio_loop.now - 1000) * 1000, 6)

    def work(self, milliseconds: float) -> None:
        """Block the loop."""
        self.asyncio_loop.now += milliseconds / 1000

    def call(self) -> None:
        self.calls.append(self.now())

    def run(self, milliseconds: float) -> list[float]:
        self.io_loop.call_later(milliseconds / 1000, self.io_loop.stop)
        self.io_loop.start()
        return self.calls


@pytest.fixture
def course() -> Iterator[Course]:
    course = Course()
    yield course
    course.io_loop.close()


def test_calls_form_a_grid(course: Course) -> None:
    PeriodicCallback(course.call, 10).start()
    assert course.run(55) == pytest.approx([10, 20, 30, 40, 50])


@pytest.mark.parametrize(
    "period", [datetime.timedelta(milliseconds=10), datetime.timedelta(microseconds=10_000)]
)
def test_period_may_be_a_timedelta(course: Course, period: datetime.timedelta) -> None:
    timer = PeriodicCallback(course.call, period)
    timer.start()
    assert timer.callback_time == 10
    assert course.run(35) == pytest.approx([10, 20, 30])


def test_thousand_calls_do_not_drift(course: Course) -> None:
    def work() -> None:
        course.call()
        course.work(3)

    PeriodicCallback(work, 10).start()
    calls = course.run(10_005)
    assert len(calls) == 1000
    assert calls[-1] == pytest.approx(10_000)


def test_call_longer_than_the_period_lets_the_next_ones_fall_out(course: Course) -> None:
    def work() -> None:
        course.call()
        course.work(25 if len(course.calls) == 1 else 1)

    PeriodicCallback(work, 10).start()
    assert course.run(65) == pytest.approx([10, 40, 50, 60])


@pytest.mark.parametrize("hours", [1, 24 * 30])
def test_loop_that_stood_still_makes_up_for_nothing(course: Course, hours: float) -> None:
    PeriodicCallback(course.call, 10).start()
    course.run(15)
    course.work(hours * 3_600_000 + 3)
    course.calls.clear()
    before = course.now()
    calls = [when - before for when in course.run(35)]
    assert calls == pytest.approx([0, 2, 12, 22, 32], abs=0.01)


@pytest.mark.parametrize("jump", [-7200, 7200])
def test_setting_the_time_of_day_changes_nothing(
    course: Course, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    PeriodicCallback(course.call, 10).start()
    course.run(25)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    assert course.run(25) == pytest.approx([10, 20, 30, 40, 50])


def test_coroutines_never_overlap(course: Course) -> None:
    ends: list[float] = []

    async def work() -> None:
        course.call()
        await asyncio.sleep(0.025)
        ends.append(course.now())

    PeriodicCallback(work, 10).start()
    assert course.run(97) == pytest.approx([10, 40, 70])
    assert ends == pytest.approx([35, 65, 95])


def test_quick_coroutines_keep_to_the_grid(course: Course) -> None:
    async def work() -> None:
        course.call()
        await asyncio.sleep(0.003)

    PeriodicCallback(work, 10).start()
    assert course.run(45) == pytest.approx([10, 20, 30, 40])


def test_coroutine_that_does_not_wait(course: Course) -> None:
    async def work() -> None:
        course.call()

    PeriodicCallback(work, 10).start()
    assert course.run(35) == pytest.approx([10, 20, 30])


@pytest.mark.parametrize("jitter", [0.1, 0.5, 1])
def test_jitter_varies_the_periods_without_drift(course: Course, jitter: float) -> None:
    PeriodicCallback(course.call, 10, jitter=jitter).start()
    calls = course.run(2000.1 + 2.5)
    periods = [after - before for before, after in itertools.pairwise(calls)]
    assert len(set(periods)) > 100
    assert all(10 * (1 - jitter / 2) <= period <= 10 * (1 + jitter / 2) for period in periods)
    assert max(periods) - min(periods) > 5 * jitter
    assert len(calls) == 200
    assert all(abs(when - 10 * number) <= 2.5 for number, when in enumerate(calls, 1))


@pytest.mark.parametrize("period", [0, -1, math.inf, math.nan, datetime.timedelta(0)])
def test_period_must_be_positive(period: float | datetime.timedelta) -> None:
    with pytest.raises(ValueError, match="callback_time must be above 0 milliseconds, not"):
        PeriodicCallback(pytest.fail, period)


def test_period_must_be_a_number() -> None:
    with pytest.raises(TypeError, match="a number of milliseconds or a timedelta, not '5'"):
        PeriodicCallback(pytest.fail, "5")  # type: ignore[arg-type]


@pytest.mark.parametrize("jitter", [-0.1, 1.1, math.nan])
def test_jitter_must_be_a_share(jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter must be from 0 to 1, not"):
        PeriodicCallback(pytest.fail, 10, jitter=jitter)


def test_stop(course: Course) -> None:
    timer = PeriodicCallback(course.call, 10)
    assert not timer.is_running()
    timer.stop()
    timer.start()
    assert timer.is_running()
    course.run(25)
    timer.stop()
    assert not timer.is_running()
    assert course.run(100) == pytest.approx([10, 20])


def test_stop_inside_the_callback(course: Course) -> None:
    def call() -> None:
        course.call()
        if len(course.calls) == 2:
            timer.stop()

    timer = PeriodicCallback(call, 10)
    timer.start()
    assert course.run(100) == pytest.approx([10, 20])


def test_start_again(course: Course) -> None:
    timer = PeriodicCallback(course.call, 10)
    timer.start()
    course.run(15)
    timer.stop()
    course.run(20)
    timer.start()
    assert course.run(25) == pytest.approx([10, 45, 55])


def test_start_twice_begins_a_new_grid(course: Course) -> None:
    timer = PeriodicCallback(course.call, 10)
    timer.start()
    course.run(15)
    timer.start()
    assert course.run(25) == pytest.approx([10, 25, 35])


def test_start_again_inside_the_callback(course: Course) -> None:
    def call() -> None:
        course.call()
        course.work(3)
        timer.start()

    timer = PeriodicCallback(call, 10)
    timer.start()
    assert course.run(40) == pytest.approx([10, 23, 36])


def test_stop_lets_a_coroutine_end(course: Course) -> None:
    ends: list[float] = []

    async def work() -> None:
        await asyncio.sleep(0.025)
        ends.append(course.now())

    timer = PeriodicCallback(work, 10)
    timer.start()
    course.run(15)
    timer.stop()
    course.run(100)
    assert ends == pytest.approx([35])


def test_start_again_during_a_coroutine_does_not_overlap(course: Course) -> None:
    ends: list[float] = []

    async def work() -> None:
        course.call()
        await asyncio.sleep(0.025)
        ends.append(course.now())

    timer = PeriodicCallback(work, 10)
    timer.start()
    course.run(12)
    timer.stop()
    timer.start()
    course.run(58)
    assert course.calls == pytest.approx([10, 42])
    assert ends == pytest.approx([35, 67])


def test_started_anew_by_its_own_coroutine(course: Course) -> None:
    """In the first step already, before the timer knows that there is a coroutine."""

    async def work() -> None:
        course.call()
        timer.start()
        await asyncio.sleep(0.025)

    timer = PeriodicCallback(work, 10)
    timer.start()
    assert course.run(95) == pytest.approx([10, 40, 70])


def test_exceptions_are_logged_and_the_next_call_comes(
    course: Course, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail_later() -> None:
        await asyncio.sleep(0)
        raise LookupError("later")

    def fail() -> Any:
        course.call()
        if len(course.calls) % 2:
            raise LookupError("now")
        return fail_later()

    PeriodicCallback(fail, 10).start()
    assert course.run(45) == pytest.approx([10, 20, 30, 40])
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == [
        "now",
        "later",
        "now",
        "later",
    ]
    assert all("test_exceptions_are_logged_and" in message for message in caplog.messages)


def test_cancelled_coroutine_does_not_end_the_timer(course: Course) -> None:
    async def work() -> None:
        course.call()
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    PeriodicCallback(work, 10).start()
    assert course.run(35) == pytest.approx([10, 20, 30])


def test_other_results_are_ignored(course: Course) -> None:
    PeriodicCallback(lambda: course.calls.append(course.now()) or 42, 10).start()  # type: ignore[func-returns-value]  # append has no value, 42 has
    assert course.run(25) == pytest.approx([10, 20])


@pytest.mark.parametrize("awaits", [False, True])
def test_every_call_has_the_context_of_the_start(course: Course, awaits: bool) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    seen: list[str] = []

    def call() -> Any:
        seen.append(variable.get())
        return asyncio.sleep(0.001) if awaits else None

    timer = PeriodicCallback(call, 10)
    context = contextvars.copy_context()
    context.run(variable.set, "at the start")
    context.run(timer.start)
    course.run(35)
    assert seen == ["at the start"] * 3


def test_timer_that_was_stopped_between_two_calls_is_started_anew(course: Course) -> None:
    timer = PeriodicCallback(course.call, 10)
    timer.start()
    course.run(25)
    timer.stop()
    timer.start()
    assert course.run(25) == pytest.approx([10, 20, 35, 45])


def test_period_may_be_changed_on_the_way(course: Course) -> None:
    timer = PeriodicCallback(course.call, 10)
    timer.start()
    course.run(15)
    timer.callback_time = 30
    assert course.run(60) == pytest.approx([10, 20, 50])


def test_it_may_be_made_in_one_thread_and_started_in_the_loop(course: Course) -> None:
    made: list[PeriodicCallback] = []
    thread = threading.Thread(target=lambda: made.append(PeriodicCallback(course.call, 10)))
    thread.start()
    thread.join()
    course.io_loop.add_callback(made[0].start)
    assert course.run(25) == pytest.approx([10, 20])
    assert made[0].io_loop is course.io_loop


def test_description() -> None:
    assert repr(PeriodicCallback(print, 10)) == f"<PeriodicCallback of {print!r} every 10 ms>"


async def test_on_the_real_loop() -> None:
    ticks: asyncio.Queue[float] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def tick() -> None:
        await asyncio.sleep(0)
        ticks.put_nowait(loop.time())

    timer = PeriodicCallback(tick, 5)
    timer.start()
    times = [await ticks.get() for _ in range(5)]
    timer.stop()
    assert times == sorted(times)
    assert times[-1] - times[0] > 0.01
