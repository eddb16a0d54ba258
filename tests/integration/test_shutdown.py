"""A server that is told to end loses nothing that it has accepted."""

from __future__ import annotations

import asyncio
import dataclasses
import signal

import pytest

from tests.integration.program import running

# What is tested runs in processes of its own, on whatever loop it chooses.
pytestmark = pytest.mark.own_process

CONNECTIONS = 64
PATHS = ("/", "/slow", "/streamed")
BODIES = {
    "/": b"quick",
    "/slow": b"slow",
    "/streamed": b"1\r\n0\r\n1\r\n1\r\n1\r\n2\r\n1\r\n3\r\n1\r\n4\r\n0\r\n\r\n",
}


@dataclasses.dataclass
class Tally:
    """What the clients saw."""

    answered: int = 0
    lost: list[str] = dataclasses.field(default_factory=list)


async def read_answer(reader: asyncio.StreamReader, path: str) -> bytes:
    """The head of a whole answer whose body is checked."""
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(len(BODIES[path]))
    assert body == BODIES[path]
    return head


async def ask_until_told_to_close(port: int, number: int, tally: Tally) -> None:
    """Ask again and again on one connection until an answer says that it is the last."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = PATHS[number % len(PATHS)]
    try:
        while True:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            try:
                head = await read_answer(reader, path)
            except (asyncio.IncompleteReadError, ConnectionResetError) as error:
                tally.lost.append(f"{path} after {tally.answered} answers: {error!r}")
                return
            tally.answered += 1
            if b"Connection: close" in head:
                return
    finally:
        writer.close()


@pytest.mark.parametrize("loop", ["", "--uvloop"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_no_accepted_request_is_lost(loop: str, number: signal.Signals) -> None:
    if loop:
        pytest.importorskip("uvloop")
    arguments = ["-m", "tests.integration.programs.hello", *([loop] if loop else [])]
    with await asyncio.to_thread(lambda: running(*arguments)) as program:
        tally = Tally()
        clients = [
            asyncio.create_task(ask_until_told_to_close(program.port, index, tally))
            for index in range(CONNECTIONS)
        ]
        while tally.answered < 20 * CONNECTIONS:
            await asyncio.sleep(0.01)
        program.process.send_signal(number)
        await asyncio.gather(*clients)
        status = await asyncio.to_thread(program.process.wait, 20)
    assert tally.lost == []
    assert status == 0
