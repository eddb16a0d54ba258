"""The thread that watches is no trouble to the program that it watches."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from zonda.autoreload.sources import Sources
from zonda.autoreload.watcher import Watcher


class Masked(Sources):
    """Sources that note which signals the thread asking for them refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.refused: set[int] = set()

    def directories(self) -> dict[str, int]:
        self.refused = set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        self.asked.set()
        return super().directories()


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Masked]:
    sources = Masked()
    sources.add(str(tmp_path))
    watcher = Watcher(sources, 0.05)
    watcher.start()
    yield sources
    watcher.stop()
    assert not watcher.running


def test_signals_are_left_to_the_main_thread(sources: Masked) -> None:
    assert sources.asked.wait(5)
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGHUP} <= sources.refused
    assert not {signal.SIGSEGV, signal.SIGABRT} & sources.refused
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
