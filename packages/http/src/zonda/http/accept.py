"""Choosing what the client likes best: RFC 9110 section 12.5.

The client's lists are read in one pass and no further than `MAX_PREFERENCES`; an entry that is
malformed is left out, as if it had not been sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from .errors import HTTPInputError
from .header_parameters import parse_header_parameters

#: Browsers send about ten; what a client lists behind these is not looked at.
MAX_PREFERENCES: Final = 64

_ITEM: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+"?)++', re.DOTALL)
_QUALITY: Final = re.compile(r"0(?:\.[0-9]{0,6})?|1(?:\.0{0,6})?")


class Preference(NamedTuple):
    """One entry of a client's list.

    :ivar value: the media type, coding or language, in lower case.
    :ivar quality: how much it is liked, from 0 (not at all) to 1.
    :ivar parameters: of a media type.
    """

    value: str
    quality: float
    parameters: dict[str, str]


def parse_accept(header: str) -> list[Preference]:
    """The entries of an ``Accept…`` header, the most liked first.

    >>> [(entry.value, entry.quality) for entry in parse_accept("de;q=0.5, en, *;q=0")]
    [('en', 1.0), ('de', 0.5), ('*', 0.0)]
    """
    entries: list[Preference] = []
    for found in islice(_ITEM.finditer(header), MAX_PREFERENCES):
        try:
            value, parameters = parse_header_parameters(found[0])
        except HTTPInputError:
            continue
        quality = parameters.pop("q", "1")
        if value and _QUALITY.fullmatch(quality) is not None:
            entries.append(Preference(value, float(quality), parameters))
    entries.sort(key=_quality, reverse=True)
    return entries


def negotiate(header: str | None, offers: Sequence[str]) -> str | None:
    """The media type among *offers* that an ``Accept`` header likes best.

    The most specific entry that matches an offer says how much it is liked; between equals the
    first offer wins, as it does without a header.

    >>> negotiate("text/*;q=0.5, application/json", ["text/html", "application/json"])
    'application/json'
    >>> negotiate("image/png", ["text/html"])

    :return: None if no offer is acceptable, which a server answers with 406.
    """
    entries = parse_accept(header) if header else []
    if not entries:
        return offers[0] if offers else None
    best, best_quality = None, 0.0
    for offer in offers:
        quality = _media_quality(entries, offer)
        if quality > best_quality:
            best, best_quality = offer, quality
    return best


def negotiate_encoding(header: str | None, offers: Sequence[str]) -> str | None:
    """The content coding among *offers* that an ``Accept-Encoding`` header likes best.

    ``identity`` is always on offer, after the others.

    >>> negotiate_encoding("gzip, br", ["br", "gzip"]), negotiate_encoding(None, ["gzip"])
    ('br', 'identity')

    :return: None if not even ``identity`` is acceptable.
    """
    entries = parse_accept(header) if header else []
    qualities = {_coding(entry.value): entry.quality for entry in reversed(entries)}
    others = qualities.get("*")
    best, best_quality = None, 0.0
    for offer in offers:
        quality = qualities.get(_coding(offer), others or 0.0)
        if quality > best_quality:
            best, best_quality = offer, quality
    plain = qualities.get("identity")
    if plain is not None:
        return "identity" if plain > best_quality else best
    if best is None and others != 0.0:
        return "identity"
    return best


def negotiate_language(header: str | None, offers: Sequence[str]) -> str | None:
    """The language among *offers* that an ``Accept-Language`` header likes best.

    ``en`` accepts ``en-US``, and ``en-US`` is content with ``en`` if it has to be (RFC 4647,
    filtering and lookup); underscores in offers are hyphens.

    >>> negotiate_language("de-AT, en;q=0.5", ["en_US", "de"])
    'de'

    :return: None if no offer is acceptable; most applications then use their own language.
    """
    entries = parse_accept(header) if header else []
    if not entries:
        return offers[0] if offers else None
    best: str | None = None
    best_score = (0.0, 0)
    for offer in offers:
        score = _language_score(entries, offer.replace("_", "-").lower())
        if score[0] > 0.0 and score > best_score:
            best, best_score = offer, score
    return best


def _quality(entry: Preference) -> float:
    return entry.quality


def _coding(name: str) -> str:
    """RFC 9110 section 8.4.1.3: ``x-gzip`` is ``gzip``."""
    name = name.lower()
    return "gzip" if name == "x-gzip" else name


def _media_quality(entries: list[Preference], offer: str) -> float:
    value, parameters = parse_header_parameters(offer)
    whole = value.partition("/")[0] + "/*"
    best = (-1, 0.0)
    for entry in entries:
        if entry.value == value:
            if not entry.parameters.items() <= parameters.items():
                continue
            specific = 2 + len(entry.parameters)
        elif entry.value == whole:
            specific = 1
        elif entry.value in ("*/*", "*"):
            specific = 0
        else:
            continue
        if specific > best[0]:
            best = (specific, entry.quality)
    return best[1]


def _language_score(entries: list[Preference], offer: str) -> tuple[float, int]:
    """How much an offer is liked, and how well it fits.

    The range that fits best decides, so ``en;q=0.5, en-US;q=0`` refuses ``en-US``.
    """
    best = (-1, 0.0)
    for entry in entries:
        wanted = entry.value
        if wanted == offer:
            fit = 1000
        elif offer.startswith(wanted + "-"):
            fit = 100 + wanted.count("-")
        elif wanted.startswith(offer + "-") and entry.quality > 0.0:
            fit = 10
        elif wanted == "*":
            fit = 1
        else:
            continue
        if fit > best[0]:
            best = (fit, entry.quality)
    return best[1], best[0]
