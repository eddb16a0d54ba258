"""One timer for many deadlines."""

from __future__ import annotations

import asyncio

import pytest

from zonda.iostream import Sweep
from zonda.iostream.sweep import NEVER


class Member:
    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.told = asyncio.Event()

    def timed_out(self) -> None:
        self.deadline = NEVER
        self.told.set()


async def test_those_who_are_late_are_told_once() -> None:
    loop = asyncio.get_running_loop()
    sweep = Sweep(loop, interval=0.01)
    started = loop.time()
    late, early = Member(started + 0.02), Member(NEVER)
    sweep.add(early)
    sweep.add(late)
    await late.told.wait()
    assert loop.time() - started >= 0.02
    assert not early.told.is_set()
    sweep.discard(late)
    sweep.discard(late)
    sweep.discard(early)


async def test_a_deadline_is_never_early() -> None:
    loop = asyncio.get_running_loop()
    sweep = Sweep(loop, interval=0.02)
    other = Member(NEVER)
    sweep.add(other)
    await asyncio.sleep(0.015)
    member = Member(sweep.after(0.01))
    started = loop.time()
    sweep.add(member)
    await member.told.wait()
    assert loop.time() - started >= 0.01
    for each in (other, member):
        sweep.discard(each)


async def test_without_members_there_is_no_timer() -> None:
    loop = asyncio.get_running_loop()
    ticks: list[float] = []
    sweep = Sweep(loop, 0.005, lambda: ticks.append(sweep.now))
    assert ticks == []
    member = Member(NEVER)
    sweep.add(member)
    assert len(ticks) == 1
    await asyncio.sleep(0.03)
    sweep.discard(member)
    await asyncio.sleep(0.01)
    stopped = len(ticks)
    await asyncio.sleep(0.02)
    assert 1 < len(ticks) == stopped
    sweep.add(member)
    assert len(ticks) == stopped + 1
    sweep.discard(member)


@pytest.mark.parametrize("interval", [0, -1.0, float("nan")])
async def test_an_interval_without_sense(interval: float) -> None:
    with pytest.raises(ValueError, match="must be above 0 seconds"):
        Sweep(asyncio.get_running_loop(), interval)


async def test_a_new_interval_counts_at_once() -> None:
    loop = asyncio.get_running_loop()
    sweep = Sweep(loop, interval=60)
    sweep.set_interval(50)
    member = Member(loop.time() + 0.01)
    sweep.add(member)
    sweep.set_interval(0.005)
    await member.told.wait()
    assert sweep.interval == 0.005
    sweep.discard(member)
