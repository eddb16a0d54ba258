"""Which of its languages an answer speaks: ``Accept-Language``, RFC 9110 section 12.5.4."""

from __future__ import annotations

from zonda import locale

# More languages than a person speaks are an attack on the sort, not a wish.
MAX_LANGUAGES = 32


def browser_locale(accept_language: str | None, default: str) -> locale.Locale:
    """The supported locale that the header likes best, or that of the code *default*."""
    wanted: list[tuple[float, str]] = []
    for part in (accept_language or "").split(",", MAX_LANGUAGES)[:MAX_LANGUAGES]:
        code, _, parameters = part.partition(";")
        quality = _quality(parameters)
        if code.strip() and quality > 0:
            wanted.append((-quality, code.strip()))
    if not wanted:
        return locale.get(default)
    wanted.sort(key=lambda item: item[0])
    return locale.get(*[code for _, code in wanted])


def _quality(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
