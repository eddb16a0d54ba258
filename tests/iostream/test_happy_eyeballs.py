"""Which address is tried when, and that no socket is left over (RFC 8305)."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any

import pytest

from zonda.iostream.happy_eyeballs import first_connected, interleaved
from zonda.iostream.resolver import Addresses

FOUR, SIX = socket.AF_INET, socket.AF_INET6


def addresses(text: str) -> Addresses:
    """``"6a 4b"`` is an IPv6 address a and an IPv4 address b."""
    families = {"4": FOUR, "6": SIX}
    return [(families[word[0]], (word[1:],)) for word in text.split()]


@pytest.mark.parametrize(
    ("found", "tried"),
    [
        ("", ""),
        ("4a 4b", "4a 4b"),
        ("6a 6b 4c 4d", "6a 4c 6b 4d"),
        ("4a 6b 6c 6d", "4a 6b 6c 6d"),
        ("4a 4b 4c 6d", "4a 6d 4b 4c"),
    ],
)
def test_families_take_turns(found: str, tried: str) -> None:
    assert interleaved(addresses(found)) == addresses(tried)


class Network:
    """Answers attempts when the test says so."""

    def __init__(self) -> None:
        self.attempts: dict[str, asyncio.Future[socket.socket]] = {}
        self.sockets: dict[str, socket.socket] = {}
        self.began: asyncio.Queue[str] = asyncio.Queue()

    async def attempt(self, family: socket.AddressFamily, address: Any) -> socket.socket:
        name = address[0]
        self.attempts[name] = asyncio.get_running_loop().create_future()
        self.began.put_nowait(name)
        return await self.attempts[name]

    def accept(self, name: str) -> socket.socket:
        self.sockets[name] = socket.socket()
        self.attempts[name].set_result(self.sockets[name])
        return self.sockets[name]

    def refuse(self, name: str, number: int = errno.ECONNREFUSED) -> None:
        self.attempts[name].set_exception(OSError(number, f"{name} refuses"))

    def cancelled(self) -> set[str]:
        return {name for name, future in self.attempts.items() if future.cancelled()}


async def began(network: Network, *names: str) -> None:
    for name in names:
        assert await network.began.get() == name
    await asyncio.sleep(0)
    assert network.began.empty()


async def test_the_first_answer_wins() -> None:
    network = Network()
    racing = asyncio.create_task(first_connected(addresses("6a 4b"), network.attempt, 60))
    await began(network, "a")
    winner = network.accept("a")
    assert await racing is winner
    winner.close()


async def test_a_failure_starts_the_next_at_once() -> None:
    network = Network()
    racing = asyncio.create_task(first_connected(addresses("6a 4b 6c"), network.attempt, 60))
    await began(network, "a")
    network.refuse("a")
    await began(network, "b")
    winner = network.accept("b")
    assert await racing is winner
    winner.close()


async def test_a_slow_one_may_still_win() -> None:
    network = Network()
    racing = asyncio.create_task(first_connected(addresses("6a 4b"), network.attempt, 0.01))
    await began(network, "a", "b")
    winner = network.accept("a")
    assert await racing is winner
    await asyncio.sleep(0)
    assert network.cancelled() == {"b"}
    winner.close()


async def test_the_last_ones_are_waited_for() -> None:
    network = Network()
    racing = asyncio.create_task(first_connected(addresses("6a 4b"), network.attempt, 0.01))
    await began(network, "a", "b")
    await asyncio.sleep(0.03)
    network.refuse("b")
    await asyncio.sleep(0)
    assert not racing.done()
    winner = network.accept("a")
    assert await racing is winner
    winner.close()


async def test_a_tie_leaves_no_socket_open() -> None:
    network = Network()
    racing = asyncio.create_task(first_connected(addresses("6a 4b"), network.attempt, 0.01))
    await began(network, "a", "b")
    pair = [network.accept("a"), network.accept("b")]
    winner = await racing
    (loser,) = (sock for sock in pair if sock is not winner)
    assert loser.fileno() == -1
    winner.close()


async def test_a_socket_that_is_connected_too_late_is_closed() -> None:
    network = Network()
    late = socket.socket()

    async def attempt(family: socket.AddressFamily, address: Any) -> socket.socket:
        try:
            return await network.attempt(family, address)
        except asyncio.CancelledError:
            return late

    racing = asyncio.create_task(first_connected(addresses("6a 4b"), attempt, 0.01))
    await began(network, "a", "b")
    (await_winner := network.accept("b"))
    assert await racing is await_winner
    for _ in range(3):
        await asyncio.sleep(0)
    assert late.fileno() == -1
    await_winner.close()


async def test_cancelling_cancels_all_attempts() -> None:
    network = Network()
    racing = asyncio.create_task(first_connected(addresses("6a 4b"), network.attempt, 0.01))
    await began(network, "a", "b")
    racing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await racing
    await asyncio.sleep(0)
    assert network.cancelled() == {"a", "b"}


@pytest.mark.parametrize(
    ("numbers", "kind", "text"),
    [
        ([errno.ECONNREFUSED], ConnectionRefusedError, "a refuses"),
        ([errno.ECONNREFUSED] * 2, ConnectionRefusedError, "a refuses; b refuses"),
        ([errno.ECONNREFUSED, errno.EHOSTUNREACH], OSError, "a refuses; b refuses"),
    ],
)
async def test_all_fail(numbers: list[int], kind: type[OSError], text: str) -> None:
    network = Network()
    found = addresses("6a 4b")[: len(numbers)]
    racing = asyncio.create_task(first_connected(found, network.attempt, 60))
    for number in numbers:
        name = await network.began.get()
        network.refuse(name, number)
    with pytest.raises(OSError, match=text) as info:
        await racing
    assert type(info.value) is kind


async def test_an_error_that_is_not_of_the_system_ends_it() -> None:
    async def attempt(family: socket.AddressFamily, address: Any) -> socket.socket:
        raise ValueError("a mistake")

    with pytest.raises(ValueError, match="a mistake"):
        await first_connected(addresses("6a 4b"), attempt, 60)
