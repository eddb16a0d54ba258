"""Locales translate, enumerate and count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from zonda.locale import (
    CSVLocale,
    GettextLocale,
    Locale,
    UnsupportedLocaleError,
    get,
    get_supported_locales,
    lazy,
    load_gettext_translations,
    load_translations,
    set_default_locale,
)

from .gettext_files import make_catalog, write_catalogue

CSV = """\
"school","école"
"right","à droite"
"right","le droit","","law"
"%(n)d file","%(n)d fichier","singular"
"%(n)d files","%(n)d fichiers","plural"
"%(n)d club","%(n)d bâton","singular","stick"
"%(n)d clubs","%(n)d bâtons","plural","stick"
"%(name)s is here","%(nom)s est là"
"1 %(x)s","%(y)s","singular"
"same","same","","ctx"
"same","pareil"
"""


def from_csv(directory: Path) -> Locale:
    (directory / "fr_FR.csv").write_text(CSV, encoding="utf-8")
    load_translations(directory)
    return get("fr_FR")


def from_gettext(directory: Path) -> Locale:
    write_catalogue(directory, "fr_FR", make_catalog("fr_FR"))
    load_gettext_translations(directory, "app")
    return get("fr_FR")


@pytest.fixture(params=[from_csv, from_gettext], ids=["csv", "gettext"])
def french(request: pytest.FixtureRequest, tmp_path: Path) -> Locale:
    make: Callable[[Path], Locale] = request.param
    return make(tmp_path)


def test_a_locale_has_a_code_and_a_name(french: Locale) -> None:
    assert (french.code, french.name, french.rtl) == ("fr_FR", "Français", False)
    assert isinstance(french, (CSVLocale, GettextLocale))


def test_a_message_is_translated_or_itself(french: Locale) -> None:
    assert french.translate("school") == "école"
    assert french.translate("unheard of") == "unheard of"
    assert french.translate("") == ""


@pytest.mark.parametrize(("count", "text"), [(1, "%(n)d fichier"), (2, "%(n)d fichiers")])
def test_a_plural_is_chosen_by_its_count(french: Locale, count: int, text: str) -> None:
    assert french.translate("%(n)d file", "%(n)d files", count) == text


@pytest.mark.parametrize(("count", "text"), [(1, "one"), (0, "many"), (2, "many")])
def test_a_plural_without_translation(french: Locale, count: int, text: str) -> None:
    assert french.translate("one", "many", count) == text
    assert french.pgettext("ctx", "one", "many", count) == text


def test_a_context_tells_equal_messages_apart(french: Locale) -> None:
    assert french.pgettext("law", "right") == "le droit"
    assert french.pgettext("stick", "%(n)d club", "%(n)d clubs", 1) == "%(n)d bâton"
    assert french.pgettext("stick", "%(n)d club", "%(n)d clubs", 2) == "%(n)d bâtons"


def test_without_a_translation_for_the_context_the_plain_one_is_used(french: Locale) -> None:
    assert french.pgettext("side", "right") == "à droite"
    assert french.pgettext("side", "left") == "left"
    assert french.pgettext("any", "%(n)d file", "%(n)d files", 2) == "%(n)d fichiers"


def test_a_translation_that_equals_its_message_is_one(french: Locale) -> None:
    assert french.pgettext("ctx", "same") == "same"
    assert french.translate("same") == "pareil"


def test_a_translation_that_cannot_be_filled_in_is_not_used(french: Locale) -> None:
    text = french.translate("%(name)s is here") % {"name": "Ada"}
    assert text == "Ada is here"
    for count, expected in ((1, "1 a"), (2, "2 a")):
        values = {"n": count, "x": "a"}
        assert french.translate("1 %(x)s", "%(n)d %(x)s", count) % values == expected
        assert french.pgettext("bad", "1 %(x)s", "%(n)d %(x)s", count) % values == expected
    assert french.pgettext("bad", "%(name)s") % {"name": "Ada"} == "Ada"


def test_a_plural_needs_a_count(french: Locale) -> None:
    with pytest.raises(TypeError, match="count"):
        french.translate("one", "many")
    with pytest.raises(TypeError, match="count"):
        french.pgettext("ctx", "one", "many")


def test_a_lazy_string_is_translated(french: Locale) -> None:
    assert french.translate(lazy("school")) == "école"
    assert french.translate(lazy("right", context="law")) == "le droit"


def test_values_are_never_read_as_placeholders(french: Locale) -> None:
    hostile = ["%(x)s", "{0.__class__}", "%n"]
    assert french.list(hostile) == "%(x)s, {0.__class__} and %n"


def test_braces_of_a_translation_stay_text() -> None:
    locale = CSVLocale("de", {"unknown": {"Hello": "{0.__class__} {x}"}})
    assert locale.translate("Hello") == "{0.__class__} {x}"


@pytest.mark.parametrize(
    ("parts", "text"),
    [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")],
)
def test_list(parts: list[str], text: str) -> None:
    assert get().list(parts) == text
    assert get().list(tuple(parts)) == text


def test_list_in_other_languages() -> None:
    wording = {"unknown": {"%(commas)s and %(last)s": "%(commas)s und %(last)s"}}
    assert CSVLocale("de", wording).list(["A", "B", "C"]) == "A, B und C"
    assert CSVLocale("fa_IR", {}).list(["A", "B", "C"]) == "A \u0648 B and C"
    broken = {"unknown": {"%(commas)s and %(last)s": "%(first)s"}}
    assert CSVLocale("de", broken).list(["A", "B"]) == "A and B"


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("en", 1_000_000, "1,000,000"),
        ("en_US", -100, "-100"),
        ("en_GB", -1234, "-1,234"),
        ("en", 999, "999"),
        ("de_DE", 1_000_000, "1000000"),
    ],
)
def test_friendly_number(code: str, value: int, text: str) -> None:
    assert CSVLocale(code, {}).friendly_number(value) == text


def test_get_finds_the_nearest_in_order_of_preference(french: Locale) -> None:
    assert get("tlh", "*", "", "fr-fr", "en") is french
    assert get("fr") is french
    assert Locale.get_closest("fr-FR") is french
    assert get("tlh").code == "en_US"


@pytest.mark.parametrize("code", ["../../x", "x" * 10_240, "fr\0FR", "fr_FR/..", "%s", "\ud800"])
def test_codes_of_strangers_give_the_default(french: Locale, code: str) -> None:
    assert get(code).code == "en_US"


def test_get_of_the_class_is_exact(french: Locale) -> None:
    assert Locale.get("fr_FR") is french
    with pytest.raises(UnsupportedLocaleError, match="'fr'; supported are en_US, fr_FR"):
        Locale.get("fr")
    with pytest.raises(LookupError):
        Locale.get("x" * 10_240)


def test_the_default_locale_needs_no_translations(french: Locale) -> None:
    assert get() is get("en_US")
    set_default_locale("da_DK")
    assert get("tlh").name == "Dansk"
    assert get_supported_locales() == {"da_DK", "fr_FR"}
    set_default_locale("fr_FR")
    assert get("tlh") is french


def test_the_base_class_is_abstract() -> None:
    with pytest.raises(NotImplementedError):
        Locale("de").translate("x")
    with pytest.raises(NotImplementedError):
        Locale("de").pgettext("x", "y")


def test_a_program_can_bring_its_own_locale() -> None:
    class Shouting(Locale):
        def translate(
            self, message: object, plural_message: str | None = None, count: int | None = None
        ) -> str:
            return str(message).upper() if "%" not in str(message) else "%(broken)s"

    locale = Shouting("en")
    assert locale.translate("hi") == "HI"
    assert locale.list(["a", "b"]) == "a and b"
