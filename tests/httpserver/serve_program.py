"""Programs that call `zonda.httpserver.serve`, in processes of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator

PREAMBLE = """
import asyncio, contextlib, logging, os, signal, sys
from zonda.httpserver import HTTPServer, open_sockets, serve
from zonda.iostream import task_id, worker_process
logging.basicConfig(level=logging.INFO, format="log: %(message)s", stream=sys.stdout)
worker_process.RESTART_PAUSE = 0.01

def say(text):
    os.write(1, (text + "\\n").encode())

def answer(request):
    body = f"{os.getpid()} {task_id()}".encode()
    if request.path == "/die":
        os.kill(os.getpid(), signal.SIGKILL)
    if request.path == "/slow":
        say("slow")
        loop = asyncio.get_running_loop()
        loop.call_later(0.3, request.connection.respond, 200, "", body)
    else:
        request.connection.respond(200, "", body)

def started(server):
    say(f"serving {os.getpid()}")

(sock,) = open_sockets(["127.0.0.1:0"], reuse_port=True)
say(f"port {sock.getsockname()[1]}")
"""


class Program:
    """A program whose lines of output are read one by one."""

    def __init__(self, code: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PREAMBLE + textwrap.dedent(code), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.seen: list[str] = []
        self.port = int(self.wait_for("port ").split()[1])

    def wait_for(self, beginning: str) -> str:
        """The next line that begins so."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.seen.append(line.strip())
            if line.startswith(beginning):
                return line.strip()
        raise AssertionError(f"no line begins with {beginning!r}: {self.seen}")

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the parent."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for the end; the exit status."""
        # Not communicate(): it reads past lines that were read ahead.
        assert self.process.stdout is not None
        self.seen += self.process.stdout.read().splitlines()
        return self.process.wait(timeout=30)

    def ask(self, path: str = "/") -> tuple[int, str]:
        """Which process, and which worker, answers a request on a connection of its own."""
        with self.begin(path) as client:
            return finish(client)

    def begin(self, path: str) -> socket.socket:
        """A connection on which a request was sent."""
        client = socket.create_connection(("127.0.0.1", self.port), 10)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return client


def finish(client: socket.socket) -> tuple[int, str]:
    """Read the answer."""
    data = b""
    while piece := client.recv(4096):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), data
    pid, number = body.decode().split()
    return int(pid), number


@contextlib.contextmanager
def running(code: str, *arguments: str) -> Iterator[Program]:
    """A program that serves for the time of a test."""
    program = Program(code, *arguments)
    try:
        yield program
    finally:
        if program.process.poll() is None:
            program.process.kill()
        program.process.communicate()


def wait_until_gone(pid: int) -> None:
    """Wait for the end of a process that is no child of this one."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise AssertionError(f"process {pid} lives on")
