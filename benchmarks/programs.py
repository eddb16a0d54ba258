"""The programs that are compared: installed apart, started on a core of their own, watched, ended.

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
import threading
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from zonda.web import compiled

HERE = Path(__file__).parent
START_SECONDS = 20.0  # a cold import of the slowest peer, several times over
STOP_SECONDS = 5.0
INSTALL_SECONDS = 600.0
SAY_SECONDS = 60.0  # until a program says something, beyond the time that it works
SERVER_CORE, LOAD_CORE = "0", "1"
BOTH_CORES = f"{SERVER_CORE},{LOAD_CORE}"
PEERS = Path(".nox/bench-peers")


class CannotRun(Exception):
    """A program could not be installed, started, or gave a wrong answer; says why."""


@dataclasses.dataclass(frozen=True)
class Server:
    """A program below this directory, its arguments after the port, and what it is installed with.

    :ivar requires: empty for one that runs in this interpreter's environment.
    """

    name: str
    program: str
    arguments: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()

    def with_arguments(self, *arguments: str) -> Self:
        """The same with more arguments."""
        return dataclasses.replace(self, arguments=(*self.arguments, *arguments))


class Peers:
    """The environment of the peers: made on first use, kept for the next run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.python = self.directory / ("Scripts" if os.name == "nt" else "bin") / "python"

    def install(self, name: str, requires: Sequence[str]) -> None:
        """Install what *name* needs; an environment that has it already is not touched.

        :raises CannotRun: with the installer's last words
        """
        if not requires:
            return
        stamp = self.directory / f".installed-{name}"
        wanted = " ".join(requires)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        if not self.python.exists():
            venv.create(self.directory, with_pip=shutil.which("uv") is None)
        if uv := shutil.which("uv"):
            command = [uv, "pip", "install", "--quiet", "--python", str(self.python)]
        else:
            command = [str(self.python), "-m", "pip", "install", "--quiet"]
        done = finished([*command, *requires], f"installing {wanted}", INSTALL_SECONDS)
        if done.returncode:
            raise CannotRun(f"cannot install {wanted}: {last_line(done.stderr)}")
        stamp.write_text(wanted)

    def ready(self, servers: Sequence[Server], failed: Callable[[str, str], None]) -> list[str]:
        """Install for all *servers*; the names of those that can run, *failed* hears of others."""
        names = []
        for server in servers:
            try:
                self.install(server.name, server.requires)
                names.append(server.name)
            except CannotRun as error:
                failed(server.name, str(error))
        return names

    def python_of(self, server: Server) -> str:
        """The interpreter that *server* runs in."""
        return str(self.python) if server.requires else sys.executable

    def versions(self, server: Server) -> str:
        """Names and versions of what *server* runs on, as installed."""
        if server.name == "nginx":
            said = finished(["nginx", "-v"], "nginx -v")
            return said.stderr.strip()
        names = [name.partition("[")[0] for name in server.requires]
        if names:
            return versions(names, self.python_of(server))
        found = versions(["zonda-web", "uvloop"])
        as_python = {"pure", "portable"} & set(server.arguments)
        return f"{found}, compiled" if compiled and not as_python else found


def versions(names: Sequence[str], python: str = sys.executable) -> str:
    """The versions of distributions in the environment of *python*."""
    script = (
        "import sys; from importlib.metadata import version\n"
        "print(', '.join(f'{name} {version(name)}' for name in sys.argv[1:]))"
    )
    done = finished([python, "-c", script, *names], "asking for versions")
    return done.stdout.strip() or "unknown"


