"""Dates, numbers, currencies and plurals in every language, from the Unicode CLDR through Babel.

Babel is imported when the first :class:`CLDR` is made, never before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from .babel_extra import require_babel
from .csv_table import PLURAL_CATEGORIES
from .errors import LocaleError

if TYPE_CHECKING:
    from decimal import Decimal

    import babel

    Number = int | float | Decimal

Width = Literal["short", "medium", "long", "full"]
ListStyle = Literal[
    "standard", "standard-short", "or", "or-short", "unit", "unit-short", "unit-narrow"
]


class CLDR:
    """What CLDR knows about one locale.  :attr:`Locale.cldr` has it.

    Where ``format`` is a text other than the names that are given, it is a pattern of CLDR
    (UTS 35), such as ``"EEEE, d. MMMM"`` or ``"#,##0.00"``.

    :param code: of the locale; its language alone counts where CLDR does not know the region
    :raises MissingExtraError: when the extra ``zonda-locale[babel]`` is not installed
    :raises LocaleError: when CLDR does not know the language

    >>> from zonda.locale import CLDR
    >>> CLDR("de_DE").currency(1234.5, "EUR")
    '1.234,50\\xa0€'
    >>> CLDR("ru_RU").plural_category(3)
    'few'
    """

    def __init__(self, code: str) -> None:
        require_babel()
        self.code = code
        self.babel = _find(code)

    def date(self, date: dt.date, format: Width | str = "medium") -> str:
        """A day, as "28.04.2013"."""
        from babel.dates import format_date

        return format_date(date, format, self.babel)

    def time(
        self,
        time: dt.time | dt.datetime,
        format: Width | str = "medium",
        tzinfo: dt.tzinfo | None = None,
    ) -> str:
        """A time of day, as "18:35:00"; a datetime with a zone is shown in ``tzinfo``."""
        from babel.dates import format_time

        return format_time(time, format, tzinfo, self.babel)

    def datetime(
        self,
        date: dt.datetime,
        format: Width | str = "medium",
        tzinfo: dt.tzinfo | None = None,
    ) -> str:
        """A moment, as "28.04.2013, 18:35:00", shown in the time zone ``tzinfo``, else in UTC.

        A datetime without a zone is UTC.
        """
        from babel.dates import format_datetime

        return format_datetime(date, format, tzinfo, self.babel)

    def timedelta(
        self,
        delta: dt.timedelta,
        format: Literal["narrow", "short", "medium", "long"] = "long",
        add_direction: bool = False,
    ) -> str:
        """A duration in its largest unit, as "3 Stunden".

        :param add_direction: say "in 3 Stunden" or, for a negative duration, "vor 3 Stunden"
        """
        from babel.dates import format_timedelta

        return format_timedelta(
            delta, format=format, add_direction=add_direction, locale=self.babel
        )

    def number(self, value: Number, format: str | None = None) -> str:
        """A number with the separators of the locale, as "1.234,5"."""
        from babel.numbers import format_decimal

        return format_decimal(value, format, self.babel)

    def compact(
        self, value: Number, format: Literal["short", "long"] = "short", digits: int = 0
    ) -> str:
        """A large number in words, as "1 Million"; ``digits`` is the most after the separator."""
        from babel.numbers import format_compact_decimal

        return format_compact_decimal(
            value, format_type=format, locale=self.babel, fraction_digits=digits
        )

    def percent(self, value: Number, format: str | None = None) -> str:
        """A share of one in hundredths: 0.25 is "25 %"."""
        from babel.numbers import format_percent

        return format_percent(value, format, self.babel)

    def currency(
        self,
        value: Number,
        currency: str,
        format: Literal["standard", "accounting", "name"] = "standard",
    ) -> str:
        """An amount of money, as "1.234,50 €".

        :param currency: by its code of ISO 4217, such as ``"EUR"``
        :param format: ``"name"`` writes "1.234,50 Euro"
        """
        from babel.numbers import format_currency

        return format_currency(value, currency, locale=self.babel, format_type=format)

    def unit(
        self, value: Number, unit: str, length: Literal["short", "long", "narrow"] = "long"
    ) -> str:
        """A quantity, as "12 Kilometer".

        :param unit: by its name in CLDR, such as ``"length-kilometer"``
        :raises ValueError: when CLDR has no unit of this name
        """
        from babel.units import format_unit

        return format_unit(value, unit, length, locale=self.babel)

    def list(self, parts: Sequence[str], style: ListStyle = "standard") -> str:
        """The parts as an enumeration, as "A, B und C"."""
        from babel.lists import format_list

        return format_list(parts, style, self.babel)

    def plural_category(self, value: float) -> str:
        """The plural category of a number: zero, one, two, few, many or other."""
        return self.babel.plural_form(value)

    def plural_categories(self) -> tuple[str, ...]:
        """The plural categories that the language has, in the order of CLDR."""
        used = {*self.babel.plural_form.rules, "other"}
        return tuple(category for category in PLURAL_CATEGORIES if category in used)

    def language_name(self, code: str) -> str | None:
        """The name of a language in this locale, as "Französisch" for ``"fr"``."""
        return self.babel.languages.get(code)

    def territory_name(self, code: str) -> str | None:
        """The name of a country or region in this locale, as "Frankreich" for ``"FR"``."""
        return self.babel.territories.get(code)

    def warm_up(self) -> None:
        """Read the data of the locale, which are in files, and import what reads them."""
        self.datetime(dt.datetime(2011, 3, 11), "full")
        self.timedelta(dt.timedelta(1))
        self.currency(1, "EUR")
        self.unit(1, "length-meter")
        self.list(["", ""])


def _find(code: str) -> babel.Locale:
    """Babel's locale for a code, or for the language in it."""
    from babel import Locale, UnknownLocaleError

    language = code.partition("_")[0]
    for candidate in (code, language):
        try:
            return Locale.parse(candidate)
        except (UnknownLocaleError, ValueError):
            continue
    raise LocaleError(f"CLDR does not know the language {language!r}")
