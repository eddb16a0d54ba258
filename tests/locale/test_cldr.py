"""CLDR: dates, numbers, currencies and plurals in every language."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from zonda.locale import CLDR, CSVLocale, LocaleError, get

DATE = dt.datetime(2013, 4, 28, 18, 35, tzinfo=dt.UTC)
GERMAN = CLDR("de_DE")


def plain(text: str) -> str:
    """With ordinary blanks, as the kind of blank differs between editions of CLDR."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GERMAN.date(DATE), "28.04.2013"),
        (GERMAN.date(DATE, "EEEE, d. MMMM"), "Sonntag, 28. April"),
        (GERMAN.time(DATE, "short"), "18:35"),
        (GERMAN.datetime(DATE, "short"), "28.04.13, 18:35"),
        (GERMAN.datetime(DATE, "HH:mm", dt.timezone(dt.timedelta(hours=2))), "20:35"),
        (GERMAN.timedelta(dt.timedelta(hours=3)), "3 Stunden"),
        (GERMAN.timedelta(dt.timedelta(hours=-3), add_direction=True), "vor 3 Stunden"),
        (GERMAN.number(1234.5), "1.234,5"),
        (GERMAN.number(1234.5, "#,##0.00"), "1.234,50"),
        (GERMAN.compact(1_200_000, "long", 1), "1,2 Millionen"),
        (GERMAN.percent(0.25), "25 %"),
        (GERMAN.currency(Decimal("1234.5"), "EUR"), "1.234,50 €"),
        (GERMAN.currency(1, "EUR", "name"), "1,00 Euro"),
        (GERMAN.unit(12, "length-kilometer"), "12 Kilometer"),
        (GERMAN.list(["A", "B", "C"]), "A, B und C"),
        (GERMAN.list(["A", "B"], "or"), "A oder B"),
        (GERMAN.language_name("fr") or "", "Französisch"),
        (GERMAN.territory_name("FR") or "", "Frankreich"),
    ],
)
def test_german(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_names_that_cldr_does_not_have() -> None:
    assert GERMAN.language_name("klingon") is None
    assert GERMAN.territory_name("ZZZ") is None


@pytest.mark.parametrize(
    ("code", "counts", "categories"),
    [
        ("ru_RU", (1, 2, 5), ("one", "few", "many")),
        ("ar", (0, 1, 2), ("zero", "one", "two")),
        ("ja_JP", (0, 1, 2), ("other", "other", "other")),
    ],
)
def test_plural_category(code: str, counts: tuple[int, ...], categories: tuple[str, ...]) -> None:
    assert tuple(map(CLDR(code).plural_category, counts)) == categories


def test_plural_categories_of_a_language() -> None:
    assert CLDR("ru").plural_categories() == ("one", "few", "many", "other")
    assert CLDR("ja").plural_categories() == ("other",)


@pytest.mark.parametrize("code", ["es_LA", "ar_AR", "de_ZZ", "tl_PH", "zh_TW"])
def test_a_region_that_cldr_does_not_know_falls_back_on_the_language(code: str) -> None:
    assert CLDR(code).number(1) in ("1", "\u0661")


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(LocaleError, match="'xx'"):
        CLDR("xx_YY")


def test_a_locale_has_its_cldr() -> None:
    english = get("en_US")
    assert english.cldr is english.cldr
    assert english.cldr.currency(1234.5, "USD") == "$1,234.50"
    assert CSVLocale("de_DE", {}).cldr.code == "de_DE"


def test_warm_up_leaves_nothing_to_read() -> None:
    CLDR("sv_SE").warm_up()
    assert plain(CLDR("sv_SE").number(1234.5)) == "1 234,5"
