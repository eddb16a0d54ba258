"""A real process to be reloaded, whose output is awaited line by line."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Child:
    """A running program; standard error is part of its output."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.seen: list[str] = []

    async def line(self) -> str:
        """The next line of output; fails when the program has ended."""
        assert self.process.stdout is not None
        raw = await self.process.stdout.readline()
        assert raw, "the program ended; it printed:\n" + "\n".join(self.seen)
        self.seen.append(raw.decode().rstrip())
        return self.seen[-1]

    async def until(self, text: str) -> str:
        """Skip lines up to the one that contains *text*."""
        while text not in (line := await self.line()):
            pass
        return line

    async def end(self) -> int:
        """Read the rest of the output; the exit status."""
        assert self.process.stdout is not None
        rest = await self.process.stdout.read()
        self.seen += rest.decode().splitlines()
        return await self.process.wait()

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)


@asynccontextmanager
async def python(
    *arguments: str,
    cwd: Path,
    give: tuple[int, ...] = (),
    stdin: int | None = None,
    **environment: str,
) -> AsyncIterator[Child]:
    """Run this Python with *arguments* in *cwd*; it is gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=cwd,
        # Without asyncio's debug mode, which tells of every step that a busy machine makes slow.
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONASYNCIODEBUG": "", **environment},
        stdin=stdin,
        # A shell starts what runs in the background with Ctrl-C ignored, which is inherited.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        pass_fds=give,
    )
    child = Child(process)
    try:
        yield child
    finally:
        if process.returncode is None:
            process.kill()
            await child.end()
        await process.wait()
        transport = process._transport  # type: ignore[attr-defined]  # asyncio closes it too late
        transport.close()


def write(path: Path, text: str) -> Path:
    """Write *text* at once, as careful editors do: another inode takes the name."""
    fresh = path.with_name(f"{path.name}~")
    fresh.write_text(text)
    os.replace(fresh, path)
    return path
