"""What is loaded: one set of locales for the program, replaced as a whole.

A reader in another thread sees either all of the old translations or all of the new ones: loading
makes a new :class:`Registry` and puts it in the place of the old one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from .locales import Locale

DEFAULT_LOCALE = "en_US"


class Source(Protocol):
    """Where translations come from, so that they can be read again."""

    def files(self) -> list[str]:
        """The paths of the files there are at present; OSError when they cannot be listed."""

    def read(self) -> dict[str, Locale]:
        """Read all of them: code to locale."""


class Stamp(NamedTuple):
    """A file as it was at some time."""

    path: str
    modified: int
    size: int


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return Stamp(path, 0, 0)
    return Stamp(path, status.st_mtime_ns, status.st_size)


def take_stamps(source: Source) -> list[Stamp]:
    """The files of a source as they are now; none where they cannot be listed."""
    try:
        return [_stamp(path) for path in source.files()]
    except OSError:
        return []


class Registry:
    """The default locale, the locales that have translations, and where these are from.

    :ivar default: code of the default locale
    :ivar untranslated: the default locale, once it was asked for and where it has no translations
    """

    __slots__ = ("default", "locales", "source", "stamps", "supported", "untranslated")

    def __init__(
        self,
        default: str,
        locales: Mapping[str, Locale],
        source: Source | None = None,
        stamps: list[Stamp] | None = None,
    ) -> None:
        self.default = default
        self.locales = locales
        self.untranslated: Locale | None = None
        self.source = source
        self.stamps = stamps or []
        self.supported = frozenset((*locales, default))


_current = Registry(DEFAULT_LOCALE, {})
_replacing = threading.Lock()


def current() -> Registry:
    """What is in use."""
    return _current


def load(source: Source) -> None:
    """Read the translations of a source and use them instead of those that were loaded before."""
    global _current
    # The stamps come first: a file that changes while it is read is read again.
    stamps = take_stamps(source)
    locales = source.read()
    with _replacing:
        _current = Registry(_current.default, locales, source, stamps)


def set_default_locale(code: str) -> None:
    """Choose the locale that is used where nothing else fits; at first it is ``en_US``.

    It is the language that the messages in the program are written in, so it needs no
    translations of its own.
    """
    global _current
    with _replacing:
        old = _current
        _current = Registry(code, old.locales, old.source, old.stamps)


def get_supported_locales(cls: object = None) -> frozenset[str]:
    """The codes of all locales that have translations, and of the default locale.

    :param cls: is not used; ``get_supported_locales(None)`` is how old programs call it
    """
    return _current.supported
