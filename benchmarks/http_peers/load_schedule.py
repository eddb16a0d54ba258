"""Requests at a fixed rate, whether or not the ones before were answered.

``python load_schedule.py PORT RATE SECONDS CONNECTIONS``: one line of JSON.  A request has a time
at which it is due; how long it takes is counted from there, so that a server that stops for a
moment is charged with all who would have come meanwhile.  This side never sleeps: it would wake
up too late.
"""

from __future__ import annotations

import asyncio
import collections
import json
import sys
import time
from typing import cast

import uvloop

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
WARM_UP_SECONDS = 0.5


class Connection(asyncio.Protocol):
    """One connection, which has one request on its way or waits for one."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.due = 0.0
        self.missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def ask(self, due: float) -> None:
        self.due = due
        self.missing = self.schedule.answer_size
        self.transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        schedule = self.schedule
        if not schedule.answer_size:  # the first answer of all shows how long one is
            schedule.answer_size = self.missing = len(data)
        self.missing -= len(data)
        if self.missing <= 0:
            schedule.answered(self)


class Schedule:
    """Which request is due when, and who is free to send it."""

    def __init__(self, rate: float) -> None:
        self.pause = 1 / rate
        self.free: collections.deque[Connection] = collections.deque()
        self.waiting: collections.deque[float] = collections.deque()
        self.took: list[float] = []
        self.answer_size = 0
        self.next = self.end = 0.0

    def answered(self, connection: Connection) -> None:
        self.took.append(time.perf_counter() - connection.due)
        if self.waiting:
            connection.ask(self.waiting.popleft())
        else:
            self.free.append(connection)

    async def run(self, seconds: float) -> int:
        """Send what is due for some seconds; how many that were."""
        self.next = time.perf_counter()
        self.end = self.next + seconds
        sent = 0
        while (now := time.perf_counter()) < self.end:
            while self.next <= now:
                if self.free:
                    self.free.popleft().ask(self.next)
                else:
                    self.waiting.append(self.next)
                self.next += self.pause
                sent += 1
            await asyncio.sleep(0)
        return sent


async def main() -> None:
    port, rate, seconds, connections = (float(argument) for argument in sys.argv[1:])
    loop = asyncio.get_running_loop()
    schedule = Schedule(rate)
    for _ in range(int(connections)):
        _, made = await loop.create_connection(lambda: Connection(schedule), "127.0.0.1", int(port))
        made.ask(time.perf_counter())
        while not schedule.free or schedule.free[-1] is not made:
            await asyncio.sleep(0.001)
    await schedule.run(WARM_UP_SECONDS)
    schedule.took.clear()
    sent = await schedule.run(seconds)
    took = sorted(schedule.took)
    at = {f"p{part}": took[min(int(len(took) * part / 100), len(took) - 1)] for part in (50, 99)}
    microseconds = {name: value * 1e6 for name, value in at.items()}
    print(json.dumps({"sent": sent, "rate": sent / seconds, "done": len(took), **microseconds}))


if __name__ == "__main__":
    uvloop.run(main())
