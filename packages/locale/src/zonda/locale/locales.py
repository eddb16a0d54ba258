"""A locale: it translates messages, and writes dates, lists and numbers as its readers do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from . import dates, registry
from .codes import closest, is_right_to_left
from .csv_file import CONTEXT_SEPARATOR
from .errors import UnsupportedLocaleError
from .names import display_name
from .placeholders import fill, fits

if TYPE_CHECKING:
    from gettext import NullTranslations

PERSIAN_COMMA = " \u0648 "


def get(*locale_codes: str) -> Locale:
    """The locale that is nearest to the codes, which come in order of preference.

    A code may be written ``de_DE`` or ``de-de``.  It is served by the translations for it, or
    for its language; a bare language is also served by a locale of that language with a region.
    Where no code is, the answer is the default locale.  Codes may come from anybody, as those of
    ``Accept-Language`` do: what is not a code is passed over.
    """
    return Locale.get_closest(*locale_codes)


class Locale:
    """The base of the locales.  Get one from :func:`get`; do not make one.

    :ivar code: such as ``"de_DE"``
    :ivar name: of the language, in the language: ``"Deutsch"``, or ``"Unknown"``
    :ivar rtl: whether its text runs from right to left
    """

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
        locale = loaded.cache.get(code)
        if locale is None:
            if code not in loaded.supported:
                supported = ", ".join(sorted(loaded.supported))
                raise UnsupportedLocaleError(
                    f"there are no translations for {code[:40]!r}; supported are {supported}"
                )
            catalogue = loaded.catalogues.get(code, {})
            if isinstance(catalogue, Mapping):
                locale = CSVLocale(code, catalogue)
            else:
                locale = GettextLocale(code, catalogue)
            loaded.cache[code] = locale
        return locale

    def translate(
        self, message: str, plural_message: str | None = None, count: int | None = None
    ) -> str:
        """The message in the language of this locale, or itself where there is no translation.

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
        comma = PERSIAN_COMMA if self.code.startswith("fa") else ", "
        wording = "%(commas)s and %(last)s"
        values = {"commas": comma.join(parts[:-1]), "last": parts[-1]}
        return fill(self.translate(wording), wording, values)

    def friendly_number(self, value: int) -> str:
        """An integer with commas between thousands in English, and without in other languages."""
        return f"{value:,}" if self.code.partition("_")[0] == "en" else str(value)


class CSVLocale(Locale):
    """A locale with translations from a CSV file.

    :param translations: plural indicator to message to translation
    """

    def __init__(self, code: str, translations: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(code)
        self.translations = translations
        self._unknown = translations.get("unknown", {})

    def translate(
        self, message: str, plural_message: str | None = None, count: int | None = None
    ) -> str:
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
        prefix = f"{context}{CONTEXT_SEPARATOR}"
        if plural_message is not None:
            return self._plural(prefix, message, plural_message, count)
        found = self._unknown.get(prefix + message)
        return self._unknown.get(message, message) if found is None else found

    def _plural(self, prefix: str, message: str, plural_message: str, count: int | None) -> str:
        if count is None:
            raise TypeError("a plural message needs a count")
        indicator, chosen = ("singular", message) if count == 1 else ("plural", plural_message)
        table = self.translations.get(indicator, {})
        found = table.get(prefix + chosen) or table.get(chosen)
        if found is None or not fits(found, message, plural_message):
            return chosen
        return found


class GettextLocale(Locale):
    """A locale with translations from a gettext catalogue, and the plural rules in it.

    :param translations: as :func:`gettext.translation` gives them
    """

    def __init__(self, code: str, translations: NullTranslations) -> None:
        super().__init__(code)
        self._translations = translations

    def translate(
        self, message: str, plural_message: str | None = None, count: int | None = None
    ) -> str:
        if plural_message is None:
            return self._if_fits(self._translations.gettext(message), message)
        if count is None:
            raise TypeError("a plural message needs a count")
        found = self._translations.ngettext(message, plural_message, count)
        return self._if_fits(found, message, plural_message, count=count)

    def pgettext(
        self,
        context: str,
        message: str,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        if plural_message is None:
            found = self._translations.pgettext(context, message)
            return self.translate(message) if found == message else self._if_fits(found, message)
        if count is None:
            raise TypeError("a plural message needs a count")
        found = self._translations.npgettext(context, message, plural_message, count)
        if found == (message if count == 1 else plural_message):
            return self.translate(message, plural_message, count)
        return self._if_fits(found, message, plural_message, count=count)

    def _if_fits(self, found: str, *messages: str, count: int = 1) -> str:
        if found in messages or fits(found, *messages):
            return found
        return messages[0] if count == 1 else messages[-1]
