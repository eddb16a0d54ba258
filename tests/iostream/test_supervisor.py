"""Watching over worker processes: restarts with growing pauses, ending all of them.

What forks is run in an interpreter of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from zonda.iostream import supervisor

PREAMBLE = """
import os, signal, sys, time
from zonda.iostream import TooManyRestartsError, supervisor, worker_process
worker_process.RESTART_PAUSE = 0.01
def say(text):
    os.write(1, (text + "\\n").encode())
"""


class Program:
    """A program whose lines of output are read one by one."""

    def __init__(self, code: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PREAMBLE + code],
            bufsize=0,  # what was read ahead would be lost to communicate()
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def lines(self, count: int) -> list[str]:
        output: IO[bytes] = self.process.stdout  # type: ignore[assignment]  # it is a pipe
        return [output.readline().decode().strip() for _ in range(count)]

    def end(self) -> tuple[int, str, str]:
        output, errors = self.process.communicate(timeout=30)
        return self.process.returncode, output.decode(), errors.decode()


@contextmanager
def running(code: str) -> Iterator[Program]:
    program = Program(code)
    try:
        yield program
    finally:
        program.process.kill()
        program.process.communicate()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_each_worker_gets_its_number() -> None:
    with running("say(str(supervisor.Supervisor(3).run()))") as program:
        code, output, errors = program.end()
    assert (code, errors) == (0, "")
    assert sorted(output.split()) == ["0", "1", "2", "None"]


RESTARTS = """
number = supervisor.Supervisor(1).run()
if number is None:
    say("parent ends")
elif os.path.exists(sys.argv[1] + "x"):
    say("good")
else:
    open(sys.argv[1] + "x", "w").close()
    say("bad")
    {end}
"""


@pytest.mark.parametrize(
    ("end", "how"),
    [
        ("os._exit(3)", "exited with status 3: it is restarted"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "exited by signal 9: it is restarted"),
    ],
)
def test_a_worker_that_dies_is_restarted(
    end: str, how: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    code = RESTARTS.format(end=end).replace("sys.argv[1]", repr(str(tmp_path_factory.mktemp("f"))))
    with running(code) as program:
        status, output, errors = program.end()
    assert status == 0
    assert output.split("\n") == ["bad", "good", "parent ends", ""]
    assert how in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_of_the_parent_is_the_end_of_all(number: int) -> None:
    code = """
if supervisor.Supervisor(2).run() is None:
    say("all have ended")
else:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    say(str(os.getpid()))
    signal.sigwait({signal.SIGTERM})
    say("finished")
"""
    with running(code) as program:
        pids = [int(line) for line in program.lines(2)]
        program.process.send_signal(number)
        assert sorted(program.lines(3)) == ["all have ended", "finished", "finished"]
        assert program.end()[0] == 0
    assert not any(alive(pid) for pid in pids)


def test_a_worker_that_does_not_end_is_killed() -> None:
    code = """
supervisor.GRACE = 0.1
if supervisor.Supervisor(2).run() is None:
    say("all have ended")
else:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say(str(os.getpid()))
    time.sleep(60)
"""
    with running(code) as program:
        pids = [int(line) for line in program.lines(2)]
        program.process.send_signal(signal.SIGTERM)
        assert program.lines(1) == ["all have ended"]
    assert not any(alive(pid) for pid in pids)


def test_too_many_restarts_end_all_workers() -> None:
    code = """
try:
    number = supervisor.Supervisor(2, max_restarts=3).run()
except TooManyRestartsError as error:
    say(f"given up: {error}")
    sys.exit(7)
if number == 0:
    say("failed")
    os._exit(1)
say(str(os.getpid()))
time.sleep(60)
"""
    with running(code) as program:
        status, output, _ = program.end()
    lines = output.split("\n")
    assert status == 7
    assert lines.count("failed") == 4
    (given_up,) = (line for line in lines if line.startswith("given up"))
    assert "exited with status 1, and no restarts are left" in given_up
    (other,) = (int(line) for line in lines if line.isdigit())
    wait_until_gone(other)


def test_signal_handlers_are_those_of_before() -> None:
    code = """
def mine(*_):
    pass
for number in supervisor.Supervisor(1)._watched():
    signal.signal(number, mine)
