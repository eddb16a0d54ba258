"""A program of this repository in a process of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Program:
    """A running program that printed where it serves."""

    def __init__(self, process: subprocess.Popen[str], url: str, port: int) -> None:
        self.process = process
        self.url = url
        self.port = port

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; the exit status and what the program still printed."""
        self.process.send_signal(number)
        # Not communicate(): it reads past lines that were read ahead.
        assert self.process.stdout is not None
        output = self.process.stdout.read()
        return self.process.wait(timeout=20), output


#: How our own programs say where they serve.
ADDRESS = re.compile(r"https?://[\w.]+:(\d+)/")


@contextlib.contextmanager
def running(
    *arguments: str,
    cwd: Path = ROOT,
    address: re.Pattern[str] = ADDRESS,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Program]:
    """Start ``python arguments`` in a directory and wait for the line with its address.

    :param address: finds it in a line; its first group is the port.
    :param environment: what the program gets besides the variables of this process.
    """
    command = [sys.executable, *arguments]
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            seen = ""
            for line in process.stdout:
                seen += line
                if found := address.search(line):
                    yield Program(process, found[0], int(found[1]))
                    return
            raise AssertionError(f"{command} ended without an address:\n{seen}")
        finally:
            if process.poll() is None:
                process.kill()
