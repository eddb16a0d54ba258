"""From names to addresses."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from zonda.iostream import OverrideResolver, Resolver, is_valid_ip
from zonda.iostream.resolver import Addresses


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("127.0.0.1", True),
        ("4.4.4.4", True),
        ("::1", True),
        ("2620:0:1cfe:face:b00c::3", True),
        ("fe80::1%eth0", True),
        ("www.example.org", False),
        ("localhost", False),
        ("4.4.4.4<", False),
        (" 127.0.0.1", False),
        ("127.0.0.1\n", False),
        ("127.1", False),
        ("0x7f.0.0.1", False),
        ("010.0.0.1", False),
        ("", False),
        (" ", False),
        ("\x00", False),
        ("a" * 100, False),
        ("1" * 5000, False),
    ],
)
def test_is_valid_ip(text: str, valid: bool) -> None:
    assert is_valid_ip(text) is valid


async def test_localhost() -> None:
    found = await Resolver().resolve("localhost", 80)
    assert (socket.AF_INET, ("127.0.0.1", 80)) in found
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("host", "family", "address"),
    [
        ("127.0.0.1", socket.AF_INET, ("127.0.0.1", 80)),
        ("::1", socket.AF_INET6, ("::1", 80, 0, 0)),
    ],
)
async def test_an_address_is_its_own_result(
    host: str, family: socket.AddressFamily, address: tuple[object, ...]
) -> None:
    assert await Resolver().resolve(host, 80) == [(family, address)]


async def test_only_one_family() -> None:
    found = await Resolver().resolve("localhost", 80, socket.AF_INET)
    assert {family for family, _ in found} == {socket.AF_INET}
    with pytest.raises(socket.gaierror):
        await Resolver().resolve("127.0.0.1", 80, socket.AF_INET6)


@pytest.mark.parametrize(
    "host", ["an invalid name", "a" * 64 + ".example", "..", "nul\0byte", "x" * 10_000]
)
async def test_no_such_host(host: str) -> None:
    with pytest.raises(socket.gaierror) as info:
        await Resolver().resolve(host, 80)
    assert len(str(info.value)) < 500


async def test_an_executor_of_ones_own() -> None:
    names: list[str] = []

    def initialize() -> None:
        names.append(threading.current_thread().name)

    with ThreadPoolExecutor(1, "own", initialize) as executor:
        resolver = Resolver(executor)
        assert (socket.AF_INET, ("127.0.0.1", 80)) in await resolver.resolve("localhost", 80)
        resolver.close()
        assert await resolver.resolve("127.0.0.1", 80)
    assert names == ["own_0"]


class Recording(Resolver):
    """A resolver that somebody plugs in."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, int]] = []
        self.closed = False

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses:
        self.asked.append((host, port))
        return []

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("host", "port", "family", "asked"),
    [
        ("example.org", 80, socket.AF_UNSPEC, ("127.0.0.1", 80)),
        ("example.org", 443, socket.AF_UNSPEC, ("localhost", 1443)),
        ("example.org", 443, socket.AF_INET6, ("::1", 2443)),
        ("example.org", 443, socket.AF_INET, ("localhost", 1443)),
        ("other.example", 80, socket.AF_UNSPEC, ("other.example", 80)),
    ],
)
async def test_override(
    host: str, port: int, family: socket.AddressFamily, asked: tuple[str, int]
) -> None:
    inner = Recording()
    resolver = OverrideResolver(
        inner,
        {
            "example.org": "127.0.0.1",
            ("example.org", 443): ("localhost", 1443),
            ("example.org", 443, socket.AF_INET6): ("::1", 2443),
        },
    )
    assert await resolver.resolve(host, port, family) == []
    assert inner.asked == [asked]
    resolver.close()
    assert inner.closed


async def test_resolving_does_not_block_the_loop() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await asyncio.gather(*(Resolver().resolve("localhost", port) for port in range(1, 20)))
    ticking.cancel()
    assert ticks
