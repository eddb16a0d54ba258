"""Do what pages show: ``python scripts/shown.py [--install] PAGE...``.

A page is followed from its top to its end by the Python that runs this, in a directory of its own:

* Python with prompts (``>>>``) is one session from the first such block to the last.
* Any other Python is a program of its own, which has to end well by itself.
* Of a console (``$ ...``) each line is typed.  What serves goes on until the end of its block.

A comment in the line above a block says what is different with it:

* ``<!-- needs 127.0.0.1:5672 -->``: left out where nothing answers at that address;
* ``<!-- serves 8888 -->``: a program that serves until it is told to stop; it runs on another port,
  has to answer a request with HTTP, and is stopped;
* ``<!-- file hello.py -->``: kept under that name for what follows, and not run;
* ``<!-- from examples/chat/chat.py -->``: no program, but a part of that file, which is tested by
  itself.  Blocks of other languages may say it too.

With ``--install`` lines of pip are typed too: for an environment that may change.
"""

from __future__ import annotations

import doctest
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^(?:<!-- (.*?) -->\n)?```(\w+)\n(.*?)^```$", re.M | re.S)
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
    r"wrk ": "a measurement, which needs a quiet machine",
    r".*…": "has gaps to be filled in",
}
PIP = re.compile(r"pip (un)?install ")
#: What pages take for granted: a site in the making, templates, translations.
READER = ROOT / "tests" / "repository" / "reader"

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


class Unavailable(Exception):
    """A server that a block needs does not answer."""


class Block(NamedTuple):
    """A piece of a page and the remark above it."""

    page: Path
    line: int
    remark: str
    language: str
    code: str

    @property
    def is_session(self) -> bool:
        return ">>> " in self.code

    @property
    def source(self) -> str:
        """The path of the file that it is a part of, or nothing."""
        return self.remark.removeprefix("from ") if self.remark.startswith("from ") else ""

    @property
    def file(self) -> str:
        """The name that it is kept under, or nothing."""
        return self.remark.removeprefix("file ") if self.remark.startswith("file ") else ""

    @property
    def commands(self) -> list[str]:
        """The lines of a console that are typed."""
        return [line[2:] for line in self.code.splitlines() if line.startswith("$ ")]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """What stands between fences."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start(3)) + 1
        yield Block(page, line, match[1] or "", match[2], match[3])


def check_needs(block: Block) -> None:
    """Look whether the server that a block needs is there.

    :raises Unavailable: it is not.
    """
    if match := re.fullmatch(r"needs (\S+):(\d+)", block.remark):
        try:
            socket.create_connection((match[1], int(match[2])), timeout=2).close()
        except OSError:
            raise Unavailable(f"nothing answers at {match[1]}:{match[2]}") from None


def run_sessions(shown: list[Block], directory: Path) -> int:
    """Run what has prompts, as one session; how many prompts there were."""
    text = "\n".join(block.code for block in shown)
    path = directory / "session.txt"
    path.write_text(text, encoding="utf-8")
    finish([sys.executable, "-m", "doctest", path.name], directory, str(shown[0]))
    return len(doctest.DocTestParser().get_examples(text))


def finish(command: list[str], directory: Path, place: str) -> None:
    """Run a program that ends by itself."""
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_RUN,
        )
    except subprocess.TimeoutExpired:
        hint = "a server says <!-- serves PORT -->"
        raise ShownError(f"{place}: still runs after {LONGEST_RUN} s; {hint}") from None
    if done.returncode:
        raise ShownError(f"{place}: {done.stdout}")


def run_program(block: Block, directory: Path) -> Path:
    """Run a program the way a reader would, from a file; the file."""
    check_needs(block)
    path = directory / (block.file or "program.py")
    path.write_text(block.code, encoding="utf-8")
    if block.remark.startswith("serves "):
        with typing(directory) as shell:
            shell.serve(f"{sys.executable} {path.name}", block.remark.split()[1])
    elif not block.file:
        finish([sys.executable, path.name], directory, str(block))
    return path


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


def run_console(block: Block, directory: Path, *, install: bool) -> None:
    """Type the lines of a console, from the first to the last."""
    check_needs(block)
    with typing(directory) as shell:
        for command in block.commands:
            reason = untyped(command, install=install)
            print(f"  $ {command}" + f"   (not typed: {reason})" * bool(reason), flush=True)
            if reason is None:
                shell.type(command)


@contextmanager
def desk() -> Iterator[Path]:
    """The directory of a reader: what pages take for granted, and the examples."""
    with tempfile.TemporaryDirectory() as path:
        directory = Path(path, "desk")
        shutil.copytree(READER, directory)
        for name in ("examples", "benchmarks", "README.md"):
            (directory / name).symlink_to(ROOT / name)
        # Copies of what the commands of a release change.
        shutil.copytree(ROOT / "scripts", directory / "scripts")
        shutil.copytree(ROOT / "changes", directory / "changes")
        for project in [ROOT / "pyproject.toml", *ROOT.glob("packages/*/pyproject.toml")]:
            copy = directory / project.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project, copy)
        yield directory


def follow(page: Path, directory: Path, *, install: bool) -> None:
    """Do all that a page shows."""
    shown = [block for block in blocks(page) if not block.source]
    python = [block for block in shown if block.language == "python"]
    for block in shown:
        try:
            if block.language == "console":
                print(block, flush=True)
                run_console(block, directory, install=install)
            elif block in python and not block.is_session:
                print(block, flush=True)
                run_program(block, directory)
        except Unavailable as error:
            print(f"  left out: {error}", flush=True)
    if sessions := [block for block in python if block.is_session]:
        print(sessions[0], "and what follows", flush=True)
        run_sessions(sessions, directory)


def main(*arguments: str) -> None:
    install = "--install" in arguments
    with desk() as directory:
        for page in arguments:
            if page != "--install":
                try:
                    follow((ROOT / page).resolve(), directory, install=install)
                except ShownError as error:
                    sys.exit(str(error))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(__doc__)
    main(*sys.argv[1:])
