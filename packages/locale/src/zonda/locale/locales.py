"""A locale: it translates messages, and writes dates, lists and numbers as its readers do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from . import dates, registry
from .codes import MAX_CODE_LENGTH, closest, is_right_to_left
from .csv_table import CONTEXT_SEPARATOR, CSVTable, PluralRule, find_plural
from .errors import UnsupportedLocaleError
from .names import display_name
from .placeholders import fill, fits

if TYPE_CHECKING:
    from gettext import NullTranslations

    from .cldr import CLDR

ENUMERATION = "%(commas)s and %(last)s"

PERSIAN_AND = " \u0648 "


class Translatable(Protocol):
    """What knows its own text in a locale, as a lazy string does."""

    def translate(self, locale: Locale, /) -> str:
        """The text in a locale."""


def get(*locale_codes: str) -> Locale:
    """The locale that is nearest to the codes, which come in order of preference.

    A code may be written ``de_DE`` or ``de-de``.  It is served by the translations for it, or
    for its language; a bare language is also served by a locale of that language with a region.
    Where no code is, the answer is the default locale.  Codes may come from anybody, as those of
    ``Accept-Language`` do: what is not a code is passed over.
    """
    return Locale.get_closest(*locale_codes)


class Locale:
    """The base of the locales.  :func:`get` gives them out.

    :ivar code: such as ``"de_DE"``
    :ivar name: of the language, in the language: ``"Deutsch"``, or ``"Unknown"``
    :ivar rtl: whether its text runs from right to left
    """

    _cldr: CLDR | None = None

    def __init__(self, code: str) -> None:
        self.code = code
        self.name = display_name(code)
        self.rtl = is_right_to_left(code)

    @classmethod
    def get_closest(cls, *locale_codes: str) -> Locale:
        """The same as :func:`get`."""
        loaded = registry.current()
        for code in locale_codes:
            found = closest(code, loaded.supported) if code else None
            if found is not None:
                return cls.get(found)
        return cls.get(loaded.default)

    @classmethod
    def get(cls, code: str) -> Locale:
        """The locale with exactly this code.

        :raises UnsupportedLocaleError: when nothing is loaded for the code
        """
        loaded = registry.current()
        locale = loaded.locales.get(code)
        if locale is not None:
            return locale
        if code != loaded.default:
            supported = ", ".join(sorted(loaded.supported))
            raise UnsupportedLocaleError(
                f"there are no translations for {code[:MAX_CODE_LENGTH]!r}; "
                f"supported are {supported}"
            )
        if loaded.untranslated is None:
            loaded.untranslated = CSVLocale(code, {})
        return loaded.untranslated

    @property
    def cldr(self) -> CLDR:
        """Dates, numbers, currencies and plurals as the Unicode CLDR has them for this locale.

        Needs the extra ``zonda-locale[babel]``.  The first use reads a file for each locale; a
        server calls :func:`load_cldr` when it starts.

        :raises MissingExtraError: when Babel is not installed
        :raises LocaleError: when CLDR does not know the language
        """
        if self._cldr is None:
            from .cldr import CLDR

            self._cldr = CLDR(self.code)
        return self._cldr

    def translate(
        self,
        message: str | Translatable,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        """The message in the language of this locale, or itself where there is no translation.

        A translation whose ``%`` placeholders the message cannot fill in is not used.

        :param message: a text, or a lazy string, which brings its own plural
        :param plural_message: the message for any number but one; ``count`` is needed then
        :param count: the number that chooses between the two
        """
        raise NotImplementedError

    def pgettext(
        self,
        context: str,
        message: str,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        """As :meth:`translate`, for a message that has several meanings.

        ``pgettext("law", "right")`` and ``pgettext("side", "right")`` have translations of their
        own.  Where the context has none, the one without a context is used.
        """
        raise NotImplementedError

    def format_date(
        self,
        date: float | datetime,
        gmt_offset: int = 0,
        relative: bool = True,
        shorter: bool = False,
        full_format: bool = False,
    ) -> str:
        """A moment as people say it: "2 minutes ago", "yesterday at 18:35", "April 28, 2013".

        :param date: seconds since 1970, or a datetime, which is UTC if it has no time zone
        :param gmt_offset: minutes that the reader's clock is *behind* UTC, as
            ``Date.getTimezoneOffset()`` of JavaScript gives it
        :param relative: whether a date of the last day is said as its distance from now
        :param shorter: leave out the time of day
        :param full_format: always with the year; a date in the future always is
        """
        return dates.format_date(
            self,
            dates.as_utc(date),
            datetime.now(UTC),
            gmt_offset=gmt_offset,
            relative=relative,
            shorter=shorter,
            full_format=full_format,
        )

    def format_day(self, date: datetime, gmt_offset: int = 0, dow: bool = True) -> str:
        """A day without its year, as "Monday, January 22".

        :param gmt_offset: minutes that the reader's clock is behind that of ``date``
        :param dow: with the day of the week
        """
        return dates.format_day(self, date, gmt_offset, dow)

    def list(self, parts: Sequence[str]) -> str:
        """The parts as an enumeration: "A, B and C", "A and B", "A", or the empty string."""
        if len(parts) < 2:
            return parts[0] if parts else ""
        comma = PERSIAN_AND if self.code.partition("_")[0] == "fa" else ", "
        values = {"commas": comma.join(parts[:-1]), "last": parts[-1]}
        return fill(self.translate(ENUMERATION), ENUMERATION, values)

    def friendly_number(self, value: int) -> str:
        """An integer with commas between thousands in English, and without in other languages."""
        return f"{value:,}" if self.code.partition("_")[0] == "en" else str(value)


class CSVLocale(Locale):
    """A locale with translations from a CSV file.

    :param translations: plural indicator to message to translation
    :param plural_rule: from a number to its plural category, for translations that have
        categories of CLDR among their indicators
    """

    def __init__(
        self, code: str, translations: CSVTable, plural_rule: PluralRule | None = None
    ) -> None:
        super().__init__(code)
        self.translations = translations
        self._unknown = translations.get("unknown", {})
        self._plural_rule = plural_rule

    def translate(
        self,
        message: str | Translatable,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        if not isinstance(message, str):
            return message.translate(self)
        if plural_message is None:
            return self._unknown.get(message, message)
        return self._plural("", message, plural_message, count)

    def pgettext(
        self,
        context: str,
        message: str,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        if plural_message is not None:
            return self._plural(context, message, plural_message, count)
        found = self._unknown.get(f"{context}{CONTEXT_SEPARATOR}{message}")
        return self._unknown.get(message, message) if found is None else found

    def _plural(self, context: str, message: str, plural_message: str, count: int | None) -> str:
        number = _needed(count)
        messages = (message, plural_message)
        category = self._plural_rule(number) if self._plural_rule is not None else None
        found = find_plural(self.translations, category, context, messages, number)
        if found is None and context:
            found = find_plural(self.translations, category, "", messages, number)
        if found is None or not fits(found, *messages):
            return message if number == 1 else plural_message
        return found


class GettextLocale(Locale):
    """A locale with translations from a gettext catalogue, and the plural rules in it.

    :param translations: as :func:`gettext.translation` gives them
    """

    def __init__(self, code: str, translations: NullTranslations) -> None:
        super().__init__(code)
        self._translations = translations

    def translate(
        self,
        message: str | Translatable,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        if not isinstance(message, str):
            return message.translate(self)
        if plural_message is None:
            # The empty message is where a catalogue keeps its header.
            found = self._translations.gettext(message) if message else message
            return found if fits(found, message) else message
        number = _needed(count)
        found = self._translations.ngettext(message, plural_message, number)
        if fits(found, message, plural_message):
            return found
        return message if number == 1 else plural_message

    def pgettext(
        self,
        context: str,
        message: str,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        # Where there is no translation, gettext returns the very object that it was given.
        if plural_message is None:
            found = self._translations.pgettext(context, message)
            if found is message or not fits(found, message):
                return self.translate(message)
            return found
        number = _needed(count)
        found = self._translations.npgettext(context, message, plural_message, number)
        if found is message or found is plural_message or not fits(found, message, plural_message):
            return self.translate(message, plural_message, number)
        return found


def _needed(count: int | None) -> int:
    if count is None:
        raise TypeError("a plural message needs a count")
    return count
