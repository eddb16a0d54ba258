"""A worker and the processes that it has one after another, as their parent sees them.

A process goes through these stages::

    STARTING ──says that it serves──▶ SERVING ──SIGTERM──▶ ENDING ──▶ (gone)

While a worker is replaced it has two: the one that serves, and its successor.
"""

from __future__ import annotations

import enum
import os
import signal
import socket
import time
from collections.abc import Iterator

# Seconds from a worker's death to its restart.  The first is at once, since clients may be waiting;
# these are for one that dies again soon: the second restart, and at most.
RESTART_PAUSE = 0.1
RESTART_PAUSE_MAX = 10.0
# Seconds after which a worker counts as one that runs.
STEADY = 10.0


class Stage(enum.Enum):
    """How far a process has come."""

    STARTING = "starting"
    SERVING = "serving"
    ENDING = "ending"


class Process:
    """One process of a worker.

    :ivar line: closes when either side dies; the process says on it that it serves.
    """

    def __init__(self, pid: int, line: socket.socket | None) -> None:
        self.pid = pid
        self.line = line
        self.stage = Stage.SERVING if line is None else Stage.STARTING
        self.started = time.monotonic()
        self.kill_at: float | None = None

    def end(self, patience: float) -> None:
        """Ask it to end, once, and plan to kill it if it does not."""
        if self.stage is not Stage.ENDING:
            self.stage = Stage.ENDING
            self.kill_at = time.monotonic() + patience
            os.kill(self.pid, signal.SIGTERM)

    def hear(self) -> bool:
        """Read from the line; whether the process serves since now."""
        if self.line is None:
            return False
        if not self.line.recv(1):
            self.hang_up()
            return False
        if self.stage is not Stage.STARTING:
            return False
        self.stage = Stage.SERVING
        return True

    def hang_up(self) -> None:
        """Forget the line."""
        if self.line is not None:
            self.line.close()
            self.line = None


class Worker:
    """One worker, through all its lives."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: Process | None = None
        self.successor: Process | None = None
        self.former: list[Process] = []
        self.pause = 0.0
        self.restart_at: float | None = 0.0

    @property
    def lives(self) -> bool:
        """Whether it has a process, or is to have one."""
        return self.restart_at is not None or any(True for _ in self.processes())

    def processes(self) -> Iterator[Process]:
        """All that are there."""
        for process in (self.process, self.successor, *self.former):
            if process is not None:
                yield process

    def began(self, process: Process) -> None:
        """There is a new process: the only one, or the one that is to replace it."""
        self.restart_at = None
        if self.process is None:
            self.process = process
        else:
            self.successor = process

    def replace(self, patience: float) -> None:
        """The successor serves: the one before may end."""
        assert self.process is not None
        self.former.append(self.process)
        self.process, self.successor = self.successor, None
        self.former[-1].end(patience)

    def remove(self, process: Process) -> None:
        """*process* is gone."""
        process.hang_up()
        if process is self.process:
            self.process, self.successor = self.successor, None
        elif process is self.successor:
            self.successor = None
        else:
            self.former.remove(process)

    def rest(self, lived: float) -> None:
        """Plan the restart after a process that has *lived* so many seconds."""
        if lived >= STEADY:
            self.pause = 0.0
        self.restart_at = time.monotonic() + self.pause
        self.pause = min(max(2 * self.pause, RESTART_PAUSE), RESTART_PAUSE_MAX)
