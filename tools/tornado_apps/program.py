"""A program that serves HTTP on a free port, from its start to its end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

#: Seconds until a program must answer, and until it must have ended when it is told to.
PATIENCE = 60.0


class Program:
    """A program that runs.

    :ivar url: where it answers, without a slash at the end.
    """

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url = url
        self._headers = headers

    def get(self, path: str, method: str = "GET") -> bytes:
        """The body of an answer with status 200.

        :raises AssertionError: it has another status.
        """
        request = urllib.request.Request(
            self.url + path,
            headers=self._headers,
            method=method,
            data=b"" if method != "GET" else None,
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                body: bytes = response.read()
                return body
        except urllib.error.HTTPError as error:
            text = error.read()[:300]
            raise AssertionError(f"{method} {path} answered {error.code}: {text!r}") from None


@contextmanager
def running(
    arguments: Sequence[str],
    directory: Path,
    ready: str,
    headers: dict[str, str],
    files: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Program]:
    """Start ``python`` with *arguments*, in which ``{port}`` is a free port; end it at the end.

    :param ready: the path that answers when the program is ready.
    :param files: what is written into *directory* before, with the same port.
    """
    port = free_port()
    for name, text in files.items():
        (directory / name).write_text(text.replace("{port}", str(port)), encoding="utf-8")
    command = [sys.executable, *(part.replace("{port}", str(port)) for part in arguments)]
    log = directory / "log"
    environment = {**os.environ, "HOME": str(directory)}
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    program = Program(f"http://127.0.0.1:{port}", headers)
    try:
        wait_until_ready(program, ready, process)
        yield program
    except BaseException:
        print(log.read_text(encoding="utf-8", errors="replace")[-4000:])
        raise
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def wait_until_ready(program: Program, path: str, process: subprocess.Popen[bytes]) -> None:
    """Ask until somebody answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            program.get(path)
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