class Started:
    """A process on a core of its own, with all that it starts; nothing is left of it at the end.

    :param options: further arguments of `subprocess.Popen`.
    """

    def __init__(self, command: list[str], core: str = SERVER_CORE, **options: Any) -> None:
        self.process: subprocess.Popen[str] = subprocess.Popen(
            pinned(core, command), text=True, start_new_session=True, **options
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process and what it has started."""
        # A server may have workers: all of them are in the session that was made for it.
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(STOP_SECONDS)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pid = self.process.pid
            raise CannotRun(
                f"process {pid} has not ended {STOP_SECONDS:.0f} s after SIGKILL"
            ) from None

    def line(self) -> str:
        """The next line that it prints; its standard output must be a pipe."""
        return next_line(self.process, "a server's first line")

    def cpu(self) -> tuple[float, float]:
        """Seconds of processor time so far of all its processes: all, and outside the kernel."""
        user = system = 0
        for _, fields in self.processes():
            user += int(fields[11])
            system += int(fields[12])
        ticks = os.sysconf("SC_CLK_TCK")
        return (user + system) / ticks, user / ticks

    def cpu_seconds(self) -> float | None:
        """Processor time of all its processes so far; None where that is unknown."""
        return self.cpu()[0] if Path("/proc/self/stat").exists() else None

    def resident(self) -> int:
        """Bytes of memory that its processes have, what they share counted each time."""
        pages = 0
        for pid, _ in self.processes():
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def highest(self) -> int:
        """The most bytes of memory that its processes ever had, added up."""
        kib = 0
        for pid, _ in self.processes():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    kib += int(line.split()[1])
        return kib * 1024

    def processes(self) -> Iterator[tuple[int, list[str]]]:
        """Of each of its processes the identifier, and the fields of ``stat`` from the third."""
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self.process.pid and fields[0] != "Z":
                yield int(path.parent.name), fields


class Running(Started):
    """A started `Server`: inside the context its *port* answers."""

    def __init__(self, server: Server, peers: Peers, **options: Any) -> None:
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115  (closed when it stops)
        self.port = free_port()
        program = HERE / server.program
        command = [peers.python_of(server), str(program), str(self.port), *server.arguments]
        super().__init__(
            command, stdout=self._printed, stderr=self._printed, cwd=program.parent, **options
        )

    def __enter__(self) -> Self:
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
            self.stop()
            raise

    def _still_starting(self, deadline: float) -> None:
        if (code := self.process.poll()) is not None:
            raise CannotRun(f"ended with code {code}: {self.last_words()}")
        if time.monotonic() > deadline:
            raise CannotRun(f"did not listen within {START_SECONDS:.0f} s: {self.last_words()}")

    def stop(self) -> None:
        """End it."""
        super().stop()
        self._printed.close()

    def printed(self) -> bytes:
        """All that it has printed."""
        self._printed.seek(0)
        return self._printed.read()

    def last_words(self) -> str:
        """The last line that it printed."""
        return last_line(self.printed().decode(errors="replace"))


def finished(
    command: Sequence[str], what: str, seconds: float = SAY_SECONDS, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run *command* to its end.

    :param what: it does, for the error.
    :param options: further arguments of `subprocess.run`.
    :raises CannotRun: it has not ended within *seconds*.
    """
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds, **options)
    except subprocess.TimeoutExpired:
        raise CannotRun(f"{what} has not ended within {seconds:.0f} s") from None


def next_line(process: subprocess.Popen[str], what: str, seconds: float = SAY_SECONDS) -> str:
    """The next line of a process whose standard output is a pipe; empty if it has ended.

    :param what: is expected, for the error.
    :raises CannotRun: nothing came within *seconds*; the process is killed.
    """
    assert process.stdout is not None
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        line = process.stdout.readline().strip()
    finally:
        timer.cancel()
    if late.is_set():
        raise CannotRun(f"{what} has not come within {seconds:.0f} s")
    return line


def pinned(core: str, command: list[str]) -> list[str]:
    """*command*, bound to one core where the machine has two and can do that."""
    return ["taskset", "-c", core, *command] if can_pin() else command


def pin_load() -> None:
    """Bind this process, which makes the load, to its core."""
    if can_pin():
        os.sched_setaffinity(0, {int(LOAD_CORE)})


def can_pin() -> bool:
    """Whether a server and its load can have a core each."""
    return shutil.which("taskset") is not None and (os.cpu_count() or 1) > 1


def module(name: str, *arguments: object) -> list[str]:
    """The command that runs another benchmark module, or this one again in another part."""
    return [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)]


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def has_tornado() -> bool:
    """Whether Tornado is installed here, and the name ``tornado`` is not Zonda's alias."""
    return packages_distributions().get("tornado") == ["tornado"]


def last_line(text: str) -> str:
    """The last line of *text* that says something."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "(it printed nothing)"
