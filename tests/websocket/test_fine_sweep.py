"""Timeouts get a sweep that is fine enough, and share it."""

from __future__ import annotations

import asyncio

import pytest

from zonda.iostream import Sweep
from zonda.websocket.fine_sweep import sweep_for


@pytest.mark.parametrize(
    ("shortest", "interval"),
    [(None, 1.0), (60, 1.0), (4, 1.0), (3.9, 0.5), (1, 0.25), (0.1, 0.015625)],
)
async def test_four_looks_fit_into_the_shortest_timeout(
    shortest: float | None, interval: float
) -> None:
    loop = asyncio.get_running_loop()
    assert sweep_for(loop, shortest).interval == interval
    assert sweep_for(loop, shortest) is sweep_for(loop, shortest)


async def test_the_usual_sweep_is_used_if_it_is_fine_enough() -> None:
    loop = asyncio.get_running_loop()
    usual = Sweep(loop)
    assert sweep_for(loop, None, usual) is usual
    assert sweep_for(loop, 10, usual) is usual
    assert sweep_for(loop, 1, usual).interval == 0.25


async def test_there_is_a_finest_one() -> None:
    assert sweep_for(asyncio.get_running_loop(), 1e-9).interval > 0.001
