"""`serve`: a whole server program, in one process or in several under a supervisor."""

from __future__ import annotations

import inspect
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Final, cast

from zonda.http import HTTPServerConnectionDelegate
from zonda.ioloop import new_event_loop, run
from zonda.iostream import Supervisor, cpu_count, supervise

from .endpoints import BACKLOG, Endpoint
from .listening_groups import close_groups, open_groups, remove_socket_files, socket_files
from .server import HTTPServer, RequestCallback
from .termination import drain_when, termination

log = logging.getLogger("zonda.general")

# Seconds that a worker has, beyond its connections' grace, to close databases and the like.
CLEAN_UP_TIME: Final = 5.0

# Seconds from a worker's birth to the moment when it serves; programs load models, fill caches.
START_TIMEOUT: Final = 120.0

Made = RequestCallback | AbstractAsyncContextManager[RequestCallback]
Source = HTTPServerConnectionDelegate | Callable[[], Made | Awaitable[Made]]


def serve(
    source: Source,
    listen: Iterable[Endpoint] = ("127.0.0.1:8888",),
    *,
    workers: int | None = 1,
    grace: float = 30.0,
    supervised: bool | None = None,
    reuse_port: bool | None = None,
    backlog: int = BACKLOG,
    start_timeout: float = START_TIMEOUT,
    uvloop: bool | None = None,
    started: Callable[[HTTPServer], Awaitable[None] | None] | None = None,
    **options: Any,
) -> None:
    """Serve until SIGTERM or SIGINT, and return when every request that had begun is answered.

    With several *workers* this process becomes their supervisor: a worker that dies is started
    again, ever more slowly while it dies early; SIGTERM and SIGINT drain all of them; SIGHUP
    replaces them one after another, each when its successor serves, so that no connection is
    refused.  The sockets are this process's, so connections wait for the next worker meanwhile.
    Everything is reported to the log.  A second SIGTERM cuts what still runs.

    :param source: the application; or a function that makes it, without arguments.  The function
        is called in each worker inside its event loop, so what it imports is new after SIGHUP; it
        may be a coroutine function, and may return an asynchronous context manager which is
        entered before serving and left after draining.
    :param listen: see `open_sockets`.
    :param workers: how many processes; None or 0 is one for each processor.
    :param grace: seconds for requests that have begun; see `HTTPServer.drain`.
    :param supervised: False serves in this process, which only one worker can; True has a
        supervisor even for one.  By default several workers have one.
    :param reuse_port: whether each worker gets a listening socket of its own (``SO_REUSEPORT``),
        among which the system spreads connections evenly; on a shared one a worker that is idle
        may take more than its part.  By default so on Linux, for several workers.  A socket that
        is given as such is shared unless it was bound that way.
    :param start_timeout: seconds from a worker's birth until it serves; then it is killed.
    :param uvloop: see `zonda.ioloop.run`.
    :param started: called in each worker, inside the event loop, when it serves.
    :param options: arguments of `HTTPServer`.
    :raises ValueError: *listen* or *workers* make no sense.
    :raises OSError: an address cannot be bound.
    :raises WorkerStartError: a worker ended before any of them served; its own traceback is on
        standard error.
    :raises zonda.ioloop.MissingExtraError: uvloop is demanded and not installed.
    :raises RuntimeError: an event loop is running.
    """
    count = workers or cpu_count()
    if count < 0:
        raise ValueError(f"there cannot be {count} workers")
    if supervised is None:
        supervised = count > 1
    if not supervised and count > 1:
        raise ValueError(f"{count} workers need a supervisor")
    if reuse_port is None:
        reuse_port = sys.platform == "linux"  # other systems do not spread connections
    endpoints = list(listen)
    groups = open_groups(endpoints, count if reuse_port else 1, backlog)
    files = socket_files(endpoints)
    parent = os.getpid()
    program = _Program(source, grace, started, uvloop, options)
    try:
        if supervised:
            _supervise(program, groups, count, grace, start_timeout)
        else:
            program.run(groups[0], None)
    finally:
        close_groups(groups)
        if os.getpid() == parent:
            remove_socket_files(files)


class _Program:
    """What one process does."""

    def __init__(
        self,
        source: Source,
        grace: float,
        started: Callable[[HTTPServer], Awaitable[None] | None] | None,
        uvloop: bool | None,
        options: dict[str, Any],
    ) -> None:
        self.source = source
        self.grace = grace
        self.started = started
        self.uvloop = uvloop
        self.options = options

    def run(self, sockets: list[socket.socket], supervisor: Supervisor | None) -> None:
        run(lambda: self._serve(sockets, supervisor), uvloop=self.uvloop)

    async def _serve(self, sockets: list[socket.socket], supervisor: Supervisor | None) -> None:
        async with AsyncExitStack() as stack:
            delegate = await _make(self.source, stack)
            server = HTTPServer(delegate, **self.options)
            if supervisor is None:
                watching = termination(server)
            else:
                watching = termination(server, (signal.SIGTERM,), supervisor.line)
            with watching as told:
                server.add_sockets(sockets)
                if self.started is not None:
                    waiting = self.started(server)
                    if waiting is not None:
                        await waiting
                if supervisor is not None:
                    supervisor.announce()
                await drain_when(told, server, self.grace)


async def _make(source: Source, stack: AsyncExitStack) -> RequestCallback:
    """The application, with everything around it begun."""
    made: object = source
    if not isinstance(source, HTTPServerConnectionDelegate):
        if not callable(source):
            raise TypeError(f"serve needs an application or a function that makes it: {source!r}")
        made = source()
        if inspect.isawaitable(made):
            made = await made
    if isinstance(made, AbstractAsyncContextManager):
        made = await stack.enter_async_context(made)
    return cast(RequestCallback, made)


def _supervise(
    program: _Program,
    groups: list[list[socket.socket]],
    count: int,
    grace: float,
    start_timeout: float,
) -> None:
    def work(supervisor: Supervisor) -> None:
        # Ctrl-C reaches all processes of a terminal; it is the parent who decides.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        mine = groups[(supervisor.number or 0) % len(groups)]
        close_groups([group for group in groups if group is not mine])
        try:
            program.run(mine, supervisor)
        finally:
            if supervisor.line is not None:
                supervisor.line.close()

    log.info("starting %d workers", count)
    # Whatever the choice imports is here then, and not to be imported in each worker.
    new_event_loop(program.uvloop).close()
    supervise(
        count,
        work,
        on_stop=lambda: close_groups(groups),
        grace=grace + CLEAN_UP_TIME,
        start_timeout=start_timeout,
    )
