"""The translations of a CSV file in memory, and how a plural is chosen among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

CSVTable = Mapping[str, Mapping[str, str]]
"""Plural indicator to key to translation."""

PluralRule = Callable[[float], str]
"""From a number to its plural category."""

PLURAL_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
"""The plural categories of CLDR (UTS 35, "Language Plural Rules")."""

INDICATORS = ("unknown", "singular", "plural", *PLURAL_CATEGORIES)
"""What the plural column of a file may say."""

CONTEXT_SEPARATOR = "\x04"
"""Stands between context and message in a key, as in a gettext catalogue."""


def key(message: str, context: str) -> str:
    """What the translation of a message is stored under; the context may be empty."""
    return f"{context}{CONTEXT_SEPARATOR}{message}" if context else message


def has_categories(table: CSVTable) -> bool:
    """Whether choosing a plural of this table needs the rule of its language."""
    return not table.keys().isdisjoint(PLURAL_CATEGORIES)


def find_plural(
    table: CSVTable, category: str | None, context: str, messages: tuple[str, str], count: float
) -> str | None:
    """The translation of a message for a number, or ``None``.

    A row for the plural category of the number counts before one for "singular" or "plural".
    Category rows are kept under the plural message: the category ``one`` of many languages has
    other numbers than 1 in it, and its text needs the placeholder of the number.

    :param category: of ``count`` in the language of the table, if its rule is known
    :param messages: the singular and the plural
    """
    singular, plural = messages
    if category is not None:
        found = table.get(category, {}).get(key(plural, context))
        if found is not None:
            return found
    if count == 1:
        return table.get("singular", {}).get(key(singular, context))
    return table.get("plural", {}).get(key(plural, context))
