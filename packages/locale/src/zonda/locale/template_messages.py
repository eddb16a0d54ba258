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
from typing import IO, NamedTuple

from .errors import LocaleError

OPENING = re.compile(r"\{(?:\{(?!\{)|[%#])(!?)")
"""The start of a tag.  Of more than two braces the innermost count, and ``!`` makes it text."""

CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}

STRING = r'"""(?s:.)*?"""|\'\'\'(?s:.)*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''

CODE = {
    opening: re.compile(rf"(?:{STRING}|(?!{re.escape(closing)})(?s:.))*+{re.escape(closing)}")
    for opening, closing in CLOSING.items()
}
"""Python up to the closing of its tag; what looks like a closing in a string is part of it."""

COMMENT = re.compile(r"\s*comment\b")

Message = tuple[int, str, object, list[str]]
"""Line, name of the function, its argument or arguments, comments: what Babel wants."""


class Tag(NamedTuple):
    """A tag of a template.

    :ivar line: where its contents begin, from 1
    """

    line: int
    opening: str
    contents: str

    @property
    def is_comment(self) -> bool:
        """Whether its contents are not Python."""
        return self.opening == "{#" or (
            self.opening == "{%" and COMMENT.match(self.contents) is not None
        )


class BrokenTemplateError(LocaleError):
    """A template has a tag that cannot be read; it could not be rendered either.

    :ivar line: the number of the line, from 1
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def _contents(text: str, opening: str, start: int) -> int:
    """Where the contents of a tag end, or -1."""
    closing = CLOSING[opening]
    plain = text.find(closing, start)
    if plain < 0 or opening == "{#":
        return plain
    match = CODE[opening].match(text, start)
    return match.end() - len(closing) if match is not None else plain


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
        end = _contents(text, opening, position)
        if end < 0:
            raise BrokenTemplateError(line, f"{opening} is not closed by {CLOSING[opening]}")
        contents = text[position:end]
        # Comments end at the first closing, whatever quotes are in them.
        if Tag(line, opening, contents).is_comment:
            end = text.find(CLOSING[opening], position)
            contents = text[position:end]
        yield Tag(line, opening, contents)
        position = end + len(CLOSING[opening])


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
        if tag.is_comment:
            words = COMMENT.sub("", tag.contents, 1) if tag.opening == "{%" else tag.contents
            words = " ".join(words.split())
            note = [words] if words.startswith(tuple(comment_tags)) else []
            note_line = tag.line + tag.contents.count("\n")
            continue
        for line, name, arguments in _calls(tag, keywords):
            yield line, name, arguments, note if line - note_line <= 1 else []
