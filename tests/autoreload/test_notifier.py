"""The system is asked for changes; where it cannot tell, the caller is told to compare."""

from __future__ import annotations

import logging
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Timer

import pytest

from zonda.autoreload.notifier import Notifier

NO_STOP = Event()


@pytest.fixture
def notifier(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notifier]:
    monkeypatch.delenv("WATCHFILES_FORCE_POLLING", raising=False)
    made = Notifier()
    yield made
    made.close()


def place(*paths: Path) -> dict[str, int]:
    return {str(path): path.stat().st_ino for path in paths}


def test_other_directories_have_to_be_compared(tmp_path: Path, notifier: Notifier) -> None:
    (tmp_path / "a").mkdir()
    assert notifier.wait(place(tmp_path), 60, NO_STOP)
    assert notifier.wait(place(tmp_path, tmp_path / "a"), 60, NO_STOP)


def test_nothing_happens_for_the_whole_time(tmp_path: Path, notifier: Notifier) -> None:
    notifier.wait(place(tmp_path), 60, NO_STOP)
    assert not notifier.wait(place(tmp_path), 0.06, NO_STOP)


def test_event_ends_the_waiting(tmp_path: Path, notifier: Notifier) -> None:
    notifier.wait(place(tmp_path), 60, NO_STOP)
    (tmp_path / "a").touch()
    assert notifier.wait(place(tmp_path), 60, NO_STOP)


def test_directory_that_is_replaced_is_followed_whatever_its_inode(
    tmp_path: Path, notifier: Notifier
) -> None:
    directory = tmp_path / "a"
    directory.mkdir()
    same = {str(directory): 1}  # file systems give an inode that has become free to the next one
    notifier.wait(same, 60, NO_STOP)
    directory.rmdir()
    directory.mkdir()
    assert notifier.wait(same, 60, NO_STOP)
    assert notifier.wait(same, 60, NO_STOP)  # what happened meanwhile was not seen
    (directory / "file").touch()
    assert notifier.wait(same, 10, NO_STOP)


def test_event_below_a_subdirectory_is_none(tmp_path: Path, notifier: Notifier) -> None:
    (tmp_path / "below").mkdir()
    notifier.wait(place(tmp_path), 60, NO_STOP)
    (tmp_path / "below" / "a").touch()
    assert not notifier.wait(place(tmp_path), 0.15, NO_STOP)


@pytest.mark.parametrize("forced", ["", "1"])
def test_stop_ends_the_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forced: str
) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", forced)
    notifier, stop = Notifier(), Event()
    notifier.wait(place(tmp_path), 0.001, stop)
    timer = Timer(0.05, stop.set)
    timer.start()
    notifier.wait(place(tmp_path), 60, stop)
    assert stop.is_set()
    timer.join()
    notifier.close()


@pytest.mark.parametrize("value", ["1", "true", "yes"])
def test_polling_on_demand_compares_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", value)
    notifier = Notifier()
    assert [notifier.wait(place(tmp_path), 0.001, NO_STOP) for _ in range(3)] == [True] * 3


@pytest.mark.parametrize("value", ["false", "DISABLE", "disabled"])
def test_polling_may_be_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", value)
    notifier = Notifier()
    notifier.wait(place(tmp_path), 60, NO_STOP)
    assert not notifier.wait(place(tmp_path), 0.001, NO_STOP)
    notifier.close()


def test_directory_that_is_gone_is_asked_for_again(tmp_path: Path, notifier: Notifier) -> None:
    gone = {**place(tmp_path), str(tmp_path / "gone"): 1}
    assert notifier.wait(gone, 0.001, NO_STOP)
    assert notifier.wait(gone, 0.001, NO_STOP)
    assert notifier.wait(place(tmp_path), 60, NO_STOP)
    assert not notifier.wait(place(tmp_path), 0.001, NO_STOP)


def test_directory_that_is_gone_for_a_moment_is_not_left_out(
    tmp_path: Path, notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "a"
    look = os.scandir

    def too_early(name: str) -> Iterator[os.DirEntry[str]]:
        monkeypatch.undo()
        try:
            return look(name)
        finally:
            directory.mkdir()

    monkeypatch.setattr(os, "scandir", too_early)
    same = {str(directory): 1}
    assert notifier.wait(same, 0.001, NO_STOP)
    assert directory.exists()
    assert notifier.wait(same, 60, NO_STOP)
    (directory / "file").touch()
    assert notifier.wait(same, 60, NO_STOP)


def test_names_that_are_not_utf_8_do_not_end_the_watching(
    tmp_path: Path, notifier: Notifier
) -> None:
    odd = tmp_path / os.fsdecode(b"\xff")
    try:
        odd.mkdir()
    except OSError:
        pytest.skip("this file system has no such names")
    both = place(tmp_path, odd)
    assert notifier.wait(both, 60, NO_STOP)
    (tmp_path / os.fsdecode(b"\xfe")).touch()
    assert notifier.wait(both, 60, NO_STOP)
    assert notifier.wait(both, 60, NO_STOP)  # what happened meanwhile was not seen
    assert not notifier.wait(both, 0.001, NO_STOP)
    (tmp_path / "file").touch()
    assert notifier.wait(both, 60, NO_STOP)


def test_files_are_compared_now_and_then_though_nothing_is_told(
    tmp_path: Path, notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    notifier.wait(place(tmp_path), 60, NO_STOP)
    assert not notifier.wait(place(tmp_path), 0.001, NO_STOP)
    monkeypatch.setattr("zonda.autoreload.notifier.UNTOLD", 0)
    assert notifier.wait(place(tmp_path), 0.001, NO_STOP)


def test_limit_of_the_system_makes_it_poll(
    tmp_path: Path, notifier: Notifier, caplog: pytest.LogCaptureFixture
) -> None:
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, descriptors[1]))
    try:
        with caplog.at_level(logging.WARNING):
            waits = [notifier.wait(place(tmp_path), 0.001, NO_STOP) for _ in range(3)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, descriptors)
    assert waits == [True] * 3
    assert [record.message.partition(" (")[0] for record in caplog.records] == [
        "The system does not report changes"
    ]
