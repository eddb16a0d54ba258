"""Serving until a signal says that it is enough."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .server import HTTPServer

log = logging.getLogger("zonda.general")

TERMINATION: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def termination(
    server: HTTPServer,
    signals: tuple[signal.Signals, ...] = TERMINATION,
    parent: socket.socket | None = None,
) -> Iterator[asyncio.Event]:
    """An event that is set by *signals*, as long as the block lasts.

    Without a *parent* SIGHUP reads the server's certificates again.

    :param parent: a socket that can be read when the parent process has died, which is a reason
        to end too.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    reloading: set[asyncio.Task[None]] = set()

    def start_reload() -> None:
        task = loop.create_task(_reload(server))
        reloading.add(task)
        task.add_done_callback(reloading.discard)

    added = list(signals)
    for number in signals:
        loop.add_signal_handler(number, told.set)
    if parent is not None:
        loop.add_reader(parent.fileno(), _orphaned, parent, told)
    elif server.ssl_context is not None:
        loop.add_signal_handler(signal.SIGHUP, start_reload)
        added.append(signal.SIGHUP)
    try:
        yield told
    finally:
        for number in added:
            loop.remove_signal_handler(number)
        if parent is not None:
            loop.remove_reader(parent.fileno())


async def drain_when(told: asyncio.Event, server: HTTPServer, grace: float) -> None:
    """Wait until *told*, then drain; the second time everything is cut."""
    await told.wait()
    told.clear()
    draining = asyncio.ensure_future(server.drain(grace))
    again = asyncio.ensure_future(told.wait())
    await asyncio.wait((draining, again), return_when=asyncio.FIRST_COMPLETED)
    if not draining.done():
        await server.close_all_connections()
    again.cancel()
    await draining


async def _reload(server: HTTPServer) -> None:
    try:
        changed = await server.reload_certificates()
    except (OSError, RuntimeError) as error:
        log.error("The certificates stay those of before: %s", error)
    else:
        log.info("The certificates %s", "were read again" if changed else "have not changed")


def _orphaned(parent: socket.socket, told: asyncio.Event) -> None:
    asyncio.get_running_loop().remove_reader(parent.fileno())
    log.warning("The parent process has died: ending")
    told.set()
