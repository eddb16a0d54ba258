"""A program of this repository in a process of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Program:
    """A running program that printed where it serves."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    @property
    def port(self) -> int:
        """The port in the URL."""
        return int(self.url.rstrip("/").rpartition(":")[2])

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; the exit status and what the program still printed."""
        self.process.send_signal(number)
        # Not communicate(): it reads past lines that were read ahead.
        assert self.process.stdout is not None
        output = self.process.stdout.read()
        return self.process.wait(timeout=20), output


@contextlib.contextmanager
def running(*arguments: str, cwd: Path = ROOT) -> Iterator[Program]:
    """Start ``python arguments`` in a directory and wait for the line with its address."""
    command = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            seen = ""
            for line in process.stdout:
                seen += line
                found = re.search(r"https?://[\w.]+:\d+/", line)
                if found:
                    yield Program(process, found[0])
                    return
            raise AssertionError(f"{command} ended without an address:\n{seen}")
        finally:
            if process.poll() is None:
                process.kill()
