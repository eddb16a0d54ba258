"""``zonda serve``: where it listens, how it logs, how it ends, what it says when it cannot."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from zonda.web import development
from zonda.web.command_line import main

SITE = "tests.web.command_site"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The command sets logging up for its process, which here is that of all tests."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


class Served:
    """The command, serving."""

    def __init__(self, process: subprocess.Popen[str], first: str) -> None:
        self.process = process
        self.first = first

    def ask(self, path: str = "/", **headers: str) -> str:
        """The body of an answer."""
        found = re.search(r"http://([\d.]+):(\d+)/", self.first)
        assert found is not None
        with contextlib.closing(
            http.client.HTTPConnection(found[1], int(found[2]), timeout=10)
        ) as client:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            client.request("GET", path, headers=names)
            return client.getresponse().read().decode()

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to end: its exit status, and what it printed."""
        self.process.send_signal(number)
        # Not communicate(): it reads past lines that were read ahead.
        assert self.process.stdout is not None
        output = self.process.stdout.read()
        return self.process.wait(timeout=20), output


@contextlib.contextmanager
def serving(*arguments: str, target: str = f"{SITE}:make_app") -> Iterator[Served]:
    """The command on a free port."""
    command = [sys.executable, "-u", "-m", "zonda.web", "serve", target, *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            first = ""
            while "Serving" not in first:
                line = process.stdout.readline()
                assert line, first
                first += line
            yield Served(process, first)
        finally:
            if process.poll() is None:
                process.kill()


def test_it_says_where_it_serves_and_logs_and_ends() -> None:
    with serving("--port=0", target=f"{SITE}:lifetime") as served:
        assert f"Serving {SITE}:lifetime at http://127.0.0.1:" in served.first
        assert "(Ctrl-C ends it)" in served.first
        assert served.ask(X_Forwarded_For="192.0.2.1").startswith("hello http 127.0.0.1")
        assert "404" in served.ask("/nowhere")
        status, output = served.end(signal.SIGINT)
    assert status == 0
    assert re.search(r"^\[I .*\] 200 GET / \(127\.0\.0\.1\) [\d.]+ms$", output, re.M)
    assert re.search(r"^\[W .*\] 404 GET /nowhere ", output, re.M)
    assert "begins" in served.first + output and output.rstrip().endswith("ends")
    assert "Traceback" not in output and "\x1b" not in output


def test_the_log_as_json_behind_a_proxy() -> None:
    options = ["--port=0", "--log=json", "--proxy-headers", "--grace=1", "--no-uvloop"]
    with serving(*options, target=f"{SITE}:make_later") as served:
        text = served.ask("/?a=1", X_Forwarded_For="192.0.2.1", X_Forwarded_Proto="https")
        assert text.startswith("hello https 192.0.2.1")
        status, output = served.end()
    assert status == 0
    [line] = [line for line in output.splitlines() if "zonda.access" in line]
    data = json.loads(line)
    assert data["milliseconds"] >= 0
    assert {key: data[key] for key in ("status", "method", "uri", "remote_ip", "level")} == {
        "status": 200,
        "method": "GET",
        "uri": "/?a=1",
        "remote_ip": "192.0.2.1",
        "level": "INFO",
    }


def test_workers_share_the_port_and_the_parent_ends_them() -> None:
    with serving("--port=0", "--workers=2", "--no-access-log") as served:
        assert "with 2 workers" in served.first
        pids = {int(served.ask().split()[-1]) for _ in range(3)}
        assert served.process.pid not in pids
        status, output = served.end()
    assert status == 0
    assert "GET /" not in output


def test_a_unix_socket() -> None:
    # A short path: that of a test's own directory may be too long for a socket.
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        path = f"{directory}/s"
        with (
            serving("--unix-socket", path, target=f"{SITE}:app") as served,
            socket.socket(socket.AF_UNIX) as client,
        ):
            assert f"at unix:{path} (" in served.first
            client.connect(path)
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")
            assert served.end()[0] == 0


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["no_such_module:app"], 2, "there is no module 'no_such_module'"),
        ([f"{SITE}:mak_app"], 2, "did you mean 'make_app'?"),
        ([f"{SITE}:app", "--reload", "--workers=2"], 2, "--reload is for one process"),
        ([f"{SITE}:app", "--keyfile=x"], 2, "--keyfile needs --certfile"),
        ([f"{SITE}:app", "--log-level=loud"], 2, "--log-level: "),
        ([f"{SITE}:app", "--certfile=/nowhere.pem"], 1, "cannot use /nowhere.pem: "),
        (
            [f"{SITE}:app", "--port=70000"],
            2,
            "--port cannot be 70000: it is a number of 0 to",
        ),
        ([f"{SITE}:app", "--workers=-3"], 2, "--workers cannot be -3: it is a number of 0 or more"),
        ([f"{SITE}:app", "--grace=-1"], 2, "--grace cannot be -1.0"),
        ([f"{SITE}:app", "--grace=nan"], 2, "--grace cannot be nan"),
        ([f"{SITE}:app", "--fd=-1"], 2, "--fd cannot be -1"),
        ([f"{SITE}:app", "--fd=999"], 1, "cannot listen at fd:999: "),
        ([f"{SITE}:app", "--trusted-proxy=me"], 2, "--trusted-proxy: 'me' "),
        ([f"{SITE}:app", "--address=256.0.0.1", "--port=0"], 1, "zonda: "),
        ([f"{SITE}:app", "--unix-socket=/nowhere/at/all"], 1, "at unix:/nowhere/at/all: "),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == status
    output = capsys.readouterr()
    assert output.out == ""
    assert told in output.err and output.err.startswith("zonda: ")
    assert output.err.count("\n") == 1


def test_a_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert main(["serve", f"{SITE}:app", f"--port={port}"]) == 1
    message = capsys.readouterr().err
    assert str(port) in message and "in use" in message and message.count("\n") == 1


def test_reload_needs_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(development, "is_installed", lambda: False)
    assert main(["serve", f"{SITE}:app", "--reload"]) == 2
    assert "zonda-web[debug]" in capsys.readouterr().err


def test_what_the_program_raises_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", f"{SITE}:fail", "--port=0"]) == 1
    _, first, *_ = (lines := capsys.readouterr().err.splitlines())
    assert lines[0].startswith("Traceback") and "command_site.py" in first
    assert lines[-1] == "OSError: the database is away"


@pytest.mark.parametrize("command", ["serve", "routes"])
@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("def make_app(:\n", '  File "', "SyntaxError: "),
        ("import no_such_module", "Traceback", "ModuleNotFoundError: "),
    ],
)
def test_a_program_that_cannot_be_imported_is_shown_from_its_own_first_line(
    command: str,
    code: str,
    first: str,
    last: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "broken_site.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    assert main([command, "broken_site"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(first) and lines[-1].startswith(last)
    assert [line for line in lines if line.startswith("  File")] == [
        line for line in lines if "broken_site.py" in line
    ]


def test_workers_that_cannot_start() -> None:
    command = [sys.executable, "-m", "zonda.web", "serve", f"{SITE}:nothing", "--port=0", "-w2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 1
    assert "has no 'nothing'" in done.stderr and "before any worker served" in done.stderr
    assert "Traceback" not in done.stderr
