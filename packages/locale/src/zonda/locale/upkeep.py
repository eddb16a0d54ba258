"""Comparing the translations in a file with the messages of the program: the words for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .dates import AGO, MESSAGES
from .extraction import Found
from .locales import ENUMERATION
from .problems import Problem

OWN_MODULE = "zonda.locale"


class Gap(NamedTuple):
    """A message without a translation that can be used.

    :ivar reason: what is wrong with it
    """

    item: Found
    reason: str


class Review(NamedTuple):
    """What a file of translations needs.

    :ivar problems: places where the file is broken
    :ivar gaps: messages of the program that it does not translate
    :ivar unused: messages that it translates and the program does not have
    """

    problems: list[Problem]
    gaps: list[Gap]
    unused: list[str]


def distinct(found: Iterable[Found]) -> list[Found]:
    """Each message once, where it comes first."""
    first: dict[tuple[str, str, str], Found] = {}
    for item in found:
        first.setdefault((item.message, item.plural, item.context), item)
    return list(first.values())


def own_messages() -> list[Found]:
    """The messages of the dates and lists that a locale writes by itself."""
    texts = [(message, "") for message in (*MESSAGES, ENUMERATION)]
    return [Found(OWN_MODULE, 0, *pair, "", ()) for pair in (*texts, *AGO.values())]
