"""IOLoops that own their test, on the event loop that ``--loop`` names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from zonda.ioloop import IOLoop

#: Seconds after which a loop that nobody has stopped fails its test.
DEADLINE = 15.0


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """A loop that cannot wait for descriptors, as the proactor loop of Windows."""

    def add_reader(self, *_: object) -> NoReturn:
        raise NotImplementedError

    def remove_reader(self, *_: object) -> NoReturn:
        raise NotImplementedError

    def add_writer(self, *_: object) -> NoReturn:
        raise NotImplementedError

    def remove_writer(self, *_: object) -> NoReturn:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def loop_choice(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that the package makes itself is of the chosen kind too."""
    chosen = request.config.getoption("--loop") == "uvloop"
    monkeypatch.setenv("ZONDA_UVLOOP", "1" if chosen else "0")


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """The current IOLoop, which does not run yet."""
    loop = IOLoop()
    yield loop
    loop.close(all_fds=True)


@pytest.fixture(params=["own readers", "selector thread"])
def any_io_loop(request: pytest.FixtureRequest) -> Iterator[IOLoop]:
    """The same, also on a loop that cannot wait for descriptors."""
    if request.param == "selector thread":
        loop = IOLoop(asyncio_loop=LoopWithoutReaders())
    else:
        loop = IOLoop()
    yield loop
    loop.close(all_fds=True)


@pytest.fixture
def start() -> Callable[[IOLoop], None]:
    """Start a loop that something in it has to stop."""

    def run(loop: IOLoop) -> None:
        late: list[bool] = []

        def give_up() -> None:
            late.append(True)
            loop.stop()

        timeout = loop.call_later(DEADLINE, give_up)
        loop.start()
        loop.remove_timeout(timeout)
        assert not late, f"nobody stopped the loop within {DEADLINE} seconds"

    return run
