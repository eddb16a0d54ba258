"""Translations and the formats of languages."""

from __future__ import annotations

from zonda.locale import (
    LOCALE_NAMES,
    CSVLocale,
    GettextLocale,
    Locale,
    get,
    get_supported_locales,
    load_gettext_translations,
    load_translations,
    set_default_locale,
)

__all__ = [
    "LOCALE_NAMES",
    "CSVLocale",
    "GettextLocale",
    "Locale",
    "get",
    "get_supported_locales",
    "load_gettext_translations",
    "load_translations",
    "set_default_locale",
]
