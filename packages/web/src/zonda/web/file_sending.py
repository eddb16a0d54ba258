"""The bytes of a file on their way to a client, without holding up anybody else.

From the disk to the socket where the connection can do that; else piece by piece, each read in a
thread when the client has taken those before.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Generator
from typing import TYPE_CHECKING, Final

from .errors import HTTPError
from .open_files import OpenFile, known_file, open_file

if TYPE_CHECKING:
    from .handler import RequestHandler

log = logging.getLogger("zonda.general")

# How much of a file is read at once: enough to keep a fast network busy, little enough for many
# downloads at the same time.
CHUNK_SIZE: Final = 256 * 1024


async def send(
    handler: RequestHandler, path: str, status: os.stat_result, start: int, end: int, key: object
) -> None:
    """Send the head of the answer, and bytes of the file.

    A file that ends too early cuts the connection: the client was promised more.

    :param key: what the head depends on, for `send_again`; None where that is too much.
    :raises HTTPError: 403; the file cannot be opened.
    """
    try:
        file = await open_file(path, status)
    except OSError as error:
        raise HTTPError(403, "%s cannot be read: %s", path, error.strerror) from None
    if key is not None:
        file.heads[key] = handler._headers.copy()
    await _send_open(handler, path, file, start, end)


def send_again(
    handler: RequestHandler, path: str, status: os.stat_result, key: object
) -> Awaitable[None] | None:
    """Send a whole file with the head of the last equal request, if it is still open."""
    file = known_file(path, status)
    head = None if file is None else file.heads.get(key)
    if file is None or head is None:
        return None
    handler._made_headers = head.copy()
    return _send_open(handler, path, file, 0, status.st_size)


async def _send_open(
    handler: RequestHandler, path: str, file: OpenFile, start: int, end: int
) -> None:
    await handler.flush()
    start += await _send_directly(handler, file.descriptor, start, end - start)
    loop = asyncio.get_running_loop()
    while start < end:
        size = min(CHUNK_SIZE, end - start)
        chunk = await loop.run_in_executor(None, file.read, start, size)
        if not chunk:
            _cut(handler, path, end - start)
            return
        start += len(chunk)
        handler.write(chunk)
        await handler.flush()


def pieces(path: str, start: int, end: int | None) -> Generator[bytes, None, None]:
    """The bytes of a file from *start* up to *end*; blocks."""
    with open(path, "rb", buffering=0) as file:
        if start:
            file.seek(start)
        left = end - start if end is not None else None
        while left is None or left > 0:
            chunk = file.read(CHUNK_SIZE if left is None else min(CHUNK_SIZE, left))
            if not chunk:
                return
            if left is not None:
                left -= len(chunk)
            yield chunk


async def _send_directly(handler: RequestHandler, file: int, offset: int, count: int) -> int:
    """Bytes that were sent from the disk to the socket; 0 where something is in between."""
    send_file = getattr(handler.request.connection, "send_file", None)
    if send_file is None or any(transform.changes_body for transform in handler._transforms):
        return 0
    sent: int = await send_file(file, offset, count)
    return sent


def _cut(handler: RequestHandler, path: str, missing: int) -> None:
    log.warning("%s became shorter while it was sent: %d bytes are missing", path, missing)
    handler._finished = True
    abort = getattr(handler.request.connection, "abort", None)
    if abort is not None:
        abort()
