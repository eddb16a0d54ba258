"""The compiled functions and the Python methods that they replace do the same."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import logging
import os
import re
import subprocess
import sys
import sysconfig
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from zonda.ioloop import IOLoop, compiled, native

ROOT = Path(__file__).parents[2]


def seen(*, pure: bool) -> list[str]:
    """What callbacks of `tests.ioloop.every_kind_of_callback` see, and what the log says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.ioloop.every_kind_of_callback"],
        cwd=ROOT,
        env={**os.environ, "ZONDA_PURE": "1" if pure else ""},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub("0x[0-9a-f]+", "", done.stdout).splitlines()


def test_callbacks_and_the_log_see_the_same() -> None:
    *expected, said = seen(pure=True)
    assert said == "pure"
    *found, said = seen(pure=False)
    assert said == ("compiled" if compiled else "pure")
    assert found == expected
    text = "\n".join(expected)
    for word in ("in a thread", "Failure('awaitable')", "is not callable", "order 0 1 2 3 4 5 6"):
        assert word in text


@pytest.mark.parametrize(
    ("method", "names"),
    [
        (IOLoop.add_callback, ["self", "callback", "args", "kwargs"]),
        (IOLoop.spawn_callback, ["self", "callback", "args", "kwargs"]),
        (IOLoop.call_later, ["self", "delay", "callback", "args", "kwargs"]),
        (IOLoop.remove_timeout, ["self", "timeout"]),
    ],
)
def test_methods_say_their_arguments(method: Callable[..., object], names: list[str]) -> None:
    assert list(inspect.signature(method).parameters) == names
    assert inspect.getdoc(method)


def fail(*_: object, **__: object) -> None:
    raise LookupError


def answer(*_: object, **__: object) -> int:
    return 42


def do_nothing(*_: object, **__: object) -> None:
    pass


@pytest.mark.parametrize("callback", [answer, do_nothing, fail])
@pytest.mark.parametrize("way", ["callback", "thread", "signal", "timeout"])
def test_nothing_is_left_of_what_was_called(
    way: str, callback: Callable[..., object], caplog: pytest.LogCaptureFixture
) -> None:
    if way == "thread" and sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("what a thread has made is let go when that thread runs again")
    caplog.set_level(logging.CRITICAL, "zonda.application")  # for records refer to what failed
    loop = IOLoop()
    value = object()
    ways: dict[str, Callable[..., object]] = {
        "callback": loop.add_callback,
        "thread": loop.add_callback,
        "signal": loop.add_callback_from_signal,
        "timeout": functools.partial(loop.call_later, 0),
    }
    schedule = ways[way]
    ended = asyncio.Event()

    def many() -> None:
        for _ in range(300):
            schedule(callback, value, key=value)
            schedule(callback, value)
            schedule(callback)
        schedule(ended.set)

    async def run() -> list[int]:
        ended.clear()
        await asyncio.to_thread(many) if way == "thread" else many()
        await ended.wait()
        await asyncio.sleep(0)
        gc.collect()
        # Without a global lock references to functions and code are not counted one by one.
        shared = () if sysconfig.get_config_var("Py_GIL_DISABLED") else (callback, many.__code__)
        return [sys.getrefcount(thing) for thing in (value, *shared)]

    before = loop.run_sync(run)
    assert loop.run_sync(run) == before
    loop.close()


def test_nothing_is_left_of_what_was_taken_back() -> None:
    loop = IOLoop()
    value = object()
    before = [sys.getrefcount(thing) for thing in (value, answer)]
    for _ in range(1000):
        loop.remove_timeout(loop.call_later(60, answer, value, key=value))
        loop.remove_timeout(loop.call_later(60, answer))
    assert [sys.getrefcount(thing) for thing in (value, answer)] == before
    loop.close()


@pytest.mark.parametrize("in_thread", [False, True])
def test_callbacks_of_a_loop_that_nobody_closes_are_collected(in_thread: bool) -> None:
    class Loop(asyncio.SelectorEventLoop):
        pass

    class Referred:
        def call(self) -> None:
            """Never called."""

    asyncio_loop = Loop()
    loop = IOLoop(make_current=False, asyncio_loop=asyncio_loop)
    referred = Referred()
    referred.loop = loop  # type: ignore[attr-defined]  # a cycle through what is scheduled
    if in_thread:
        thread = threading.Thread(target=loop.add_callback, args=(referred.call,))
        thread.start()
        thread.join()
    else:
        asyncio_loop.call_soon(asyncio_loop.stop)
        asyncio_loop.call_soon(loop.add_callback, referred.call)
        asyncio_loop.run_forever()
    reference = weakref.ref(referred)
    loop.close()
    del asyncio_loop, loop, referred
    gc.collect()
    assert reference() is None


def test_debug_mode_describes_them(caplog: pytest.LogCaptureFixture) -> None:
    loop = IOLoop()
    loop.asyncio_loop.set_debug(True)
    loop.asyncio_loop.slow_callback_duration = 0
    loop.asyncio_loop.call_soon(loop.add_callback, loop.stop)
    loop.start()
    loop.close()
    assert any(message.startswith("Executing <Handle") for message in caplog.messages)


def test_zonda_pure_leaves_them_unused() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from zonda.ioloop import compiled; print(compiled)"],
        env={**os.environ, "ZONDA_PURE": "1"},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.stdout == "False\n", done.stderr


def test_compiled_says_whether_there_is_a_compiled_module() -> None:
    directory = Path(native.__file__).parent
    found = list(directory.glob("_native*.so")) + list(directory.glob("_native*.pyd"))
    assert compiled == bool(found and not os.environ.get("ZONDA_PURE"))
