"""What is remembered of files, and how much of it."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from tests.at_once import at_once
from zonda.web import file_facts
from zonda.web.file_facts import FileMemory, Seen, Sibling, look, read_small


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")
    return file


def test_only_files_are_remembered(file: Path) -> None:
    memory = FileMemory(max_files=2)
    seen = look(str(file), [str(file.parent)], None, {})
    memory.remember("a", seen)
    assert memory.seen("a") is seen
    memory.remember("a", Seen(None, True))
    assert memory.seen("a") is None
    outside = look(str(file), ["/nowhere"], None, {})
    assert not outside.inside
    memory.remember("b", outside)
    memory.remember("c", look(str(file.parent), [str(file.parent)], None, {}))
    assert memory.seen("b") is memory.seen("c") is None


def test_what_was_seen_first_is_forgotten_first(file: Path) -> None:
    memory = FileMemory(max_files=2)
    seen = look(str(file), [str(file.parent)], None, {})
    for key in "abac":
        memory.remember(key, seen)
    assert [memory.seen(key) for key in "abc"] == [seen, None, seen]


def test_what_was_seen_counts_for_a_moment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = FileMemory()
    memory.remember("a", look(str(file), [str(file.parent)], None, {}))
    monkeypatch.setattr("zonda.web.file_facts.FRESH", -1.0)
    assert memory.seen("a") is None


def test_contents_are_those_of_one_status(file: Path) -> None:
    memory = FileMemory(max_memory=25)
    status = file.stat()
    memory.keep("a", status, b"0123456789")
    content = memory.content("a", status)
    assert content is not None and content.data == b"0123456789"
    os.utime(file, (1, 1))
    assert memory.content("a", file.stat()) is None
    file.write_bytes(b"x")
    assert memory.content("a", file.stat()) is None


def test_the_memory_is_bounded_and_the_least_used_goes_first(file: Path) -> None:
    memory = FileMemory(max_memory=25)
    status = file.stat()
    for path in ("a", "b"):
        memory.keep(path, status, b"0123456789")
    memory.content("a", status)
    memory.keep("a", status, b"0123456789")
    assert memory.size == 20
    memory.keep("c", status, b"0123456789")
    assert memory.size == 20
    assert [memory.content(path, status) is not None for path in "abc"] == [True, False, True]
    memory.clear()
    assert (memory.size, memory.content("a", status)) == (0, None)


def test_a_small_file_is_read_whole_or_not_at_all(file: Path) -> None:
    status = file.stat()
    assert read_small(str(file), status) == b"0123456789"
    file.write_bytes(b"longer than it was")
    assert read_small(str(file), status) is None
    file.unlink()
    assert read_small(str(file), status) is None


def test_an_answer_counts_as_long_as_what_was_seen(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = FileMemory(max_files=2)
    status = file.stat()
    memory.remember("seen", look(str(file), [str(file.parent)], None, {}))
    content = memory.keep(str(file), status, file.read_bytes())
    sent = Sibling("", str(file), status)
    memory.remember_answer("never seen", "unseen", sent, "head")
    memory.remember_answer("asked", "seen", sent, "head")
    assert memory.answer("never seen") is memory.answer("asked") is None  # there are no lines yet
    content.heads["head"] = "A: b\r\n"
    assert memory.answer("asked") == (str(file), "A: b\r\n", file.read_bytes())
    for number in range(3):
        memory.remember_answer(number, "seen", sent, "head")
    assert memory.answer("asked") is None
    assert memory.answer(2) is not None
    monkeypatch.setattr(file_facts, "FRESH", -1.0)
    assert memory.answer(2) is None


def test_threads_share_a_memory(file: Path) -> None:
    memory = FileMemory(max_files=3, max_memory=35)
    status = file.stat()
    seen = look(str(file), [str(file.parent)], None, {})
    wrong = []

    def use(first: int) -> None:
        for number in range(first, first + 2000):
            name = str(number % 7)
            if number % 500 == 0:
                memory.clear()
            memory.remember(name, Seen(None) if number % 11 == 0 else seen)
            content = memory.content(name, status) or memory.keep(name, status, b"0123456789")
            if content.data != b"0123456789" or memory.seen(name) not in (None, seen):
                wrong.append(name)

    at_once([partial(use, first) for first in range(4)])
    assert not wrong
    assert len(memory._seen) <= 3
    assert memory.size == 10 * len(memory._contents) <= 35
