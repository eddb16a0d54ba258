"""What is loaded is replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.at_once import at_once
from zonda.locale import CSVLocale, Locale, get, get_supported_locales, registry, set_default_locale


class OneLocale:
    """A source with one locale and no files."""

    def __init__(self, code: str) -> None:
        self.code = code

    def files(self) -> list[str]:
        return []

    def read(self) -> dict[str, Locale]:
        return {self.code: CSVLocale(self.code, {})}


def test_at_first_there_is_only_the_default() -> None:
    assert get_supported_locales() == {"en_US"}
    assert get_supported_locales(None) == {"en_US"}
    assert isinstance(get(), CSVLocale)


def test_loading_replaces_what_was_loaded() -> None:
    registry.load(OneLocale("de_DE"))
    registry.load(OneLocale("fr_FR"))
    assert get_supported_locales() == {"en_US", "fr_FR"}


def test_the_default_and_the_locales_do_not_forget_each_other() -> None:
    registry.load(OneLocale("de_DE"))
    set_default_locale("da_DK")
    assert get_supported_locales() == {"da_DK", "de_DE"}
    registry.load(OneLocale("fr_FR"))
    assert get_supported_locales() == {"da_DK", "fr_FR"}


def test_a_source_that_fails_leaves_everything_as_it_was() -> None:
    class Failing(OneLocale):
        def read(self) -> dict[str, Locale]:
            raise OSError

    registry.load(OneLocale("de_DE"))
    with pytest.raises(OSError):
        registry.load(Failing("fr_FR"))
    assert get_supported_locales() == {"de_DE", "en_US"}


def test_stamps_are_of_the_files_that_are_there(tmp_path: Path) -> None:
    there, missing = tmp_path / "a.csv", tmp_path / "b.csv"
    there.write_text("xyz")

    class Files(OneLocale):
        def files(self) -> list[str]:
            return [str(there), str(missing)]

    first, second = registry.take_stamps(Files("de"))
    assert (first.path, first.size) == (str(there), 3)
    assert (second.path, second.modified, second.size) == (str(missing), 0, 0)


def test_no_stamps_where_the_files_cannot_be_listed() -> None:
    class Unlisted(OneLocale):
        def files(self) -> list[str]:
            raise OSError

    assert registry.take_stamps(Unlisted("de")) == []


def test_threads_do_not_undo_what_another_one_chose() -> None:
    for number in range(300):
        code = f"xx_{number}"
        calls: list[Callable[[], None]] = [
            partial(set_default_locale, code),
            partial(registry.load, OneLocale("de_DE")),
        ]
        at_once(calls)
        assert get_supported_locales() == {code, "de_DE"}
        registry.load(OneLocale("fr_FR"))
