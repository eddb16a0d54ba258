"""What can go wrong with locales."""

from __future__ import annotations


class LocaleError(Exception):
    """The root of the errors of :mod:`zonda.locale`."""


class UnsupportedLocaleError(LocaleError, LookupError):
    """A locale was asked for by its exact code, and no translations are loaded for it."""


class MissingExtraError(LocaleError, ImportError):
    """Something needs Babel, and the extra ``zonda-locale[babel]`` is not installed."""
