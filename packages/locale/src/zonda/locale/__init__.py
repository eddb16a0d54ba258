"""Translations from CSV and gettext catalogues.

>>> from zonda import locale
>>> english = locale.get("en_US")
>>> english.translate("%(n)d file", "%(n)d files", 3) % {"n": 3}
'3 files'
>>> english.list(["Ada", "Grace", "Edsger"])
'Ada, Grace and Edsger'
"""

from .errors import LocaleError, MissingExtraError, UnsupportedLocaleError
from .loading import load_gettext_translations, load_translations
from .locales import CSVLocale, GettextLocale, Locale, get
from .names import LOCALE_NAMES
from .registry import get_supported_locales, set_default_locale

__all__ = [
    "LOCALE_NAMES",
    "CSVLocale",
    "GettextLocale",
    "Locale",
    "LocaleError",
    "MissingExtraError",
    "UnsupportedLocaleError",
    "get",
    "get_supported_locales",
    "load_gettext_translations",
    "load_translations",
    "set_default_locale",
]
