"""Locale codes: their shape, and which supported locale is nearest to one that is asked for.

A code comes from a file name, from a program, or from a header that anybody can send.  It is
matched against one pattern and compared with the supported codes; it never becomes a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

MAX_CODE_LENGTH = 35
"""The longest locale code that is looked at, from RFC 5646 section 4.4.1."""

REMEMBERED_CODES = 1024
"""How many answers are kept: browsers send far fewer codes than that."""

CODE = re.compile(r"([A-Za-z]{2,8})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2,3}|[0-9]{3}))?")
"""A language, perhaps a script of four letters, perhaps a region: ``de``, ``de-DE``,
``zh_Hant_TW``, ``es_419``."""

RIGHT_TO_LEFT_LANGUAGES = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
)
RIGHT_TO_LEFT_SCRIPTS = frozenset(
    {"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}
)

SCRIPT_FOLLOWS_REGION = frozenset({"zh"})
"""Languages whose regions write in different scripts: one does not serve readers of another."""


def normalize(code: str) -> str | None:
    """A code in the spelling of the catalogues (``zh_Hant_TW``), or ``None`` if it is none."""
    match = CODE.fullmatch(code)
    if match is None:
        return None
    language, script, region = match.groups()
    parts = [language.lower()]
    if script:
        parts.append(script.title())
    if region:
        parts.append(region.upper())
    return "_".join(parts)


def is_right_to_left(code: str) -> bool:
    """Whether text of this locale runs from right to left."""
    language, *others = code.split("_")
    scripts = [part for part in others if len(part) == 4 and part.isalpha()]
    if scripts:
        return scripts[0] in RIGHT_TO_LEFT_SCRIPTS
    return language in RIGHT_TO_LEFT_LANGUAGES


def closest(code: str, supported: frozenset[str]) -> str | None:
    """The supported code that serves a reader who asked for ``code``, or ``None``.

    The code itself comes first, then the same without its script, its region, or both.  A code
    without a script is also served by another region of its language: a browser that sends ``de``
    or ``de-AT`` wants ``de_DE`` more than the default.
    """
    return _closest(code, supported) if len(code) <= MAX_CODE_LENGTH else None


@lru_cache(REMEMBERED_CODES)
def _closest(code: str, supported: frozenset[str]) -> str | None:
    if code in supported:
        return code
    normal = normalize(code)
    if normal is None:
        return None
    for candidate in _candidates(normal):
        if candidate in supported:
            return candidate
    language, *others = normal.split("_")
    if others and (len(others[0]) == 4 or language in SCRIPT_FOLLOWS_REGION):
        return None
    home = f"{language}_{language.upper()}"
    if home in supported:
        return home
    return min((other for other in supported if other.startswith(f"{language}_")), default=None)


def _candidates(code: str) -> Iterator[str]:
    language, *others = code.split("_")
    yield code
    if len(others) == 2:
        yield f"{language}_{others[1]}"
        yield f"{language}_{others[0]}"
    yield language
