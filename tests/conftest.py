"""Run every coroutine test on the chosen event loop, with a deadline and without stray errors.

A test fails when it takes longer than its deadline, when a callback or a task that nobody awaits
raises, or when code of ``zonda`` blocks the loop (blockbuster).  Warnings are errors, so an
unclosed socket or a coroutine that was never awaited fails the test that made it.

A test whose name says "linear" compares durations.  It gets the marker of that name, by which
runs that measure coverage leave it out.  What is marked "long" shows by size what a short sibling
shows by sample; only ``--long`` runs it, and lets hypothesis try six times as many examples.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import sys
import sysconfig
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from blockbuster import BlockBuster
from hypothesis import settings

import zonda

DEADLINE = 20.0

# What a page needs is read where the page is rendered, which cannot wait: each template, and the
# version of each static file, once and after each change; in debug mode the source of an error.  A
# server reads its certificates when it is made.
READ_ONCE = [
    ("zonda/iostream/certificates.py", "_look"),
    ("zonda/web/exception_report.py", "_source"),
    ("zonda/template/loaders.py", "_create_template"),
    ("zonda/web/static_url.py", "file_version"),
]
# What is in memory, as the system says, is sent without a thread.
SENT_FROM_MEMORY = ("zonda/httpserver/file_sending.py", "take_turn")
# Measuring the coverage of several threads takes a lock in each of them.
MEASURED_THREADS = ("tests/integration/test_threads.py", "serve_and_ask")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--loop", default="asyncio", choices=["asyncio", "uvloop"])
    parser.addoption("--long", action="store_true", help="run the tests marked as long, too")


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes is the machine's affair.
    examples = 300 if config.getoption("--long") else 50
    settings.register_profile("zonda", deadline=None, max_examples=examples)
    settings.load_profile("zonda")
    config.addinivalue_line("markers", "deadline(seconds): how long a coroutine test may take")
    config.addinivalue_line("markers", "linear: compares durations")
    config.addinivalue_line("markers", "own_process: what is tested has a process of its own")
    config.addinivalue_line("markers", "long: runs only with --long")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    name = config.getoption("--loop")
    return {name: _new_uvloop if name == "uvloop" else asyncio.new_event_loop}


def _new_uvloop() -> asyncio.AbstractEventLoop:
    """A loop of uvloop that also ends where a test has left something open.

    It warns of what it closes for others, and an error in place of the warning keeps it from
    closing that; it would wait for ever.  So the errors come when it is closed.
    """
    import uvloop

    class Loop(uvloop.Loop):
        def close(self) -> None:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                super().close()
            for warning in caught:
                warnings.warn_explicit(
                    warning.message, warning.category, warning.filename, warning.lineno
                )

    return Loop()


def _guard(test: Callable[..., Any], deadline: float) -> Callable[..., Any]:
    @functools.wraps(test)
    async def guarded(*args: Any, **kwargs: Any) -> None:
        stray: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: stray.append(context))
        async with asyncio.timeout(deadline):
            await test(*args, **kwargs)
        gc.collect()
        await asyncio.sleep(0)
        if stray:
            pytest.fail("\n".join(f"{c['message']}: {c.get('exception')!r}" for c in stray))

    return guarded


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        items[:] = [item for item in items if item.get_closest_marker("long") is None]
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        if "linear" in item.name:
            item.add_marker("linear")
        marker = item.get_closest_marker("deadline")
        deadline = float(marker.args[0]) if marker else DEADLINE
        if marker:
            item.add_marker(pytest.mark.timeout(deadline + 10))
        if hasattr(item.obj, "hypothesis"):
            inner = item.obj.hypothesis.inner_test
            if inspect.iscoroutinefunction(inner):
                item.obj.hypothesis.inner_test = _guard(inner, deadline)
        elif inspect.iscoroutinefunction(item.obj):
            item.obj = _guard(item.obj, deadline)


@pytest.fixture(autouse=True, scope="module")
def only_new_objects() -> None:
    """Look for garbage only among what this module's tests make, not in all that is imported."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def without_a_lock() -> Iterator[None]:
    """Where Python has no global lock, none was switched on by the time the tests end."""
    yield
    if sys.version_info >= (3, 13) and sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not sys._is_gil_enabled()


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory for Unix sockets: ``tmp_path`` may be longer than their 100 characters."""
    with tempfile.TemporaryDirectory(prefix="z", dir="/tmp") as directory:
        yield Path(directory)


def _portions() -> list[ModuleType]:
    """Stand-ins for ``zonda``, one for each directory: of a module only the first is watched."""
    found = []
    for path in zonda.__path__:
        module = ModuleType("zonda")
        module.__path__ = [path]
        found.append(module)
    return found


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[None]:
    """Fail where code of ``zonda`` blocks a running event loop."""
    guard = BlockBuster(scanned_modules=_portions())
    for file, function in READ_ONCE:
        for name in ("os.stat", "io.BufferedReader.read"):
            guard.functions[name].can_block_in(file, function)
    guard.functions["os.sendfile"].can_block_in(*SENT_FROM_MEMORY)
    guard.functions["threading.Lock.acquire"].can_block_in(*MEASURED_THREADS)
    guard.activate()
    try:
        yield
    finally:
        guard.deactivate()
