"""Lazy strings are translated when they are shown."""

from __future__ import annotations

import asyncio

import pytest

from zonda.locale import CSVLocale, current_locale, get, lazy, set_default_locale, use_locale

GERMAN = CSVLocale(
    "de",
    {
        "unknown": {"New": "Neu", "law\x04right": "Recht", "Hi %(name)s": "Hallo %(name)s"},
        "singular": {"%(n)d file": "%(n)d Datei"},
        "plural": {"%(n)d files": "%(n)d Dateien"},
    },
)


def test_it_is_shown_in_the_locale_in_use() -> None:
    title = lazy("New")
    assert str(title) == "New"
    with use_locale(GERMAN) as locale:
        assert locale is GERMAN
        assert str(title) == "Neu"
        assert f"{title:>5}" == "  Neu"
        with use_locale(get("en_US")):
            assert str(title) == "New"
        assert str(title) == "Neu"
    assert str(title) == "New"


def test_it_is_shown_in_a_given_locale() -> None:
    assert lazy("New").translate(GERMAN) == "Neu"
    assert GERMAN.translate(lazy("New")) == "Neu"
    assert lazy("%(n)d file", "%(n)d files", 3).translate(GERMAN) == "%(n)d Dateien"
    assert lazy("right", context="law").translate(GERMAN) == "Recht"


def test_values_are_filled_in_late() -> None:
    greeting = lazy("Hi %(name)s") % {"name": "Ada"}
    assert str(greeting) == "Hi Ada"
    assert greeting.translate(GERMAN) == "Hallo Ada"
    files = lazy("%(n)d file", "%(n)d files", 1) % {"n": 1}
    assert files.translate(GERMAN) == "1 Datei"


def test_a_plural_needs_a_count() -> None:
    with pytest.raises(TypeError, match="count"):
        lazy("one", "many")


def test_repr_shows_the_message() -> None:
    assert repr(lazy("New")) == "<LazyString 'New'>"


def test_without_a_locale_in_use_the_default_counts() -> None:
    set_default_locale("da_DK")
    assert current_locale().code == "da_DK"


async def test_each_task_has_its_own_locale() -> None:
    title = lazy("New")

    async def show(locale: CSVLocale | None) -> str:
        if locale is None:
            await asyncio.sleep(0)
            return str(title)
        with use_locale(locale):
            await asyncio.sleep(0)
            return str(title)

    shown = await asyncio.gather(show(GERMAN), show(None), show(GERMAN))
    assert list(shown) == ["Neu", "New", "Neu"]
