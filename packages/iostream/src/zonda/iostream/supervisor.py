"""Several processes of one program: the side of the parent that watches over them.

A worker is in one of these states::

    RUNNING --exit status 0--> GONE
    RUNNING --any other end--> RESTING --after the pause--> RUNNING

The pause before a restart is `RESTART_PAUSE` seconds, doubles each time up to `RESTART_PAUSE_MAX`
and is back at the beginning once the worker has lived for `STEADY` seconds, so that a worker
that cannot start does not keep the machine busy.

The parent sleeps in ``select`` until a signal comes (through the descriptor of
`signal.set_wakeup_fd`) or a pause is over.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from types import FrameType

from .errors import TooManyRestartsError

logger = logging.getLogger("zonda.iostream")

# Restarts of all workers together before the parent gives up.
MAX_RESTARTS = 100
# Seconds from a worker's death to its restart: at first, and at most.
RESTART_PAUSE = 0.1
RESTART_PAUSE_MAX = 10.0
# Seconds after which a worker counts as one that runs.
STEADY = 10.0
# Seconds that workers have to end after SIGTERM; then they are killed.  A server's own grace time
# for its connections must be below.
GRACE = 30.0

# What select() takes for sure, in seconds.
_LONGEST_WAIT = 3600.0

_WATCHED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)


class Worker:
    """One worker, through all its lives."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.pid: int | None = None
        self.started = 0.0
        self.pause = RESTART_PAUSE
        self.restart_at: float | None = 0.0

    def died(self, now: float) -> None:
        """Plan the restart."""
        if now - self.started >= STEADY:
            self.pause = RESTART_PAUSE
        self.pid = None
        self.restart_at = now + self.pause
        self.pause = min(2 * self.pause, RESTART_PAUSE_MAX)

    def finished(self) -> None:
        """There is nothing more to do for it."""
        self.pid = self.restart_at = None


class Supervisor:
    """Forks *count* workers and restarts those that die.

    :param max_restarts: how many restarts there may be, of all workers together.
    :param on_stop: called in the parent before it tells the workers to end.
    """

    def __init__(
        self,
        count: int,
        max_restarts: int = MAX_RESTARTS,
        on_stop: Callable[[], object] | None = None,
    ) -> None:
        self._on_stop = on_stop
        self._workers = [Worker(number) for number in range(count)]
        self._restarts_left = max_restarts
        self._stopping = False
        self._failure: str | None = None

    def run(self) -> int | None:
        """In a worker, return its number at once; in the parent None, when all have ended.

        :raises TooManyRestartsError: in the parent, after all workers were ended.
        """
        with contextlib.ExitStack() as parent_only:
            bell = parent_only.enter_context(_signal_bell(self._signalled))
            while not self._stopping and self._live():
                for worker in self._workers:
                    if self._is_due(worker) and self._fork(worker, parent_only):
                        return worker.number
                _wait(bell, self._next_restart())
                self._reap()
            self._end_all(bell)
        if self._failure is not None:
            raise TooManyRestartsError(self._failure)
        return None

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._stopping = True

    def _live(self) -> bool:
        return any(w.pid is not None or w.restart_at is not None for w in self._workers)

    def _is_due(self, worker: Worker) -> bool:
        return worker.restart_at is not None and worker.restart_at <= time.monotonic()

    def _next_restart(self) -> float | None:
        times = [w.restart_at for w in self._workers if w.restart_at is not None]
        return min(times) if times else None

    def _fork(self, worker: Worker, parent_only: contextlib.ExitStack) -> bool:
        """Start *worker*; true in the new process."""
        # A signal that comes before the worker has its own handlers must wait for them.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        try:
            pid = os.fork()
            if pid == 0:
                parent_only.close()
                return True
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        worker.pid = pid
        worker.started = time.monotonic()
        worker.restart_at = None
        return False

    def _reap(self) -> None:
        for worker in self._workers:
            if worker.pid is not None:
                pid, status = os.waitpid(worker.pid, os.WNOHANG)
                if pid:
                    self._ended(worker, pid, os.waitstatus_to_exitcode(status))

    def _ended(self, worker: Worker, pid: int, code: int) -> None:
        how = f"by signal {-code}" if code < 0 else f"with status {code}"
        told = f"worker {worker.number} (process {pid}) ended {how}"
        if code == 0 or self._stopping:
            worker.finished()
            logger.info("%s", told)
        elif self._restarts_left <= 0:
            worker.finished()
            self._stopping = True
            self._failure = f"{told}, and no restarts are left"
            logger.error("%s, and no restarts are left", told)
        else:
            self._restarts_left -= 1
            worker.died(time.monotonic())
            logger.warning("%s: it is restarted", told)

    def _end_all(self, bell: socket.socket) -> None:
        """Ask all workers to end, wait, then kill those that are still there."""
        if self._stopping and self._on_stop is not None:
            self._on_stop()
        self._stopping = True
        for worker in self._workers:
            worker.restart_at = None
        for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, float("inf"))):
            for worker in self._workers:
                if worker.pid is not None:
                    os.kill(worker.pid, number)
            deadline = time.monotonic() + patience
            while self._live() and time.monotonic() < deadline:
                _wait(bell, deadline)
                self._reap()


@contextlib.contextmanager
def _signal_bell(handler: Callable[[int, FrameType | None], None]) -> Iterator[socket.socket]:
    """A socket that can be read after each signal that is watched; *handler* is called too."""
    bell, button = socket.socketpair()
    with bell, button:
        bell.setblocking(False)
        button.setblocking(False)
        handlers = {number: signal.signal(number, handler) for number in _WATCHED}
        descriptor = signal.set_wakeup_fd(button.fileno(), warn_on_full_buffer=False)
        try:
            yield bell
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, former in handlers.items():
                signal.signal(number, former)


def _wait(bell: socket.socket, until: float | None) -> None:
    """Sleep until a signal comes, or until the time *until* of the monotonic clock."""
    patience = None if until is None else until - time.monotonic()
    if patience is not None:
        patience = min(max(patience, 0.0), _LONGEST_WAIT)
    select.select([bell], [], [], patience)
    with contextlib.suppress(BlockingIOError):
        while bell.recv(4096):
            pass
