"""Takes the values of a statement out of the message of an error.

Databases repeat values to be helpful ("Duplicate entry 'ada@example.org' for key 'email'"), and cut
long ones short.  A message goes to a log, where values have no place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# A text that begins like a value is that value, cut or not; shorter than this it may be chance.
TELLING = 4
# ... and this much of a longer one is enough.
BEGINNING = 12

HIDDEN = "..."
_QUOTED = re.compile(r"(['\"])([^'\"]*)\1")


def without_values(message: str, values: Sequence[object]) -> str:
    """*message* with dots in place of the values, which may be rows of values."""
    texts = {str(value) for row in values for value in _flat(row) if value is not None} - {""}
    for text in sorted(texts, key=len, reverse=True):
        for shown in {text, text.replace("'", "\\'"), text.replace("'", "''")}:
            if len(shown) >= TELLING:
                message = _without(message, shown)
    return _QUOTED.sub(lambda match: _requoted(match, texts), message)


def _without(message: str, text: str) -> str:
    """Every occurrence of *text*, or of a beginning of it, is hidden."""
    beginning = text[:BEGINNING]
    at = message.find(beginning)
    while at >= 0:
        end = at + len(beginning)
        while end < len(message) and end - at < len(text) and message[end] == text[end - at]:
            end += 1
        message = message[:at] + HIDDEN + message[end:]
        at = message.find(beginning, at + len(HIDDEN))
    return message


def _requoted(match: re.Match[str], texts: set[str]) -> str:
    """A quoted part, without the short values that it consists of, joined as keys are."""
    pieces = match[2].split("-")
    if match[2] in texts or all(piece in texts or piece == HIDDEN for piece in pieces):
        return f"{match[1]}{HIDDEN}{match[1]}"
    return match[0]


def _flat(value: object) -> Iterable[object]:
    return value if isinstance(value, (list, tuple)) else (value,)
