"""Several processes of one program: the side of the parent that watches over them.

A worker is in one of these states::

    RUNNING --exit status 0--> GONE
    RUNNING --any other end--> RESTING --after the pause--> RUNNING
    RUNNING --SIGHUP--> REPLACED: a second process starts; when it serves, the first is ended

A worker is restarted at once; if it dies again soon, after `RESTART_PAUSE` seconds, and the pause
doubles each time up to `RESTART_PAUSE_MAX`, so that a worker that cannot start does not keep the
machine busy.  Once it has lived for `STEADY` seconds all of this begins anew.

The parent sleeps in ``select`` until a signal comes (through the descriptor of
`signal.set_wakeup_fd`), a worker says something or a pause is over.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from types import FrameType

from .errors import TooManyRestartsError, WorkerStartError
from .worker_process import Process, Stage, Worker

logger = logging.getLogger("zonda.general")

# Restarts of all workers together before the parent gives up.
MAX_RESTARTS = 100
# Seconds that workers have to end after SIGTERM; then they are killed.  A server's own grace time
# for its connections must be below.
GRACE = 30.0
# Seconds from a worker's birth to the moment when it serves; programs load models, fill caches.
START_TIMEOUT = 120.0

# What select() takes for sure, in seconds.
_LONGEST_WAIT = 3600.0

_ENDING = (signal.SIGTERM, signal.SIGINT)


class Supervisor:
    """Forks *count* workers and restarts those that die.

    :param max_restarts: how many restarts there may be, of all workers together; None is any
        number, since the pauses between them grow.
    :param on_stop: called in the parent before it tells the workers to end.
    :param announced: whether workers say when they serve, with `announce`.  Then SIGHUP replaces
        them one after another, each only when its successor serves; and if not even one of the
        first processes comes to serve, all end and `WorkerStartError` is raised, because a
        program that cannot start is a mistake and not an accident.
    :param grace: seconds that workers have to end; by default `GRACE`.
    :param start_timeout: seconds after which a process that does not serve is killed.
    :ivar number: in a worker, which one it is; in the parent None.
    :ivar line: in a worker that announces itself, a socket that can be read when the parent has
        died; close it at the end.
    """

    def __init__(
        self,
        count: int,
        max_restarts: int | None = MAX_RESTARTS,
        on_stop: Callable[[], object] | None = None,
        *,
        announced: bool = False,
        grace: float | None = None,
        start_timeout: float = START_TIMEOUT,
    ) -> None:
        self._on_stop = on_stop
        self._workers = [Worker(number) for number in range(count)]
        self._restarts_left = float("inf") if max_restarts is None else max_restarts
        self._announced = announced
        self._grace = GRACE if grace is None else grace
        self._start_timeout = start_timeout
        self._to_replace: list[Worker] = []
        self._signals: list[int] = []
        self._any_served = not announced
        self._stopping = False
        self._failure: TooManyRestartsError | None = None
        self.line: socket.socket | None = None
        self.number: int | None = None

    def run(self) -> int | None:
        """In a worker, return its number at once; in the parent None, when all have ended.

        :raises TooManyRestartsError: in the parent, after all workers were ended.
        """
        with contextlib.ExitStack() as parent_only:
            bell = parent_only.enter_context(_signal_bell(self._watched(), self._signalled))
            while not self._stopping and self._live():
                for worker in self._due():
                    if self._fork(worker, parent_only):
                        self.number = worker.number
                        return worker.number
                self._wait(bell)
                self._act_on_signals()
            self._end_all(bell)
        if self._failure is not None:
            raise self._failure
        return None

    def announce(self) -> None:
        """In a worker: it serves from now on."""
        if self.line is not None:
            self.line.send(b"!")

    # What is to be done.

    def _watched(self) -> tuple[int, ...]:
        return (signal.SIGCHLD, *_ENDING, *((signal.SIGHUP,) if self._announced else ()))

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self._signals.append(number)

    def _act_on_signals(self) -> None:
        signals, self._signals = self._signals, []
        for number in signals:
            if number in _ENDING:
                self._stopping = True
            elif number == signal.SIGHUP:
                logger.info("replacing all workers")
                self._to_replace = list(self._workers)

    def _live(self) -> bool:
        return any(worker.lives for worker in self._workers)

    def _processes(self) -> Iterator[Process]:
        for worker in self._workers:
            yield from worker.processes()

    def _due(self) -> Iterator[Worker]:
        """The workers that need a new process now."""
        now = time.monotonic()
        for worker in self._workers:
            if worker.restart_at is not None and worker.restart_at <= now:
                yield worker
        while self._to_replace and not self._is_anyone_starting():
            worker = self._to_replace.pop(0)
            if worker.process is not None:
                yield worker
            elif worker.restart_at is not None:
                worker.restart_at = now
                yield worker

    def _is_anyone_starting(self) -> bool:
        return any(process.stage is Stage.STARTING for process in self._processes())

    def _fork(self, worker: Worker, parent_only: contextlib.ExitStack) -> bool:
        """Start a process of *worker*; true in the new one."""
        lines = socket.socketpair() if self._announced else None
        # A signal that comes before the worker has its own handlers must wait for them.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, self._watched())
        try:
            pid = os.fork()
            if pid == 0:
                parent_only.close()
                self._become_child(lines)
                return True
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        line = None
        if lines is not None:
            line = lines[0]
            lines[1].close()
        worker.began(Process(pid, line))
        return False

    def _become_child(self, lines: tuple[socket.socket, socket.socket] | None) -> None:
        for process in self._processes():
            process.hang_up()
        if lines is not None:
            lines[0].close()
            self.line = lines[1]
            # A hang-up is the parent's to act on; here it would be the end.
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    # What happens.

    def _wait(self, bell: socket.socket) -> None:
        """Sleep until something happens, and take note of it."""
        lines = {p.line: (w, p) for w in self._workers for p in w.processes() if p.line is not None}
        for line in _wait(bell, lines, self._next_time()):
            worker, process = lines[line]
            if process.hear():
                self._serves(worker, process)
        self._reap()
        now = time.monotonic()
        for process in self._processes():
            late = process.stage is Stage.STARTING and process.started + self._start_timeout <= now
            if late or (process.kill_at is not None and process.kill_at <= now):
                logger.error("process %d takes too long: it is killed", process.pid)
                process.kill_at = float("inf")
                process.stage = Stage.ENDING if process.stage is Stage.ENDING else Stage.SERVING
                os.kill(process.pid, signal.SIGKILL)

    def _next_time(self) -> float | None:
        times = [w.restart_at for w in self._workers if w.restart_at is not None]
        for process in self._processes():
            if process.kill_at is not None:
                times.append(process.kill_at)
            elif process.stage is Stage.STARTING:
                times.append(process.started + self._start_timeout)
        return min(times) if times else None

    def _serves(self, worker: Worker, process: Process) -> None:
        self._any_served = True
        logger.info("worker %d (process %d) serves", worker.number, process.pid)
        if process is worker.successor:
            worker.replace(self._grace)

    def _reap(self) -> None:
        for worker in self._workers:
            for process in tuple(worker.processes()):
                pid, status = os.waitpid(process.pid, os.WNOHANG)
                if pid:
                    self._ended(worker, process, os.waitstatus_to_exitcode(status))

    def _ended(self, worker: Worker, process: Process, code: int) -> None:
        how = f"by signal {-code}" if code < 0 else f"with status {code}"
        told = f"child process {process.pid} (worker {worker.number}) exited {how}"
        was_successor = process is worker.successor
        worker.remove(process)
        if was_successor:
            self._to_replace.clear()
            logger.error("%s and does not replace the one that serves: all others go on", told)
        elif code == 0 or self._stopping or process.stage is Stage.ENDING:
            logger.info("%s", told)
        elif worker.process is not None:
            logger.warning("%s: its successor is there already", told)
        elif not self._any_served:
            self._give_up(WorkerStartError(f"{told} before any worker served"))
        elif self._restarts_left <= 0:
            self._give_up(TooManyRestartsError(f"{told}, and no restarts are left"))
        else:
            self._restarts_left -= 1
            worker.rest(time.monotonic() - process.started)
            logger.warning("%s: it is restarted", told)

    def _give_up(self, failure: TooManyRestartsError) -> None:
        self._stopping = True
        self._failure = self._failure or failure
        logger.error("%s", failure)

    def _end_all(self, bell: socket.socket) -> None:
        """Ask all workers to end, wait, and kill those that take too long or when told again."""
        if self._stopping and self._on_stop is not None:
            self._on_stop()
        self._stopping = True
        self._signals.clear()
        for worker in self._workers:
            worker.restart_at = None
        for process in self._processes():
            process.end(self._grace)
        while self._live():
            self._wait(bell)
            if any(number in _ENDING for number in self._signals):
                self._signals.clear()
                for process in self._processes():
                    process.kill_at = time.monotonic()


@contextlib.contextmanager
def _signal_bell(
    watched: Iterable[int], handler: Callable[[int, FrameType | None], None]
) -> Iterator[socket.socket]:
    """A socket that can be read after each signal that is watched; *handler* is called too."""
    bell, button = socket.socketpair()
    with bell, button:
        bell.setblocking(False)
        button.setblocking(False)
        handlers = {number: signal.signal(number, handler) for number in watched}
        descriptor = signal.set_wakeup_fd(button.fileno(), warn_on_full_buffer=False)
        try:
            yield bell
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, former in handlers.items():
                signal.signal(number, former)


def _wait(
    bell: socket.socket, lines: Iterable[socket.socket], until: float | None
) -> list[socket.socket]:
    """Sleep until a signal comes, a line can be read, or it is *until* on the monotonic clock."""
    patience = None if until is None else until - time.monotonic()
    if patience is not None:
        patience = min(max(patience, 0.0), _LONGEST_WAIT)
    readable, _, _ = select.select([bell, *lines], [], [], patience)
    with contextlib.suppress(BlockingIOError):
        while bell.recv(4096):
            pass
    return [sock for sock in readable if sock is not bell]
