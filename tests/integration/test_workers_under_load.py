"""Workers are killed, replaced and ended while clients ask without a pause."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest

from tests.integration.program import Program, running

# What is tested runs in processes of its own, on whatever loop it chooses.
pytestmark = pytest.mark.own_process

CONNECTIONS = 24


@dataclasses.dataclass
class Load:
    """Clients on their own connections, and what they saw."""

    port: int
    answered: int = 0
    pids: set[int] = dataclasses.field(default_factory=set)
    lost: list[str] = dataclasses.field(default_factory=list)
    refused: int = 0
    ending: bool = False

    async def ask(self, number: int) -> None:
        """Ask until the load ends, on a new connection when the server closes one."""
        path = "/slow" if number % 4 == 0 else "/"
        while not self.ending:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                self.refused += 1
                await asyncio.sleep(0.01)
                continue
            with contextlib.closing(writer):
                await self._ask_on(reader, writer, path)
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _ask_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
    ) -> None:
        # Connections that came before all workers were there are not for ever those of the first.
        for number in range(50):
            if self.ending:
                return
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                pid = int(await reader.readexactly(8))
            except ConnectionResetError as error:
                if number == 0:  # it was never accepted: as good as refused
                    self.refused += 1
                else:
                    self.lost.append(repr(error))
                return
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                self.lost.append(repr(error))
                return
            self.answered += 1
            self.pids.add(pid)
            if b"Connection: close" in head:
                return

    async def more(self, count: int = 500) -> None:
        """Wait for *count* more answers."""
        enough = self.answered + count
        while self.answered < enough:
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def loaded(*arguments: str) -> AsyncIterator[tuple[Program, Load]]:
    """The program with clients that ask it, both of its workers being known."""
    start = ["-m", "tests.integration.programs.workers", *arguments]
    with await asyncio.to_thread(lambda: running(*start)) as program:
        load = Load(program.port)
        tasks = [asyncio.create_task(load.ask(number)) for number in range(CONNECTIONS)]
        try:
            while len(load.pids) < 2:
                await asyncio.sleep(0.005)
            await load.more()
            yield program, load
        finally:
            load.ending = True
            await asyncio.gather(*tasks)


@pytest.mark.parametrize("arguments", [[], ["--shared"]])
async def test_replacing_all_workers_loses_nothing(arguments: list[str]) -> None:
    async with loaded(*arguments) as (program, load):
        for _ in range(2):
            before = set(load.pids)
            load.pids.clear()
            program.process.send_signal(signal.SIGHUP)
            while len(load.pids - before) < 2:
                await asyncio.sleep(0.005)
            await load.more()
        load.ending = True
        program.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(program.process.wait, 20) == 0
    assert (load.lost, load.refused) == ([], 0)


async def test_ending_loses_nothing() -> None:
    async with loaded() as (program, load):
        program.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(program.process.wait, 20) == 0
        while not load.refused:
            await asyncio.sleep(0.005)
    assert load.lost == []


async def test_a_killed_worker_loses_its_own_requests_and_is_replaced() -> None:
    async with loaded() as (program, load):
        victim = next(iter(load.pids))
        before = set(load.pids)
        os.kill(victim, signal.SIGKILL)
        killed = time.monotonic()
        while not load.pids - before:
            await asyncio.sleep(0.005)
        assert time.monotonic() - killed < 10  # a tenth of a second, on a machine that is idle
        await load.more()
        load.ending = True
        program.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(program.process.wait, 20) == 0
    assert len(load.lost) + load.refused <= CONNECTIONS
