"""What a regular expression for paths says by itself, before it is tried on any.

`RouteTable` finds rules by the literal text in them.  What is read here is therefore true of every
path that matches; where a pattern is too clever to be understood, less is said.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

_SPECIAL: Final = frozenset(r".^$*+?{}[]\|()")
_QUANTIFIERS: Final = frozenset("*+?{")
_QUANTIFIER: Final = re.compile(r"(?:[*+?]|\{[0-9]*,?[0-9]*\})[+?]?")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_GROUP_TOKEN: Final = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P<\w+>|\(\?:|\(\?|.", re.DOTALL
)
_RANGE: Final = re.compile(r"(\\?.)-(\\?.)", re.DOTALL)


class Kind(enum.Enum):
    """What one part of a pattern can match."""

    LITERAL = "this character"
    WITHIN = "something without a slash"
    ANYTHING = "anything, also a slash"
    UNCLEAR = "the pattern cannot be taken apart"


Part: TypeAlias = tuple[Kind, str]
"""A part of a pattern, and its text."""


class Known(NamedTuple):
    """What all paths that match a pattern have in common.

    :ivar literal: the one path, if the pattern is nothing but literal text.
    :ivar prefix: the text that they start with.
    :ivar segments: the whole texts between slashes, by their number.
    """

    literal: str | None
    prefix: str
    segments: dict[int, str]


NOTHING_KNOWN: Final = Known(None, "", {})


def known_of(regex: re.Pattern[str]) -> Known:
    """What is known of the paths that *regex*, which ends with ``$``, matches."""
    if regex.flags & ~re.UNICODE:
        return NOTHING_KNOWN
    parts = list(_parts(regex.pattern.removesuffix("$")))
    if any(kind is Kind.UNCLEAR for kind, _ in parts):
        return NOTHING_KNOWN
    if all(kind is Kind.LITERAL for kind, _ in parts):
        literal = "".join([text for _, text in parts])
        return Known(literal, literal, dict(enumerate(literal.split("/"))))
    prefix = ""
    for kind, text in parts:
        if kind is not Kind.LITERAL:
            break
        prefix += text
    return Known(None, prefix, _segments(parts))


def literal_parts(source: str) -> list[str] | None:
    """The literal text around the groups of a pattern, or None if it has more than that."""
    texts = [""]
    for kind, text in _parts(source.removesuffix("$")):
        if kind is Kind.LITERAL:
            texts[-1] += text
        elif text.startswith("(") and not text.startswith("(?:"):
            texts.append("")
        else:
            return None
    return texts


def _segments(parts: list[Part]) -> dict[int, str]:
    found: dict[int, str] = {}
    number = 0
    text: str | None = ""
    for kind, piece in parts:
        if kind is Kind.ANYTHING:
            return found
        if kind is Kind.WITHIN:
            text = None
        elif piece == "/":
            if text is not None:
                found[number] = text
            number, text = number + 1, ""
        elif text is not None:
            text += piece
    if text is not None:
        found[number] = text
    return found


def _parts(source: str) -> Iterator[Part]:
    """The parts of a pattern.  One behind which a quantifier stands includes it."""
    position = 1 if source.startswith("^") else 0
    while position < len(source):
        end, kind, text = _atom(source, position)
        if kind is Kind.UNCLEAR:
            yield kind, ""
            return
        if source[end : end + 1] in _QUANTIFIERS and end < len(source):
            quantifier = _QUANTIFIER.match(source, end)
            if quantifier is None:
                yield Kind.UNCLEAR, ""
                return
            # A text that tells it from a group without one.
            text = "?"
            kind = _repeated(source[position:end], kind)
            end = quantifier.end()
        yield kind, text
        position = end


def _atom(source: str, position: int) -> tuple[int, Kind, str]:
    """Where the part at *position* ends, and what it is."""
    char = source[position]
    if char == "(":
        end = _group_end(source, position)
        text = source[position:end]
        if end < 0 or (text.startswith("(?") and not text.startswith(("(?P<", "(?:"))):
            return end, Kind.UNCLEAR, ""
        return end, Kind.WITHIN if _is_within(text) else Kind.ANYTHING, text
    if char == "[":
        found = _CLASS.match(source, position)
        if found is None:
            return -1, Kind.UNCLEAR, ""
        return found.end(), Kind.WITHIN if _is_within(found[0]) else Kind.ANYTHING, "["
    if char == "\\":
        escaped = source[position + 1 : position + 2]
        if not escaped.isalnum():
            return position + 2, Kind.LITERAL, escaped
        within = escaped in "wds"
        return position + 2, Kind.WITHIN if within else Kind.ANYTHING, "\\"
    if char == ".":
        return position + 1, Kind.ANYTHING, "."
    if char in _SPECIAL:
        return -1, Kind.UNCLEAR, ""
    return position + 1, Kind.LITERAL, char


def _repeated(text: str, kind: Kind) -> Kind:
    if kind is Kind.LITERAL:
        return Kind.ANYTHING if "/" in text else Kind.WITHIN
    return kind


def _group_end(source: str, position: int) -> int:
    """Behind the parenthesis that closes the one at *position*; -1 if there is none."""
    depth = 0
    for found in _GROUP_TOKEN.finditer(source, position):
        token = found[0]
        if token.startswith("("):
            depth += 1
        elif token == ")":
            depth -= 1
            if depth == 0:
                return found.end()
    return -1


def _is_within(text: str) -> bool:
    """Whether a group or class matches no slash, as far as can be seen."""
    for found in _GROUP_TOKEN.finditer(text):
        token = found[0]
        if token in (".", "/", "(?"):
            return False
        if token.startswith("\\"):
            if token[1] == "/" or (token[1].isalnum() and token[1] not in "wdsb"):
                return False
        elif token.startswith("[^"):
            if "/" not in token:
                return False
        elif token.startswith("[") and _class_has_slash(token):
            return False
    return True


def _class_has_slash(token: str) -> bool:
    if any(special in token for special in ("/", "\\W", "\\D", "\\S")):
        return True
    return any(first[-1] <= "/" <= last[-1] for first, last in _RANGE.findall(token[1:-1]))
