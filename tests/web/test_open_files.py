"""Files that are open for reading, and shared."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from zonda.web import open_files
from zonda.web.open_files import MAX_OPEN, open_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"some bytes")
    return path


@pytest.fixture(autouse=True)
def nothing_open() -> Iterator[None]:
    """The loop of a test ends before the second has passed."""
    yield
    open_files._files.clear()


async def test_who_asks_soon_gets_the_same_file(path: Path) -> None:
    file = await open_file(str(path), path.stat())
    assert await open_file(str(path), path.stat()) is file
    assert file.read(5, 100) == b"bytes"


async def test_a_file_that_has_changed_is_opened_again(path: Path) -> None:
    await open_file(str(path), path.stat())
    path.unlink()
    path.write_bytes(b"other")
    file = await open_file(str(path), path.stat())
    assert file.read(0, 100) == b"other"


async def test_a_file_is_closed_when_nobody_has_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_files, "FRESH", 0.01)
    await open_file(str(path), path.stat())
    file = await open_file(str(path), path.stat())
    descriptor = file.descriptor
    assert os.path.samestat(os.fstat(descriptor), path.stat())
    while file in open_files._files.values():
        await asyncio.sleep(0.001)
    assert os.path.samestat(os.fstat(descriptor), path.stat())
    del file
    while str(path) in _open_paths():
        await asyncio.sleep(0.001)


async def test_few_stay_open(tmp_path: Path) -> None:
    for number in range(2 * MAX_OPEN):
        path = tmp_path / str(number)
        path.touch()
        file = await open_file(str(path), path.stat())
    del file
    assert len(open_files._files) == MAX_OPEN
    while len([path for path in _open_paths() if path.startswith(str(tmp_path))]) > MAX_OPEN:
        await asyncio.sleep(0.001)  # the thread that has opened the last one lets go of it


async def test_what_cannot_be_opened(path: Path) -> None:
    status = path.stat()
    path.unlink()
    with pytest.raises(FileNotFoundError):
        await open_file(str(path), status)


def _open_paths() -> set[str]:
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:  # the one of the list
            continue
    return found
