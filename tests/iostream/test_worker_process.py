"""The lives of a worker: started, replaced, restarted ever more slowly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from zonda.iostream.worker_process import (
    RESTART_PAUSE,
    RESTART_PAUSE_MAX,
    STEADY,
    Process,
    Stage,
    Worker,
)


def test_the_pause_before_a_restart_grows_and_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    worker = Worker(0)
    pauses = []
    for _ in range(12):
        worker.rest(lived=0.0)
        assert worker.restart_at is not None
        pauses.append(worker.restart_at - 1000.0)
    assert pauses[:4] == pytest.approx([0, RESTART_PAUSE, 2 * RESTART_PAUSE, 4 * RESTART_PAUSE])
    assert pauses[-1] == RESTART_PAUSE_MAX
    worker.rest(lived=STEADY)
    assert worker.restart_at == 1000.0


def test_the_limits_are_sane() -> None:
    assert 0 < RESTART_PAUSE < RESTART_PAUSE_MAX
    assert STEADY > RESTART_PAUSE


def test_a_process_that_announces_nothing_serves_from_the_beginning() -> None:
    assert Process(1, None).stage is Stage.SERVING


def test_what_a_process_says() -> None:
    here, there = socket.socketpair()
    with there:
        process = Process(1, here)
        stages = [process.stage]
        there.send(b"!")
        assert process.hear()
        stages.append(process.stage)
        assert stages == [Stage.STARTING, Stage.SERVING]
        there.send(b"!")
        assert not process.hear()
    assert not process.hear()
    assert process.line is None
    assert not process.hear()


def test_a_successor_takes_over() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        worker = Worker(0)
        assert worker.lives
        first, second = Process(child.pid, None), Process(2, None)
        worker.began(first)
        assert worker.restart_at is None
        worker.began(second)
        assert (worker.process, worker.successor) == (first, second)
        worker.replace(patience=5.0)
        assert child.wait(10) == -signal.SIGTERM
    assert (worker.process, worker.successor, worker.former) == (second, None, [first])
    assert first.kill_at is not None
    assert first.kill_at > time.monotonic()
    first.end(5.0)  # once is enough: the second time nothing is sent
    worker.remove(first)
    assert list(worker.processes()) == [second]
    worker.remove(second)
    assert not worker.lives


def test_a_process_that_dies_while_its_successor_starts() -> None:
    worker = Worker(0)
    first, second = Process(os.getpid(), None), Process(os.getpid(), None)
    worker.began(first)
    worker.began(second)
    worker.remove(first)
    assert worker.process is second
    worker.began(first)
    worker.remove(first)
    assert (worker.process, worker.successor) == (second, None)
