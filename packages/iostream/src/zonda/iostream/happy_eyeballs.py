"""Connecting to whichever address of a host answers first (RFC 8305)."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from .resolver import Addresses, SocketAddress

# Seconds after which the next address is tried although the last one may yet answer (RFC 8305,
# section 5, "Connection Attempt Delay").
ATTEMPT_DELAY = 0.25

Attempt = Callable[[socket.AddressFamily, SocketAddress], Awaitable[socket.socket]]


def interleaved(addresses: Addresses) -> Addresses:
    """The families take turns, beginning with that of the first address (section 4)."""
    by_family: dict[socket.AddressFamily, Addresses] = {}
    for family, address in addresses:
        by_family.setdefault(family, []).append((family, address))
    turns = itertools.zip_longest(*by_family.values())
    return [found for turn in turns for found in turn if found is not None]


async def first_connected(
    addresses: Addresses, attempt: Attempt, delay: float = ATTEMPT_DELAY
) -> socket.socket:
    """Try the addresses in their order, overlapping; return the first socket that is connected.

    The next attempt begins after *delay* seconds, or at once when one has failed.  All other
    sockets are closed, also when this coroutine is cancelled.

    :raises OSError: all attempts failed.
    """
    waiting = deque(addresses)
    pending: set[asyncio.Task[socket.socket]] = set()
    errors: list[OSError] = []
    try:
        while waiting or pending:
            if waiting:
                pending.add(asyncio.ensure_future(_run(attempt, *waiting.popleft())))
            done, pending = await asyncio.wait(
                pending,
                timeout=delay if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            connected, failed = _sorted(done)
            errors += failed
            if connected:
                for late in connected[1:]:
                    late.close()
                return connected[0]
    finally:
        for task in pending:
            task.cancel()
            task.add_done_callback(_close_result)
    raise _summary(errors)


async def _run(
    attempt: Attempt, family: socket.AddressFamily, address: SocketAddress
) -> socket.socket:
    return await attempt(family, address)


def _sorted(
    done: set[asyncio.Task[socket.socket]],
) -> tuple[list[socket.socket], list[OSError]]:
    connected, failed = [], []
    for task in done:
        error = task.exception()
        if error is None:
            connected.append(task.result())
        elif isinstance(error, OSError):
            failed.append(error)
        else:
            raise error
    return connected, failed


def _close_result(task: asyncio.Task[socket.socket]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()


def _summary(errors: Sequence[OSError]) -> OSError:
    """One error for all; of the class they have in common, when they have the same number."""
    if len(errors) == 1:
        return errors[0]
    text = "; ".join(error.strerror or str(error) for error in errors)
    numbers = {error.errno for error in errors}
    number = numbers.pop() if len(numbers) == 1 else None
    return OSError(text) if number is None else OSError(number, text)
