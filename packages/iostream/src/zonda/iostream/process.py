"""Several processes of one program: the workers' side."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable

from zonda.ioloop import IOLoop

from . import worker_number
from .supervisor import GRACE, MAX_RESTARTS, START_TIMEOUT, Supervisor


def cpu_count() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def fork_processes(
    num_processes: int | None,
    max_restarts: int | None = None,
    *,
    on_stop: Callable[[], object] | None = None,
) -> int:
    """Fork worker processes; return in each of them, with its number, and watch over them here.

    In the calling process this function does not return.  It restarts a worker that dies by a
    signal or with an exit status other than 0, ever more slowly while it dies early; see
    `Supervisor` for the times.  On SIGTERM and SIGINT it tells the workers to end (SIGTERM), gives
    them time to finish what they do, and exits with status 0; so it does when all of them have
    exited with status 0.

    :param num_processes: how many; None or below 1 is one for each processor.
    :param max_restarts: how many restarts there may be in all, by default 100.
    :param on_stop: called in the calling process when it is told to end, before the workers are.
        Close the listening sockets here: while one process has them open, clients that come when
        the workers accept no more wait for nobody.
    :return: the worker's number, from 0; also `task_id`.
    :raises RuntimeError: an event loop is running (it cannot be shared by processes), or the
        system has no ``fork``.
    :raises TooManyRestartsError: in the calling process, after it has ended all workers.
    """
    _check_can_fork("fork_processes")
    restarts = MAX_RESTARTS if max_restarts is None else max_restarts
    supervisor = Supervisor(_count(num_processes), restarts, on_stop)
    number = supervisor.run()
    if number is None:
        sys.exit(0)
    _become_worker(number)
    return number


def supervise(
    num_processes: int | None,
    worker: Callable[[Supervisor], object],
    *,
    max_restarts: int | None = None,
    on_stop: Callable[[], object] | None = None,
    grace: float = GRACE,
    start_timeout: float = START_TIMEOUT,
) -> None:
    """Run *worker* in several processes and watch over them until they are told to end.

    Like `fork_processes`, but it returns here when all have ended, and SIGHUP replaces the workers
    one after another, each when its successor serves.  Signals that end this process a second time
    kill the workers.

    :param worker: called in each process with its `Supervisor`; it calls
        `Supervisor.announce` when it serves, ends on SIGTERM, and ends too when
        ``Supervisor.line`` can be read, because then this process is gone.  Its process exits
        when it returns.
    :param max_restarts: None is any number.
    :param grace: seconds that workers have to end; then they are killed.
    :param start_timeout: seconds that one has to announce itself.
    :raises WorkerStartError: a worker ended before any of them served.
    :raises TooManyRestartsError: see *max_restarts*.
    :raises RuntimeError: see `fork_processes`.
    """
    _check_can_fork("supervise")
    supervisor = Supervisor(
        _count(num_processes),
        max_restarts,
        on_stop,
        announced=True,
        grace=grace,
        start_timeout=start_timeout,
    )
    number = supervisor.run()
    if number is not None:
        _become_worker(number)
        worker(supervisor)
        sys.exit(0)


def _check_can_fork(name: str) -> None:
    if not hasattr(os, "fork"):
        raise RuntimeError(f"{name}: this system cannot fork")
    if asyncio._get_running_loop() is not None:
        raise RuntimeError(f"{name} must be called before an event loop runs")


def _count(num_processes: int | None) -> int:
    return cpu_count() if num_processes is None or num_processes < 1 else num_processes


def _become_worker(number: int) -> None:
    worker_number.become(number)
    # The random numbers and the selector of the parent's loop would be the same in each worker.
    random.seed()
    IOLoop.clear_current()
