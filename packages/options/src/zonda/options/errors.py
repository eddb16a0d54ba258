"""What can go wrong with options."""

from __future__ import annotations

from collections.abc import Iterable


class Error(Exception):
    """The root of the errors of :mod:`zonda.options`."""


class DefinitionError(Error):
    """The program defines an option wrongly, or a second time."""


class UnknownOptionError(Error, AttributeError):
    """There is no option of this name; the message has the nearest one that there is."""


class OptionValueError(Error, ValueError):
    """A value is not one that the option can have; the message says what it can be."""


class ConfigFileError(Error):
    """A configuration file cannot be read; the message has its path and the line."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant, if one is near enough."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, names, 1)), None)
