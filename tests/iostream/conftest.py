"""Streams that are closed after the test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.iostream.pairs import KINDS, MakePair, Pair


@pytest_asyncio.fixture(params=KINDS)
async def make_pair(request: pytest.FixtureRequest) -> AsyncIterator[MakePair]:
    """A function that makes two connected streams: the first writes, the second reads."""
    async with making(request.param) as make:
        yield make


@pytest_asyncio.fixture(params=[kind for kind in KINDS if kind != "pipe"])
async def make_two_way(request: pytest.FixtureRequest) -> AsyncIterator[MakePair]:
    """The same, only of those kinds that go both ways."""
    async with making(request.param) as make:
        yield make


@contextlib.asynccontextmanager
async def making(kind: str) -> AsyncIterator[MakePair]:
    """A function that makes pairs of this kind; they are closed at the end."""
    made: list[Pair] = []

    async def make(**limits: Any) -> Pair:
        pair = await KINDS[kind](**limits)
        made.append(pair)
        return pair

    yield make
    await close_all(made)


async def close_all(pairs: list[Pair]) -> None:
    streams = [stream for pair in pairs for stream in pair]
    for stream in streams:
        stream.close()
    await turns()
    for stream in streams:
        stream._connection.abort()
    await turns()


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
