"""The servers that are compared, what each of them is asked, and how they are started.

A peer never becomes a dependency: it is installed when the benchmark runs, into an environment
of its own.  That is needed too because the development environment may hold an importable
``tornado`` that is Zonda.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from types import TracebackType

from .files import LARGE, SMALL

HERE = Path(__file__).parent
START_SECONDS = 20.0  # a cold import of the slowest peer, several times over
STOP_SECONDS = 5.0
SERVER_CORE, LOAD_CORE = "0", "1"


class CannotRun(Exception):
    """A server could not be installed, started, or gave a wrong answer; says why."""


@dataclasses.dataclass(frozen=True)
class Case:
    """What is requested, with which header fields, and what the answer has to be."""

    name: str
    path: str
    headers: str  # none | same | varying, see load.lua
    body: bytes  # the whole body, or for a page a part of it


HELLO = b"Hello, world"
ITEM = b'{"id": 42, "name": "zonda", "tags": ["wind", "warm", "dry"]}'
CELL = b"<td>49</td><td>&lt;item&gt; &amp; 49</td><td>61.25</td>"

CASES = {
    case.name: case
    for case in (
        Case("plain", "/", "none", HELLO),
        Case("plain-browser", "/", "same", HELLO),
        Case("plain-varying", "/", "varying", HELLO),
        Case("async", "/async", "none", HELLO),
        Case("suspend", "/suspend", "none", HELLO),
        Case("json", "/items/42", "none", ITEM),
        Case("page", "/page", "none", CELL),
        Case("file-8k", "/static/small.txt", "none", SMALL),
        Case("file-1m", "/static/large.bin", "none", LARGE),
    )
}
HEADS = ("plain", "plain-browser", "plain-varying")
FILES = ("file-8k", "file-1m")


@dataclasses.dataclass(frozen=True)
class Server:
    """A program of this directory, its arguments, what to install for it, and its cases."""

    name: str
    program: str
    arguments: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()  # empty: runs in this interpreter's environment
    cases: tuple[str, ...] = (*HEADS, "json")


SERVERS = {
    server.name: server
    for server in (
        Server("limit", "serve_limit.py", (), ("uvloop",), HEADS),
        Server("zonda", "serve_handlers.py", ("zonda",), (), tuple(CASES)),
        Server("zonda-uvloop", "serve_handlers.py", ("zonda", "uvloop"), (), tuple(CASES)),
        Server("tornado", "serve_handlers.py", ("tornado",), ("tornado",), tuple(CASES)),
        Server(
            "aiohttp",
            "serve_aiohttp.py",
            (),
            ("aiohttp", "uvloop"),
            (*HEADS, "json", *FILES),
        ),
        Server("nginx", "serve_nginx.py", (), (), FILES),
        Server(
            "starlette", "serve_starlette.py", (), ("starlette", "uvicorn", "uvloop", "httptools")
        ),
        Server(
            "blacksheep",
            "serve_blacksheep.py",
            (),
            ("blacksheep", "uvicorn", "uvloop", "httptools"),
        ),
        Server("granian", "serve_granian.py", (), ("granian", "uvloop")),
        Server("socketify", "serve_socketify.py", (), ("socketify",)),
    )
}


class Peers:
    """The environment of the peers: made on first use, kept for the next run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.python = directory / ("Scripts" if os.name == "nt" else "bin") / "python"

    def install(self, server: Server) -> None:
        """Install what *server* needs; an environment that has it already is not touched.

        :raises CannotRun: with the installer's last words
        """
        stamp = self.directory / f".installed-{server.name}"
        wanted = " ".join(server.requires)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        if not self.python.exists():
            venv.create(self.directory, with_pip=shutil.which("uv") is None)
        if uv := shutil.which("uv"):
            command = [uv, "pip", "install", "--quiet", "--python", str(self.python)]
        else:
            command = [str(self.python), "-m", "pip", "install", "--quiet"]
        done = subprocess.run([*command, *server.requires], capture_output=True, text=True)
        if done.returncode:
            raise CannotRun(f"cannot install {wanted}: {_last_line(done.stderr)}")
        stamp.write_text(wanted)

    def versions(self, server: Server) -> str:
        """Names and versions of what *server* runs on, as installed."""
        if server.name == "nginx":
            said = subprocess.run(["nginx", "-v"], capture_output=True, text=True)
            return said.stderr.strip()
        if not server.requires:
            python, names = sys.executable, ["zonda-web", "zonda-httpserver"]
            if "uvloop" in server.arguments:
                names.append("uvloop")
        else:
            python, names = str(self.python), list(server.requires)
        script = (
            "import sys; from importlib.metadata import version\n"
            "print(', '.join(f'{name} {version(name)}' for name in sys.argv[1:]))"
        )
        done = subprocess.run([python, "-c", script, *names], capture_output=True, text=True)
        return done.stdout.strip() or "unknown"


class Running:
    """A started server, as a context manager: *port* answers inside, nothing is left after."""

    def __init__(self, server: Server, peers: Peers) -> None:
        python = str(peers.python) if server.requires else sys.executable
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed when it stops)
        self.port = free_port()
        command = [python, str(HERE / server.program), str(self.port), *server.arguments]
        self._process = subprocess.Popen(
            pinned(SERVER_CORE, command),
            stdout=self._errors,
            stderr=self._errors,
            cwd=HERE,
            start_new_session=True,
        )

    def __enter__(self) -> Running:
        deadline = time.monotonic() + START_SECONDS
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                    return self
                except OSError:
                    self._still_starting(deadline)
                    time.sleep(0.02)
        except BaseException:
            self._stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _still_starting(self, deadline: float) -> None:
        if (code := self._process.poll()) is not None:
            raise CannotRun(f"ended with code {code}: {self.last_words()}")
        if time.monotonic() > deadline:
            raise CannotRun(f"did not listen within {START_SECONDS:.0f} s: {self.last_words()}")

    def _stop(self) -> None:
        # A server may have workers: all of them are in the session that was made for it.
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(STOP_SECONDS)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self._process.wait()
        self._errors.close()

    def last_words(self) -> str:
        """The last line that the server printed."""
        self._errors.seek(0)
        return _last_line(self._errors.read().decode(errors="replace"))

    def cpu_seconds(self) -> float | None:
        """Processor time that the server and its workers used so far; None where unknown."""
        if not Path("/proc/self/stat").exists():
            return None
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self._process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def pinned(core: str, command: list[str]) -> list[str]:
    """*command*, bound to one core where the machine has two and can do that."""
    if shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        return ["taskset", "-c", core, *command]
    return command


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "(it printed nothing)"
