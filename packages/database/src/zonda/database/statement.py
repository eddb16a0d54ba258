"""Placeholders: found in the statement, counted, and written in the driver's style.

A placeholder is ``%s``, or ``%(name)s``; ``%%`` is a percent sign, everywhere.  A statement uses
one kind.  Inside of string literals, quoted names and comments there are no placeholders, so that
``LIKE '%s%'`` and ``strftime('%s', t)`` mean what they say.  A value never becomes part of the
text.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
from collections.abc import Mapping, Sequence

from .errors import ProgrammingError

# Translated statements that are kept: more than a program has, less than a bug that builds
# statements out of values can fill the memory with.
CACHED_STATEMENTS = 1024


class Style(enum.Enum):
    """How a driver wants its placeholders, and how its database writes literals."""

    SQLITE = "?"
    POSTGRESQL = "$1"
    MYSQL = "%s"


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """A translated statement.

    *names* holds, for each value that the driver wants, the name of the parameter; it is None for
    positional parameters.
    """

    source: str
    text: str
    count: int
    names: tuple[str, ...] | None

    def bind(self, positional: Sequence[object], named: Mapping[str, object]) -> Sequence[object]:
        """The values in the order in which the driver wants them.

        :raises ProgrammingError: when values are missing or superfluous
        """
        if self.names is None:
            if len(positional) != self.count or named:
                raise self._mismatch(positional, named)
            return positional
        if positional or not named.keys() == set(self.names):
            raise self._mismatch(positional, named)
        return [named[name] for name in self.names]

    def bind_one(self, row: Sequence[object] | Mapping[str, object]) -> Sequence[object]:
        """The values of one row for ``executemany``: a sequence, or a mapping for names."""
        if isinstance(row, Mapping):
            return self.bind((), row)
        if isinstance(row, (str, bytes)) or not isinstance(row, Sequence):
            kind = type(row).__name__
            raise ProgrammingError(
                f"parameters of one row have to be a sequence or a mapping, not {kind}",
                statement=self.source,
            )
        return self.bind(row, {})

    def _mismatch(
        self, positional: Sequence[object], named: Mapping[str, object]
    ) -> ProgrammingError:
        if self.names is None:
            wanted = f"{self.count} positional parameters (%s)"
        else:
            wanted = f"the named parameters {', '.join(sorted(set(self.names)))}"
        given = []
        if positional:
            given.append(f"{len(positional)} positional")
        if named:
            given.append(f"the named {', '.join(sorted(named))}")
        return ProgrammingError(
            f"the statement needs {wanted}, but was given {' and '.join(given) or 'none'}",
            statement=self.source,
        )


# What may hold a percent sign that is no placeholder, and what may be one.  A backslash escapes in
# MySQL's literals only, which is why a literal is looked for in the dialect's own way.
_OPAQUE = r"""
    (?P<opaque>
        --[^\n]* | /\*.*?(?:\*/|\Z)         # comments
      | "(?:[^"]|"")*(?:"|\Z)               # quoted name (a literal in MySQL: no difference here)
      | `(?:[^`]|``)*(?:`|\Z)               # MySQL's quoted name
      | {literal}
    )
  | %(?:(?P<percent>%)|(?P<positional>s)|\((?P<name>[^()]*)\)s)
"""
_STANDARD_LITERAL = r"""
    [eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)         # PostgreSQL's literal with escapes
  | '(?:[^']|'')*(?:'|\Z)
  | (?P<tag>\$(?:[A-Za-z_]\w*)?\$).*?(?:(?P=tag)|\Z)  # PostgreSQL's dollar quotes
"""
_MYSQL_LITERAL = r"""
    '(?:[^'\\]|''|\\.)*(?:'|\Z)
"""
_FLAGS = re.VERBOSE | re.DOTALL
_STANDARD = re.compile(_OPAQUE.replace("{literal}", _STANDARD_LITERAL), _FLAGS)
_MYSQL = re.compile(_OPAQUE.replace("{literal}", _MYSQL_LITERAL), _FLAGS)


@functools.lru_cache(CACHED_STATEMENTS)
def translate(source: str, style: Style) -> Statement:
    """Write the placeholders of *source* in the style of a driver.

    :raises ProgrammingError: when it mixes both kinds of placeholders
    """
    percent = "%%" if style is Style.MYSQL else "%"
    parts: list[str] = []
    names: list[str] = []
    positional = 0
    end = 0
    for match in (_MYSQL if style is Style.MYSQL else _STANDARD).finditer(source):
        parts.append(source[end : match.start()].replace("%", percent))
        end = match.end()
        if (opaque := match["opaque"]) is not None:
            parts.append(opaque.replace("%%", "%").replace("%", percent))
        elif match["percent"]:
            parts.append(percent)
        elif match["positional"]:
            positional += 1
            parts.append(_placeholder(style, positional))
        else:
            parts.append(_named(style, match["name"], names))
    parts.append(source[end:].replace("%", percent))
    if positional and names:
        raise ProgrammingError("%s and %(name)s are mixed", statement=source)
    if positional or not names:
        return Statement(source, "".join(parts), positional, None)
    return Statement(source, "".join(parts), len(names), tuple(names))


def _placeholder(style: Style, number: int) -> str:
    return f"${number}" if style is Style.POSTGRESQL else style.value


def _named(style: Style, name: str, names: list[str]) -> str:
    if style is Style.POSTGRESQL and name in names:  # its placeholders may be repeated
        return _placeholder(style, names.index(name) + 1)
    names.append(name)
    return _placeholder(style, len(names))
