"""What a benchmark waits for comes in time, or it says what has not come."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from benchmarks import memory
from benchmarks.programs import CannotRun, finished, next_line

SILENT = [sys.executable, "-c", "import time; print('one', flush=True); time.sleep(600)"]


def test_a_program_that_does_not_end() -> None:
    assert finished([sys.executable, "-c", "print(5)"], "five").stdout == "5\n"
    with pytest.raises(CannotRun, match="sleeping has not ended within 0 s"):
        finished(SILENT, "sleeping", 0.1)


def test_a_line_that_does_not_come() -> None:
    with subprocess.Popen(SILENT, stdout=subprocess.PIPE, text=True) as process:
        assert next_line(process, "the first line") == "one"
        with pytest.raises(CannotRun, match="the second line has not come within 0 s"):
            next_line(process, "the second line", 0.1)
    assert process.returncode


def test_an_answer_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "ANSWER_SECONDS", 0.1)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(CannotRun, match="connection 7 waited for b'world' in vain"),
    ):
        memory.open_one(7, server.getsockname(), ((b"hello", b"world"),))
