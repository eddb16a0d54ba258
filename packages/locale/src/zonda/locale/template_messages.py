"""Finding the messages in a template, from its text alone.

:func:`extract` is an extraction method of Babel, registered under the name ``zonda``::

    [zonda: templates/**.html]

It looks at the Python in ``{{ ... }}`` and ``{% ... %}``.  ``{# NOTE: ... #}`` before a message,
on its line or on the one above, is a comment for the translator if Babel is told to look for
``NOTE:``.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Collection, Iterator, Mapping
from enum import Enum, auto
from typing import IO, NamedTuple

from .errors import LocaleError

OPENING = re.compile(r"\{(?:\{(?!\{)|[%#])(!?)")
"""The start of a tag.  Of more than two braces the innermost count, and ``!`` makes it text."""

CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}

PLAIN = re.compile(r"\s*(?:(?P<comment>comment)|block|end\w*|extends|include|whitespace)\b")
"""The tags whose contents are not Python; they end at the first closing."""

STRING = (
    r'"""(?:[^"\\]|\\.|"(?!""))*+"""',
    r"'''(?:[^'\\]|\\.|'(?!''))*+'''",
    r'"(?:[^"\\\n]|\\.)*+"',
    r"'(?:[^'\\\n]|\\.)*+'",
)

NOTABLE = {
    opening: re.compile(
        rf"(?P<skipped>{'|'.join(STRING)}|#(?:(?!{closing})[^\n])*+)"
        rf"|(?P<open>[(\[{{])|(?P<close>{closing}|[)\]}}])|(?P<quote>['\"])",
        re.DOTALL,
    )
    for opening, closing in (("{{", "}}"), ("{%", "%}"))
}
"""What matters for the end of a tag: strings and comments, brackets, a quote without partner."""

Message = tuple[int, str, object, list[str]]
"""Line, name of the function, its argument or arguments, comments: what Babel wants."""


class Kind(Enum):
    """What the contents of a tag are."""

    PYTHON = auto()
    COMMENT = auto()
    PLAIN = auto()


class Tag(NamedTuple):
    """A tag of a template.

    :ivar line: where its contents begin, from 1
    :ivar contents: what it says; of a comment only the comment
    """

    line: int
    kind: Kind
    contents: str


class BrokenTemplateError(LocaleError):
    """A template has a tag that cannot be read; it could not be rendered either.

    :ivar line: the number of the line, from 1
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def tags(text: str) -> Iterator[Tag]:
    """All tags of a template in their order.

    :raises BrokenTemplateError: at a tag that is not closed
    """
    position, counted, line = 0, 0, 1
    while (match := OPENING.search(text, position)) is not None:
        position = match.end()
        if match[1]:
            continue
        line += text.count("\n", counted, position)
        counted = position
        opening = match[0]
        plain = PLAIN.match(text, position) if opening == "{%" else None
        if plain is None and opening != "{#":
            kind, end = Kind.PYTHON, _end_of_python(text, opening, position, line)
        else:
            is_comment = plain is None or plain["comment"] is not None
            kind = Kind.COMMENT if is_comment else Kind.PLAIN
            end = text.find(CLOSING[opening], position)
        if end < 0:
            raise BrokenTemplateError(line, f"{opening} is not closed by {CLOSING[opening]}")
        start = plain.end() if plain is not None else position
        yield Tag(line, kind, text[start:end])
        position = end + len(CLOSING[opening])


def _end_of_python(text: str, opening: str, start: int, line: int) -> int:
    """The place of the closing that is in no string, comment or bracket; -1 if there is none."""
    notable, closing = NOTABLE[opening], CLOSING[opening]
    position, depth = start, 0
    while (match := notable.search(text, position)) is not None:
        position = match.end()
        if match["open"]:
            depth += 1
        elif match["close"] == closing and not depth:
            return match.start()
        elif match["close"] == "%}" or match["quote"] or (match["close"] and not depth):
            here = line + text.count("\n", start, match.start())
            raise BrokenTemplateError(here, f"{match[0]} does not belong there")
        elif match["close"]:
            # Of the two braces that would close the tag, the first closes a bracket.
            position = match.start() + 1
            depth -= 1
    return -1


def _calls(tag: Tag, keywords: Collection[str]) -> list[tuple[int, str, object]]:
    """The calls of translating functions in the Python of a tag: line, function, arguments."""
    from babel.messages.extract import extract_python

    # In brackets, so that a line break in the tag is not the end of a statement.
    code = io.BytesIO(f"({tag.contents.lstrip(' ')}\n)".encode())
    try:
        found = list(extract_python(code, dict.fromkeys(keywords), (), {"encoding": "utf-8"}))
    except (tokenize.TokenError, SyntaxError) as error:
        raise BrokenTemplateError(tag.line, f"is not Python ({error.args[0]})") from error
    return [(tag.line + line - 1, str(name), arguments) for line, name, arguments, _ in found]


def extract(
    fileobj: IO[bytes],
    keywords: Collection[str],
    comment_tags: Collection[str],
    options: Mapping[str, str],
) -> Iterator[Message]:
    """The messages of a template, as Babel wants them from an extraction method.

    :param options: ``encoding``, which is UTF-8 if it is not given
    :raises BrokenTemplateError: where the template could not be rendered either
    """
    text = fileobj.read().decode(options.get("encoding", "utf-8-sig"))
    note: list[str] = []
    note_line = 0
    for tag in tags(text):
        if tag.kind is Kind.COMMENT:
            words = " ".join(tag.contents.split())
            note = [words] if words.startswith(tuple(comment_tags)) else []
            note_line = tag.line + tag.contents.count("\n")
        if tag.kind is not Kind.PYTHON:
            continue
        for line, name, arguments in _calls(tag, keywords):
            yield line, name, arguments, note if line - note_line <= 1 else []