before = signal.set_wakeup_fd(-1)
supervisor.Supervisor(1).run()
say(str([signal.getsignal(n) is mine for n in supervisor.Supervisor(1)._watched()]))
say(str(signal.set_wakeup_fd(-1) == before))
say(str(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
"""
    with running(code) as program:
        assert program.end()[1].split("\n") == [*["[True, True, True]", "True", "set()"] * 2, ""]


def test_the_limits_are_sane() -> None:
    assert supervisor.GRACE > 0
    assert supervisor.MAX_RESTARTS == 100


def test_a_worker_that_cannot_start_does_not_keep_the_machine_busy() -> None:
    """Half a second of dying at once is a handful of restarts."""
    code = """
worker_process.RESTART_PAUSE = 0.04
if supervisor.Supervisor(1).run() is not None:
    say("again")
    os._exit(1)
"""
    with running(code) as program:
        program.lines(1)
        time.sleep(0.5)
        program.process.send_signal(signal.SIGTERM)
        _, output, _ = program.end()
    assert 1 <= output.count("again") <= 5


ANNOUNCING = """
from zonda.iostream import WorkerStartError
def work(number, watcher):
    end = []
    signal.signal(signal.SIGTERM, lambda *_: end.append(1))
    watcher.announce()
    say(f"{number} {os.getpid()}")
    while not end:
        time.sleep(0.005)
    os._exit(0)
"""


def test_a_hang_up_replaces_one_worker_after_the_other() -> None:
    code = """
watcher = supervisor.Supervisor(2, None, announced=True)
number = watcher.run()
if number is not None:
    work(number, watcher)
say("all have ended")
"""
    with running(ANNOUNCING + code) as program:
        first = dict(line.split() for line in program.lines(2))
        for _ in range(2):
            program.process.send_signal(signal.SIGHUP)
            second = dict(line.split() for line in program.lines(2))
            assert sorted(second) == ["0", "1"]
            assert not set(first.values()) & set(second.values())
            for pid in first.values():
                wait_until_gone(int(pid))
            first = second
        program.process.send_signal(signal.SIGTERM)
        assert program.end()[:2] == (0, "all have ended\n")


def test_a_worker_that_does_not_announce_itself_in_time_is_killed() -> None:
    code = """
watcher = supervisor.Supervisor(1, None, announced=True, start_timeout=0.05)
try:
    if watcher.run() is not None:
        time.sleep(60)
except WorkerStartError as error:
    say(str(error))
"""
    with running(ANNOUNCING + code) as program:
        status, output, errors = program.end()
    assert status == 0
    assert "exited by signal 9 before any worker served" in output
    assert "takes too long: it is killed" in errors


def test_a_second_signal_kills_at_once() -> None:
    code = """
watcher = supervisor.Supervisor(1, None, announced=True, grace=100)
if watcher.run() is not None:
    def never(*_):
        say("told")
    signal.signal(signal.SIGTERM, never)
    watcher.announce()
    say("ready")
    while True:
        time.sleep(0.01)
say("all have ended")
"""
    with running(ANNOUNCING + code) as program:
        assert program.lines(1) == ["ready"]
        program.process.send_signal(signal.SIGTERM)
        assert program.lines(1) == ["told"]
        program.process.send_signal(signal.SIGINT)
        assert program.lines(1) == ["all have ended"]


def test_who_was_resting_is_started_at_once_by_a_hang_up(tmp_path: Path) -> None:
    code = """
worker_process.RESTART_PAUSE = 60
worker_process.RESTART_PAUSE_MAX = 60
watcher = supervisor.Supervisor(1, None, announced=True)
number = watcher.run()
if number is None:
    say("all have ended")
elif open(PATH, "a").tell() == 2:
    work(number, watcher)
else:
    watcher.announce()
    with open(PATH, "a") as deaths:
        deaths.write(".")
    say("dies")
    os._exit(1)
"""
    path = f"PATH = {str(tmp_path / 'x')!r}\n"
    with running(path + ANNOUNCING + code) as program:
        assert program.lines(2) == ["dies", "dies"]  # the first restart is at once
        time.sleep(0.1)
        program.process.send_signal(signal.SIGHUP)
        assert program.lines(1)[0].startswith("0 ")
        program.process.send_signal(signal.SIGTERM)
        assert program.lines(1) == ["all have ended"]
