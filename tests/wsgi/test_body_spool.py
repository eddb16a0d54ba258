"""Bodies are kept in memory up to a limit, and in a file beyond it."""

from __future__ import annotations

import asyncio
import contextlib
import io

import pytest

from zonda.wsgi.body_spool import BodySpool


async def test_small_bodies_stay_in_memory() -> None:
    spool = BodySpool(6)
    assert spool.write(b"abc") is None
    assert spool.write(b"def") is None
    assert isinstance(spool.read_from(), io.BytesIO)
    assert (spool.read_from().read(), spool.size) == (b"abcdef", 6)
    spool.close()


async def test_large_bodies_go_to_a_file() -> None:
    spool = BodySpool(4)
    for piece in (b"abc", b"def", b"ghi"):
        waiting = spool.write(piece)
        if waiting is not None:
            await waiting
    loop = asyncio.get_running_loop()
    file = await loop.run_in_executor(None, spool.read_from)
    assert not isinstance(file, io.BytesIO)
    assert await loop.run_in_executor(None, file.read) == b"abcdefghi"
    spool.close()
    assert file.closed


async def test_closing_while_a_piece_is_written_leaves_no_file_open() -> None:
    spool = BodySpool(0)
    waiting = spool.write(b"abc")
    assert waiting is not None
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    spool.close()
    with contextlib.suppress(ValueError):
        await task
    with pytest.raises(ValueError, match="closed"):
        spool.read_from()
