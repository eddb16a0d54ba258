"""When a transport tells its protocol to pause."""

from __future__ import annotations

import asyncio

import pytest

from zonda.iostream.flow_control import HIGH_WATER, LOW_WATER, FlowControlledTransport


class Tank(FlowControlledTransport):
    """A write buffer whose level is set by hand."""

    level = 0

    def get_write_buffer_size(self) -> int:
        return self.level

    def set_level(self, level: int) -> None:
        grew = level > self.level
        self.level = level
        self._buffer_grew() if grew else self._buffer_shrank()


class Listener(asyncio.Protocol):
    def __init__(self) -> None:
        self.calls: list[str] = []

    def pause_writing(self) -> None:
        self.calls.append("pause")

    def resume_writing(self) -> None:
        self.calls.append("resume")


@pytest.mark.parametrize(
    ("levels", "calls"),
    [
        ([10], []),
        ([11], ["pause"]),
        ([11, 12, 11], ["pause"]),
        ([11, 4], ["pause"]),
        ([11, 3], ["pause", "resume"]),
        ([11, 0, 11, 0], ["pause", "resume"] * 2),
    ],
)
def test_water_marks(levels: list[int], calls: list[str]) -> None:
    listener = Listener()
    tank = Tank(listener)
    tank.set_write_buffer_limits(high=10, low=3)
    for level in levels:
        tank.set_level(level)
    assert listener.calls == calls


@pytest.mark.parametrize(
    ("high", "low", "limits"),
    [
        (None, None, (LOW_WATER, HIGH_WATER)),
        (40, None, (10, 40)),
        (None, 10, (10, 40)),
        (0, 0, (0, 0)),
    ],
)
def test_defaults_of_limits(high: int | None, low: int | None, limits: tuple[int, int]) -> None:
    tank = Tank(Listener())
    tank.set_write_buffer_limits(high, low)
    assert tank.get_write_buffer_limits() == limits


@pytest.mark.parametrize(("high", "low"), [(1, 2), (1, -1)])
def test_limits_without_sense(high: int, low: int) -> None:
    with pytest.raises(ValueError, match="must be at least low"):
        Tank(Listener()).set_write_buffer_limits(high, low)


def test_new_limits_count_at_once_and_for_a_new_protocol() -> None:
    first, second = Listener(), Listener()
    tank = Tank(first)
    tank.level = 5
    tank.set_protocol(second)
    assert tank.get_protocol() is second
    tank.set_write_buffer_limits(high=1)
    assert (first.calls, second.calls) == ([], ["pause"])
    assert not tank.can_write_eof()
    assert not tank.is_closing()
