"""Run the Autobahn test suite against the server and the client.

    python -m tests.websocket.autobahn --wstest .../bin/wstest [--side server] [--quick]

``wstest`` is the program of ``autobahntestsuite==25.10.1``, which needs Python 2.7.  Ends with
status 0 if every case is OK or informational.  ``nox -s autobahn`` installs it and runs this.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .report import read_report, summarize

HERE = Path(__file__).parent
# Large messages and compression: nearly all of the time.
SLOW = ["9.*", "12.*", "13.*"]
# Seconds for a program to open its port.
START = 30.0


def main() -> int:
    """Run what was asked for; the result is the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.websocket.autobahn")
    parser.add_argument("--wstest", required=True, help="the program of the test suite")
    parser.add_argument("--side", choices=["server", "client", "both"], default="both")
    parser.add_argument("--cases", nargs="+", default=["*"], help="such as 1.* 6.4.1")
    parser.add_argument("--quick", action="store_true", help=f"without {' '.join(SLOW)}")
    parser.add_argument("--portable", action="store_true", help="without any function in C")
    parser.add_argument("--reports", type=Path, help="where to keep the detailed reports")
    options = parser.parse_args()
    good = True
    with contextlib.ExitStack() as stack:
        reports = options.reports or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for side, run in (("server", test_server), ("client", test_client)):
            if options.side in (side, "both"):
                directory = reports.absolute() / side
                directory.mkdir(parents=True, exist_ok=True)
                run(options, directory)
                text, fine = summarize(side, read_report(directory))
                print(text, flush=True)
                good = good and fine
    return 0 if good else 1


def test_server(options: argparse.Namespace, directory: Path) -> None:
    """Let the suite be the client of our server."""
    command = [sys.executable, str(HERE / "echo_server.py"), *_portable(options)]
    with _running(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        specification = _cases(options, directory)
        specification["servers"] = [{"url": f"ws://127.0.0.1:{port}", "agent": "zonda"}]
        path = directory / "fuzzingclient.json"
        path.write_text(json.dumps(specification))
        _wstest(options, "fuzzingclient", path)


def test_client(options: argparse.Namespace, directory: Path) -> None:
    """Let the suite be the server of our client."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"ws://127.0.0.1:{port}"
    specification = {**_cases(options, directory), "url": url}
    path = directory / "fuzzingserver.json"
    path.write_text(json.dumps(specification))
    command = [options.wstest, "--mode", "fuzzingserver", "--webport", "0", "--spec", str(path)]
    with _running(command, stdout=subprocess.DEVNULL):
        _wait_for(port)
        client = [sys.executable, str(HERE / "echo_client.py"), url, *_portable(options)]
        subprocess.run(client, check=True)


def _cases(options: argparse.Namespace, directory: Path) -> dict[str, object]:
    return {
        "outdir": str(directory),
        "cases": options.cases,
        "exclude-cases": SLOW if options.quick else [],
        "exclude-agent-cases": {},
    }


def _portable(options: argparse.Namespace) -> list[str]:
    return ["--portable"] if options.portable else []


def _wstest(options: argparse.Namespace, mode: str, path: Path) -> None:
    command = [options.wstest, "--mode", mode, "--spec", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def _running(command: list[str], stdout: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, stdout=stdout, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
