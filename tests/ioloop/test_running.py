"""Running a whole program."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zonda.ioloop import IOLoop, MissingExtraError, new_event_loop, run


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """Ctrl-C means something, also where a shell has started the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


async def number() -> int:
    await asyncio.sleep(0)
    return 42


def test_result() -> None:
    assert run(number) == 42
    assert run(number()) == 42


def test_exception() -> None:
    async def main() -> None:
        await asyncio.sleep(0)
        raise LookupError("of the program")

    with pytest.raises(LookupError, match="of the program"):
        run(main)


@pytest.mark.parametrize("choice", [None, False])
def test_loop_is_the_one_that_was_chosen(choice: bool | None) -> None:
    async def main() -> type:
        return type(asyncio.get_running_loop())

    loop = new_event_loop(choice)
    assert run(main, uvloop=choice) is type(loop)
    loop.close()


def test_missing_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with pytest.raises(MissingExtraError):
        run(number, uvloop=True)


@pytest.mark.parametrize("debug", [True, False])
def test_debug(debug: bool) -> None:
    async def main() -> bool:
        return asyncio.get_running_loop().get_debug()

    assert run(main, debug=debug) is debug


@pytest.mark.parametrize("main", [42, None, lambda: 42, "main"])
def test_what_is_not_a_coroutine_is_refused(main: Any) -> None:
    with pytest.raises(TypeError, match="a coroutine function or a coroutine, not"):
        run(main)


async def test_inside_a_running_loop_it_is_refused() -> None:
    with pytest.raises(RuntimeError, match="await main instead"):
        run(number)


def test_loop_and_tasks_have_ended_afterwards() -> None:
    kept: list[Any] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            kept.append("cancelled")

    async def main() -> IOLoop:
        kept.append(asyncio.create_task(forever()))
        await asyncio.sleep(0)
        return IOLoop.current()

    loop = run(main)
    assert loop.asyncio_loop.is_closed()
    assert kept[1] == "cancelled"
    assert IOLoop.current(instance=False) is not loop


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_descriptors_of_the_loop_are_freed() -> None:
    reader, writer = os.pipe()

    async def main() -> None:
        loop = IOLoop.current()
        loop.add_handler(reader, lambda *_: None, loop.READ | loop.ERROR)

    before = os.listdir("/proc/self/fd")
    run(main)
    assert os.listdir("/proc/self/fd") == before
    os.close(reader)
    os.close(writer)


def test_in_another_thread() -> None:
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(run(number)))
    thread.start()
    thread.join()
    assert results == [42]


# Signals


def test_terminated_program_tidies_up_and_has_not_failed() -> None:
    steps: list[str] = []

    async def main() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0)
            steps.append("tidied up")

    with pytest.raises(SystemExit) as caught:
        run(main)
    assert caught.value.code == 0
    assert steps == ["tidied up"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_program_may_end_well_after_the_signal() -> None:
    async def main() -> str:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            pass
        return "result"

    assert run(main) == "result"


def test_second_signal_does_not_wait() -> None:
    async def main() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.sleep(30)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(30)

    with pytest.raises(SystemExit) as caught:
        run(main)
    assert caught.value.code == 0


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_signals_wake_a_loop_that_is_about_to_sleep(loop: str) -> None:
    pytest.importorskip(loop)

    async def main() -> int:
        descriptor = signal.set_wakeup_fd(-1)  # what Python writes to when a signal comes
        if descriptor >= 0:
            signal.set_wakeup_fd(descriptor)
        return descriptor

    assert run(main, uvloop=loop == "uvloop") >= 0
    assert signal.set_wakeup_fd(-1) == -1


def test_interrupted_program_tidies_up() -> None:
    steps: list[str] = []

    async def main() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(30)
        finally:
            steps.append("tidied up")

    with pytest.raises(KeyboardInterrupt):
        run(main)
    assert steps == ["tidied up"]


def test_cancelled_program_was_not_terminated() -> None:
    async def main() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(main)


def test_handler_that_the_program_has_set_is_left_alone() -> None:
    seen: list[int] = []

    async def main() -> str:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.01)
        return "not cancelled"

    previous = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        assert run(main) == "not cancelled"
    finally:
        signal.signal(signal.SIGTERM, previous)
    assert seen == [signal.SIGTERM]


PROGRAM = """
import asyncio
from zonda.ioloop import run

async def main():
    print("running", flush=True)
    try:
        await asyncio.sleep(30)
    finally:
        print("tidied up", flush=True)

run(main)
"""


def exit_after(kill: Callable[[subprocess.Popen[str]], None]) -> tuple[int, str]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "running\n"
        kill(program)
        return program.wait(20), program.stdout.read()


def test_process_that_is_told_to_terminate_has_status_0() -> None:
    assert exit_after(lambda program: program.terminate()) == (0, "tidied up\n")


def test_process_that_is_interrupted_dies_of_it() -> None:
    status, said = exit_after(lambda program: program.send_signal(signal.SIGINT))
    assert status in (-signal.SIGINT, 130)
    assert said == "tidied up\n"
