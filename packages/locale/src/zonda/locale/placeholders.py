"""The ``%`` placeholders of a message, and whether a translation can stand in for it.

A program fills in a translation as it would fill in the message: ``_("%(name)s is here") % {...}``.
A translation with a placeholder that the message does not have would raise there, before the
reader's eyes.  Such a translation is not used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from .problems import Problem, report

PLACEHOLDER = re.compile(
    r"%(?:\((?P<name>[^()]*)\))?+(?P<flags>[#0+ -]*+)(?P<size>[0-9*]*+(?:\.[0-9*]*+)?+)"
    r"[hlL]?+(?P<conversion>[diouxXeEfFgGcrsa%])"
)
"""As in "printf-style String Formatting" of the Python library reference; the possessive
quantifiers keep the search linear in the length of the text."""

MAX_SIZE_DIGITS = 3
"""The digits that a placeholder's width or precision may have: ``%(x)999999999d`` would fill the
memory with blanks."""

NUMBERS = frozenset("diouxXeEfFgGc")
"""Conversions that refuse a string."""

FITS_CACHE_SIZE = 4096
"""How many answers about pairs of texts are kept; a program has about as many messages."""


def _placeholders(text: str) -> tuple[dict[str, bool], list[bool]]:
    """Named placeholders, and those without a name in their order; each with "is a number".

    A blank after the sign, as in "50 % off", is taken for prose.
    """
    named: dict[str, bool] = {}
    unnamed: list[bool] = []
    for match in PLACEHOLDER.finditer(text):
        name, flags, conversion = match.group("name", "flags", "conversion")
        number = conversion in NUMBERS
        if name is not None:
            named[name] = named.get(name, False) or number
        elif conversion != "%" and " " not in flags:
            unnamed.append(number)
    return named, unnamed


def _sizes(text: str) -> list[str]:
    """The widths and precisions of all placeholders."""
    sizes: list[str] = []
    for match in PLACEHOLDER.finditer(text):
        sizes += match["size"].split(".")
    return sizes


def misfit(translation: str, *messages: str) -> str | None:
    """Why a translation cannot stand in for its message, or ``None`` where it can.

    :param messages: the message, and its plural where it has one: the program has values for the
        placeholders of both.
    """
    if "%" not in translation and not any("%" in message for message in messages):
        return None
    if any(len(size) > MAX_SIZE_DIGITS for size in _sizes(translation)):
        return f"a placeholder has a width of more than {MAX_SIZE_DIGITS} digits"
    named, unnamed = _placeholders(translation)
    allowed: dict[str, bool] = {}
    orders: list[list[bool]] = []
    for message in messages:
        names, order = _placeholders(message)
        orders.append(order)
        for name, number in names.items():
            allowed[name] = allowed.get(name, False) or number
    for name, number in named.items():
        if name not in allowed:
            return f"its placeholder %({name}) is not in the message"
        if number and not allowed[name]:
            return f"its placeholder %({name}) is a number, and is text in the message"
    if allowed and not unnamed:
        return _syntax_error(translation, allowed)
    if unnamed not in orders:
        return "its placeholders without a name differ from those of the message"
    return None


def _syntax_error(translation: str, names: Mapping[str, bool]) -> str | None:
    """Fill the translation in, as the program will."""
    try:
        translation % {name: 0 if number else "" for name, number in names.items()}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        return f"its placeholders cannot be filled in ({error})"
    return None


@lru_cache(FITS_CACHE_SIZE)
def fits(translation: str, *messages: str) -> bool:
    """Whether a translation can stand in for its message (and the plural of it).

    A misfit is logged when it is found, which is once while the answer is remembered.
    """
    reason = misfit(translation, *messages)
    if reason is not None:
        report(repr(translation), [Problem(0, f"is not used for {messages[0]!r}: {reason}")])
    return reason is None


def fill(translation: str, message: str, values: Mapping[str, object]) -> str:
    """Fill in a translation, or the message itself where the translation cannot be filled in."""
    try:
        return translation % values
    except (KeyError, TypeError, ValueError, OverflowError):
        return message % values
