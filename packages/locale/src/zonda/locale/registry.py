"""What is loaded: one set of catalogues for the program, replaced as a whole.

A reader in another thread sees either all of the old catalogues or all of the new ones, because
a :class:`Registry` is never changed after it was made: loading makes a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

    from .locales import Locale

CSVTable = Mapping[str, Mapping[str, str]]
"""Plural indicator (``"unknown"``, ``"singular"``, ``"plural"`` or a plural category of CLDR) to
message to translation."""

DEFAULT_LOCALE = "en_US"


class Registry:
    """The default locale and the catalogues that were loaded."""

    __slots__ = ("cache", "catalogues", "default", "supported")

    def __init__(self, default: str, catalogues: Mapping[str, CSVTable | NullTranslations]) -> None:
        self.default = default
        self.catalogues = catalogues
        self.supported = frozenset((*catalogues, default))
        self.cache: dict[str, Locale] = {}


_current = Registry(DEFAULT_LOCALE, {})


def current() -> Registry:
    """The catalogues that are in use."""
    return _current


def replace_catalogues(catalogues: Mapping[str, CSVTable | NullTranslations]) -> None:
    """Use these catalogues instead of the ones that were loaded before."""
    global _current
    _current = Registry(_current.default, catalogues)


def set_default_locale(code: str) -> None:
    """Choose the locale that is used where nothing else fits; at first it is ``en_US``.

    It is the language that the messages in the program are written in, so it needs no
    translations of its own.
    """
    global _current
    _current = Registry(code, _current.catalogues)


def get_supported_locales(cls: object = None) -> frozenset[str]:
    """The codes of all locales that have translations, and of the default locale.

    :param cls: is not used; ``get_supported_locales(None)`` is how old programs call it.
    """
    return _current.supported
