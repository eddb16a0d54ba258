"""When to ping, and when to give up."""

from __future__ import annotations

import pytest

from zonda.websocket.keep_alive import Duty, KeepAlive


def run(keep_alive: KeepAlive, heard: list[bool]) -> list[tuple[float, Duty | None]]:
    """What is done, and after how many seconds, given what was heard each time."""
    return [(keep_alive.next_in, keep_alive.due(sign)) for sign in heard]


def test_a_peer_that_lives_is_pinged_at_each_interval() -> None:
    assert run(KeepAlive(20, 5), [False, True, False, True]) == [
        (20, Duty.PING),
        (5, None),
        (15, Duty.PING),
        (5, None),
    ]


def test_with_a_timeout_as_long_as_the_interval() -> None:
    assert run(KeepAlive(20, 20), [False, True, True, False]) == [
        (20, Duty.PING),
        (20, Duty.PING),
        (20, Duty.PING),
        (20, Duty.GIVE_UP),
    ]


def test_one_that_is_silent_is_given_up() -> None:
    assert run(KeepAlive(20, 5), [True, False]) == [(20, Duty.PING), (5, Duty.GIVE_UP)]


def test_without_a_timeout_it_is_only_pinged() -> None:
    assert run(KeepAlive(20, 0), [False] * 3) == [(20, Duty.PING)] * 3


def test_a_timeout_beyond_the_interval_is_cut() -> None:
    assert run(KeepAlive(20, 100), [False, False]) == [(20, Duty.PING), (20, Duty.GIVE_UP)]


@pytest.mark.parametrize(("interval", "timeout"), [(0, 0), (-1, 0), (1, -1)])
def test_times_must_be_possible(interval: float, timeout: float) -> None:
    with pytest.raises(ValueError, match="above 0 seconds"):
        KeepAlive(interval, timeout)
