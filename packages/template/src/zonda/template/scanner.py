"""Where the tags of a template begin and end.

A tag with Python in it ends at the first ``}}`` or ``%}`` that is neither in a string nor in a
comment nor in brackets, so that ``{{ {"a": {}} }}`` and ``{{ "}}" }}`` mean what they say.  The
scan never goes back: it is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from .errors import ParseError
from .source import Source

# Of three braces or more the innermost two count, so that "{{{x}}}" is a value in braces.
_OPENING = re.compile(r"\{(?:\{(?!\{)|[%#])")
_OPERATOR = re.compile(r"\s*([^\W\d]\w*)?")
_STRING_REST = {
    "'": re.compile(r"(?:[^'\\\n]|\\.)*+'", re.DOTALL),
    '"': re.compile(r'(?:[^"\\\n]|\\.)*+"', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\]|\\.|'(?!''))*+'''", re.DOTALL),
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*+"""', re.DOTALL),
}
_NOTABLE = {end: re.compile(rf"'''|\"\"\"|\r?\n|['\"#\r\[\](){{}}]|{end}") for end in ("}}", "%}")}
_COMMENT_END = {end: re.compile(rf"\n|{end}|\Z") for end in ("}}", "%}")}
_PARTNER = {")": "(", "]": "[", "}": "{"}

# The tags whose argument is not Python.
_PLAIN = frozenset(("block", "comment", "end", "extends", "include", "whitespace"))
_MISSING_END = {"}}": "Missing end expression }}", "%}": "Missing end block %}"}


class Kind(Enum):
    """What a token is."""

    TEXT = auto()
    EXPRESSION = auto()
    TAG = auto()


class Token:
    """A piece of a template.

    :ivar start: where it begins.
    :ivar operator: the first word of a tag.
    :ivar argument: the text, the expression, or what follows the operator; where that is Python,
        comments are blanks, and newlines outside brackets are escaped by a backslash.
    :ivar inside: where the argument begins.
    """

    __slots__ = ("argument", "inside", "kind", "operator", "start")

    def __init__(
        self, kind: Kind, start: int, argument: str, inside: int, operator: str = ""
    ) -> None:
        self.kind = kind
        self.start = start
        self.argument = argument
        self.inside = inside
        self.operator = operator

    @property
    def blank(self) -> bool:
        """Whether there is no argument."""
        return not self.argument.strip("\\ \t\n\r\f\v")


def scan(source: Source) -> Iterator[Token]:
    """Yield the tokens of a template, in order.

    :raises ParseError: for a tag without an end.
    """
    text = source.text
    position = 0
    while (opening := _OPENING.search(text, position)) is not None:
        start = opening.start()
        if start > position:
            yield Token(Kind.TEXT, position, text[position:start], position)
        position = opening.end()
        if text.startswith("!", position):
            yield Token(Kind.TEXT, start, opening[0], start)
            position += 1
        elif opening[0] == "{#":
            position = _find(source, "#}", position, start, "Missing end comment #}") + 2
        elif opening[0] == "{{":
            inside = position
            argument, position = _python(source, "}}", inside, start)
            yield Token(Kind.EXPRESSION, start, argument, inside)
        else:
            token, position = _tag(source, start)
            yield token
    if position < len(text):
        yield Token(Kind.TEXT, position, text[position:], position)


def _tag(source: Source, start: int) -> tuple[Token, int]:
    word = _OPERATOR.match(source.text, start + 2)
    assert word is not None  # for it matches the empty string
    operator = word[1] or ""
    inside = word.end()
    if operator in _PLAIN or operator.startswith("end"):
        end = _find(source, "%}", inside, start, _MISSING_END["%}"])
        argument, after = source.text[inside:end], end + 2
    else:
        argument, after = _python(source, "%}", inside, start)
    return Token(Kind.TAG, start, argument, inside, operator), after


def _find(source: Source, end: str, position: int, start: int, message: str) -> int:
    found = source.text.find(end, position)
    if found < 0:
        raise source.error(message, start)
    return found


def _python(source: Source, end: str, position: int, start: int) -> tuple[str, int]:
    """The Python code from *position* to the end of the tag, and the place after that."""
    text = source.text
    notable, comment_end = _NOTABLE[end], _COMMENT_END[end]
    pieces: list[str] = []
    brackets: list[int] = []
    copied = position
    while (match := notable.search(text, position)) is not None:
        found, at = match[0], match.start()
        position = match.end()
        if found in _STRING_REST:
            rest = _STRING_REST[found].match(text, position)
            if rest is None:
                raise _unclosed(source, at, found)
            position = rest.end()
        elif found == "#":
            comment = comment_end.search(text, position)
            assert comment is not None  # for it matches the end
            position = comment.start()
            pieces += text[copied:at], " " * (position - at)
            copied = position
        elif found == "\r":
            pieces += text[copied:at], " "  # to Python it is a newline, to nobody else
            copied = position
        elif found.endswith("\n"):
            if not brackets and text[at - 1] != "\\":
                pieces += text[copied:at], "\\", found
                copied = position
        elif found in "([{":
            brackets.append(at)
        elif not brackets and text.startswith(end, at):
            pieces.append(text[copied:at])
            return "".join(pieces), at + 2
        elif not brackets:
            hint = f"The tag ends with {end}." if found == "}" else ""
            raise source.error(f"{found!r} closes nothing", at, hint)
        elif text[brackets[-1]] != _PARTNER.get(found[-1]) or found == "%}":
            raise _unclosed(source, brackets[-1], text[brackets[-1]])
        else:
            position = at + 1
            brackets.pop()
    if brackets:
        raise _unclosed(source, brackets[-1], text[brackets[-1]])
    raise source.error(_MISSING_END[end], start)


def _unclosed(source: Source, at: int, opening: str) -> ParseError:
    what = "bracket" if opening in "([{" else "string"
    return source.error(f"The {what} that {opening} opens is never closed", at)
