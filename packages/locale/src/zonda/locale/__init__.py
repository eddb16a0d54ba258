"""Translations from CSV and gettext catalogues.

>>> from zonda import locale
>>> english = locale.get("en_US")
>>> english.translate("%(n)d file", "%(n)d files", 3) % {"n": 3}
'3 files'
>>> english.list(["Ada", "Grace", "Edsger"])
'Ada, Grace and Edsger'
"""

from .cldr import CLDR
from .errors import LocaleError, MissingExtraError, UnsupportedLocaleError
from .lazy import LazyString, current_locale, lazy, use_locale
from .loading import load_cldr, load_gettext_translations, load_translations
from .locales import CSVLocale, GettextLocale, Locale, get
from .names import LOCALE_NAMES
from .registry import get_supported_locales, set_default_locale
from .reload import reload_changed, reload_on_change, translation_files

__all__ = [
    "CLDR",
    "LOCALE_NAMES",
    "CSVLocale",
    "GettextLocale",
    "LazyString",
    "Locale",
    "LocaleError",
    "MissingExtraError",
    "UnsupportedLocaleError",
    "current_locale",
    "get",
    "get_supported_locales",
    "lazy",
    "load_cldr",
    "load_gettext_translations",
    "load_translations",
    "reload_changed",
    "reload_on_change",
    "set_default_locale",
    "translation_files",
    "use_locale",
]
