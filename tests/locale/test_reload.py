"""Translations are read again when their files have changed."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from zonda.locale import (
    get,
    load_gettext_translations,
    load_translations,
    reload_changed,
    reload_on_change,
    translation_files,
)

from .gettext_files import make_catalog, write_catalogue


def write(path: Path, text: str, time: int) -> None:
    """Write a file with a time of its own, as two writes may fall into one tick of the clock."""
    path.write_text(text)
    os.utime(path, (time, time))


def test_nothing_is_loaded() -> None:
    assert translation_files() == []
    assert reload_changed() is False


def test_only_a_change_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "de_DE.csv"
    write(file, '"New","Neu"', 1)
    load_translations(tmp_path)
    old = get("de_DE")
    assert translation_files() == [str(file)]
    assert reload_changed() is False
    write(file, '"New","Nie"', 2)
    assert reload_changed() is True
    assert get("de_DE").translate("New") == "Nie"
    assert old.translate("New") == "Neu"
    assert reload_changed() is False


def test_new_and_removed_files_are_changes(tmp_path: Path) -> None:
    write(tmp_path / "de_DE.csv", '"New","Neu"', 1)
    load_translations(tmp_path)
    write(tmp_path / "da_DK.csv", '"New","Ny"', 1)
    assert reload_changed() is True
    assert get("da_DK").translate("New") == "Ny"
    (tmp_path / "da_DK.csv").unlink()
    assert reload_changed() is True
    assert get("da_DK").code == "en_US"


def test_gettext_catalogues(tmp_path: Path) -> None:
    load_gettext_translations(tmp_path, "app")
    path = write_catalogue(tmp_path, "fr_FR", make_catalog("fr_FR"))
    assert reload_changed() is True
    assert translation_files() == [str(path)]
    assert get("fr_FR").translate("school") == "école"


def test_a_directory_that_is_gone_is_reported_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "i18n"
    directory.mkdir()
    write(directory / "de_DE.csv", '"New","Neu"', 1)
    load_translations(directory)
    shutil.rmtree(directory)
    assert reload_changed() is False
    assert reload_changed() is False
    assert len(caplog.records) == 1
    assert get("de_DE").translate("New") == "Neu"


async def test_watching_does_not_block_the_loop(tmp_path: Path) -> None:
    file = tmp_path / "de_DE.csv"
    await asyncio.to_thread(write, file, '"New","Neu"', 1)
    await asyncio.to_thread(load_translations, tmp_path)
    watcher = asyncio.create_task(reload_on_change(0.01))
    await asyncio.to_thread(write, file, '"New","Nie"', 2)
    while get("de_DE").translate("New") != "Nie":
        await asyncio.sleep(0.01)
    watcher.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watcher
