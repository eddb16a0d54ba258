"""Child processes with streams."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster

import zonda.iostream
from zonda.iostream import PipeIOStream, StreamBusyError, Subprocess
from zonda.iostream import subprocess as module

CAT = [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.read())"]


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[None]:
    """As for all tests, only that Popen may wait until the system has started the program."""
    guard = BlockBuster(scanned_modules=[zonda.iostream])
    guard.functions["os.read"].can_block_in("subprocess.py", {"_execute_child"})
    guard.activate()
    try:
        yield
    finally:
        guard.deactivate()


@pytest.fixture(params=["descriptor", "thread"])
def _watcher(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to notice an exit: that of Linux, and that of all others."""
    if request.param == "thread":
        monkeypatch.delattr(os, "pidfd_open", raising=False)


async def test_talking_to_a_process() -> None:
    process = Subprocess(CAT, stdin=Subprocess.STREAM, stdout=Subprocess.STREAM)
    assert isinstance(process.stdin, PipeIOStream)
    assert isinstance(process.stdout, PipeIOStream)
    await process.stdin.write(b"hello")
    process.stdin.close()
    assert await process.stdout.read_until_close() == b"hello"
    assert await process.wait_for_exit() == 0
    assert process.stderr is None


async def test_stderr() -> None:
    program = [sys.executable, "-c", "import sys; sys.stderr.write('problem\\n')"]
    process = Subprocess(program, stderr=Subprocess.STREAM)
    assert isinstance(process.stderr, PipeIOStream)
    assert await process.stderr.read_until(b"\n") == b"problem\n"
    process.stderr.close()
    await process.wait_for_exit()


async def test_streams_of_popen_are_left_alone() -> None:
    process = Subprocess(CAT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert process.stdout is process.proc.stdout
    assert await process.wait_for_exit() == 0
    assert process.proc.stdout is not None
    process.proc.stdout.close()


@pytest.mark.usefixtures("_watcher")
@pytest.mark.parametrize("code", [0, 3])
async def test_the_exit_status(code: int) -> None:
    process = Subprocess([sys.executable, "-c", f"raise SystemExit({code})"])
    statuses: list[int] = []
    process.set_exit_callback(statuses.append)
    with pytest.raises(StreamBusyError, match="exit callback already"):
        process.set_exit_callback(statuses.append)
    assert process.returncode is None
    assert await process.wait_for_exit(raise_error=False) == code
    assert process.returncode == code
    await asyncio.sleep(0)
    assert statuses == [code]
    if code:
        with pytest.raises(subprocess.CalledProcessError) as info:
            await process.wait_for_exit()
        assert info.value.returncode == code
    else:
        assert await process.wait_for_exit() == 0


@pytest.mark.usefixtures("_watcher")
async def test_a_signal() -> None:
    process = Subprocess(CAT, stdin=Subprocess.STREAM)
    waiting = process.wait_for_exit(raise_error=False)
    given_up = process.wait_for_exit()
    given_up.cancel()
    os.kill(process.pid, signal.SIGKILL)
    assert await waiting == -signal.SIGKILL
    assert isinstance(process.stdin, PipeIOStream)
    process.stdin.close()


async def test_an_exit_that_popen_has_noticed_already() -> None:
    process = Subprocess([sys.executable, "-c", "pass"])
    await asyncio.get_running_loop().run_in_executor(None, process.proc.wait)
    assert await process.wait_for_exit() == 0


async def test_a_program_that_is_not_there_leaves_no_descriptor() -> None:
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        Subprocess(["/no/such/program"], stdin=Subprocess.STREAM, stdout=Subprocess.STREAM)
    assert set(os.listdir("/proc/self/fd")) == before


def test_a_loop_that_is_gone_before_the_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)

    async def main() -> Subprocess:
        process = Subprocess(CAT, stdin=subprocess.PIPE)
        process.wait_for_exit()
        return process

    process = asyncio.run(main())
    assert process in module.Subprocess._watched
    assert process.proc.stdin is not None
    process.proc.stdin.close()
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread():
            thread.join(10)
    assert process not in module.Subprocess._watched


def test_signal_handlers_are_not_needed() -> None:
    before = signal.getsignal(signal.SIGCHLD)
    Subprocess.initialize()
    Subprocess.uninitialize()
    assert signal.getsignal(signal.SIGCHLD) == before


async def test_from_a_thread_that_is_not_the_main_one() -> None:
    async def main() -> int:
        return await Subprocess([sys.executable, "-c", "pass"]).wait_for_exit()

    code = await asyncio.get_running_loop().run_in_executor(None, asyncio.run, main())
    assert code == 0
