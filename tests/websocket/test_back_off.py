"""Delays between attempts."""

from __future__ import annotations

import pytest

from zonda.websocket.back_off import BackOff


def test_delays_grow_and_are_reset() -> None:
    waits = BackOff(1, 5, choose=lambda least, most: most)
    assert [waits.next() for _ in range(4)] == [1, 2, 4, 5]
    waits.reset()
    assert waits.next() == 1


def test_delays_are_spread() -> None:
    waits = [BackOff(1, 60).next() for _ in range(50)]
    assert all(0 <= wait <= 1 for wait in waits)
    assert len(set(waits)) > 40


@pytest.mark.parametrize(("first", "longest"), [(0, 1), (-1, 1), (2, 1)])
def test_delays_must_be_possible(first: float, longest: float) -> None:
    with pytest.raises(ValueError, match="delays must be above 0"):
        BackOff(first, longest)
