"""Commands that pages show, typed: what ends has to end well, what serves has to answer."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

PORT = re.compile(r"(?<![\d.])8\d{3}(?![\d.])")

#: Seconds that a program or a command may take, interpreter and imports included.
LONGEST_RUN = 40
#: Seconds that pip may take.
LONGEST_INSTALLATION = 300
#: Seconds after which what streams for ever (``curl -N``) has shown enough.
LONG_ENOUGH = 3

#: What pages say to a shell and nobody types here, with the reason.
UNTYPED = {
    r"(uvx |venv/bin/)?nox\b": "a session of nox runs this",
    r"python3 -m venv |venv/bin/": "the environment is there",
    r"python -m examples\.rabbitmq_consumer": "waits for ever; its test has a queue of its own",
    r"ZONDA_COMPILE=1 pip ": "the session compiled of nox builds these wheels",
    r"wrk ": "a measurement, which needs a quiet machine",
    r".*…": "has gaps to be filled in",
}
PIP = re.compile(r"pip (un)?install ")

#: Started before any program of a page: a port that pages name is another one.
SITECUSTOMIZE = """\
import os, socket
ports = dict(item.split(":") for item in os.environ.get("SHOWN_PORTS", "").split())
bind = socket.socket.bind
def bound(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and str(address[1]) in ports:
        address = (address[0], int(ports[str(address[1])]), *address[2:])
    return bind(self, address)
socket.socket.bind = bound
"""


class ShownError(Exception):
    """What a page shows does not work."""


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


class Shell:
    """Types commands in a directory; what serves stays until the end."""

    def __init__(self, directory: Path, environment: dict[str, str], log: IO[str]) -> None:
        self.directory = directory
        self.environment = environment
        self.log = log
        self.ports: dict[str, str] = {}
        self.servers: list[subprocess.Popen[str]] = []
        self.open: set[str] = set()

    def other_port(self, shown: str) -> str:
        """The port that stands for one that a page shows."""
        return self.ports.setdefault(shown, str(free_port()))

    def start(self, command: str) -> subprocess.Popen[str]:
        """Type a command."""
        self.other_port("8888")  # where programs listen that are told nothing
        command = PORT.sub(lambda match: self.other_port(match[0]), command)
        ports = " ".join(map(":".join, self.ports.items()))
        return subprocess.Popen(
            ["bash", "-c", command],
            cwd=self.directory,
            env={**self.environment, "SHOWN_PORTS": ports},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def type(self, command: str) -> None:
        """Type a command, and wait until it has ended well, or answers requests.

        :raises ShownError: it failed, or takes too long.
        """
        is_stream = "curl -N" in command
        if is_stream:
            command = f"timeout {LONG_ENOUGH} {command}"
        port = (PORT.findall(command) or ["8888"])[-1]
        if PIP.match(command):
            command = f"yes | python -m {command}"
        process = self.start(command)
        limit = LONGEST_INSTALLATION if "pip" in command else LONGEST_RUN
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            status = process.poll()
            if status == 0 or (is_stream and status == 124):
                return
            if status is not None:
                raise ShownError(f"{command} ends with {status}: {self.said()}")
            if port not in self.open and self.answers(port):
                self.open.add(port)
                self.servers.append(process)
                return
            if "Ran " in self.said():  # a program that is run again after each change
                self.servers.append(process)
                return
            time.sleep(0.1)
        self.servers.append(process)
        raise ShownError(f"{command} still runs after {limit} s: {self.said()}")

    def serve(self, command: str, port: str) -> None:
        """Start a server, and ask for its front page."""
        self.type(command)
        if not self.servers:
            raise ShownError(f"{command} does not serve: {self.said()}")
        with closing(
            http.client.HTTPConnection("127.0.0.1", int(self.other_port(port)), timeout=5)
        ) as client:
            client.request("GET", "/")
            status = client.getresponse().status
        if status >= 500:
            raise ShownError(f"{command} answers with {status}: {self.said()}")

    def answers(self, port: str) -> bool:
        """Whether somebody listens at the port that stands for *port*."""
        address = ("127.0.0.1", int(self.other_port(port)))
        with closing(socket.socket()) as probe:
            return probe.connect_ex(address) == 0

    def said(self) -> str:
        """All that was printed."""
        self.log.seek(0)
        return self.log.read()

    def close(self) -> None:
        """End what serves, and whatever it has started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in self.servers:
                try:
                    os.killpg(process.pid, number)
                    process.wait(LONGEST_RUN)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    pass


@contextmanager
def typing(directory: Path) -> Iterator[Shell]:
    """A shell in *directory* that finds the programs of this Python's environment first."""
    with tempfile.TemporaryDirectory() as path, tempfile.TemporaryFile("w+") as log:
        Path(path, "sitecustomize.py").write_text(SITECUSTOMIZE)
        environment = {
            **os.environ,
            "PIP_NO_INPUT": "",  # pip asks as it asks a stranger
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": path,
            "PYTHONUNBUFFERED": "1",
        }
        shell = Shell(directory, environment, log)
        try:
            yield shell
        finally:
            shell.close()


def untyped(command: str, *, install: bool) -> str | None:
    """Why nobody types this command here."""
    if PIP.match(command) and not install:
        return "changes the environment"
    found = (reason for start, reason in UNTYPED.items() if re.match(start, command))
    return next(found, None)
