"""The compiled functions and the Python methods that they replace do the same."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.iostream.pairs import MakePair
from zonda.iostream import (
    BaseIOStream,
    StreamClosedError,
    compiled,
    stream_pair,
)
from zonda.iostream.native import replace_methods
from zonda.iostream.stream_connection import StreamConnection

ROOT = Path(__file__).parents[2]


def seen(*, pure: bool) -> list[str]:
    """What comes of `tests.iostream.every_kind_of_read`, and what the log says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.iostream.every_kind_of_read"],
        cwd=ROOT,
        # Without debug mode, which logs what took long.
        env={**os.environ, "PYTHONASYNCIODEBUG": "", "ZONDA_PURE": "1" if pure else ""},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_readers_writers_and_the_log_see_the_same() -> None:
    *expected, said = seen(pure=True)
    assert said == "pure"
    *found, said = seen(pure=False)
    assert said == ("compiled" if compiled else "pure")
    assert found == expected
    text = "\n".join(expected)
    for word in ("b'abcd\\n'", "StreamBusyError", "Unsatisfiable", "waits", "ready True", "done F"):
        assert word in text


@pytest.mark.parametrize(
    ("method", "names"),
    [
        (BaseIOStream.read_until, ["self", "delimiter", "max_bytes"]),
        (BaseIOStream.read_bytes, ["self", "num_bytes", "partial"]),
        (BaseIOStream.write, ["self", "data"]),
        (StreamConnection.data_received, ["self", "data"]),
    ],
)
def test_methods_say_their_arguments(method: Callable[..., object], names: list[str]) -> None:
    assert list(inspect.signature(method).parameters) == names
    assert method.__name__ == "data_received" or inspect.getdoc(method)


async def test_lines_and_blocks_go_both_ways(make_two_way: MakePair) -> None:
    near, far = await make_two_way()
    for number in range(20):
        line = b"%d\r\n" % number
        written = far.write(line)
        assert await near.read_until(b"\r\n") == line
        await written
        block = bytes([number]) * 20_000
        written = near.write(block)
        assert await far.read_bytes(20_000) == block
        await written


async def test_nothing_is_left_of_what_was_read_and_written() -> None:
    near, far = stream_pair()
    line, large, ending = b"a" * 500 + b"\n", b"b" * 30_000, b"\n"

    async def many() -> list[int]:
        for _ in range(300):
            far.write(line)
            assert await near.read_until(ending) == line
            reading = near.read_bytes(len(large))
            far.write(large)
            await reading
            del reading
            near.read_bytes(70, partial=True).cancel()
        await asyncio.sleep(0)
        gc.collect()
        held = (line, large, ending, near._connection, near._connection.writes, near._last_wish)
        return [sys.getrefcount(thing) for thing in held]

    assert await many() == await many()
    near.close()
    far.close()


@pytest.mark.parametrize("ask", [lambda s: s.read_until(b"\n"), lambda s: s.read_bytes(3)])
async def test_a_read_that_waits_is_told_the_end(
    ask: Callable[[BaseIOStream], asyncio.Future[bytes]],
) -> None:
    near, far = stream_pair()
    far.write(b"ok\n")
    assert await ask(near) == b"ok\n"
    reading = ask(near)
    far.close()
    with pytest.raises(StreamClosedError):
        await reading


def test_pure_is_what_the_environment_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONDA_PURE", "1")
    assert not replace_methods(BaseIOStream)
