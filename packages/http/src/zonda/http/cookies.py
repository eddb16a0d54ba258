"""The ``Cookie`` header, read as browsers write it.

Browsers follow none of the grammars: they join ``name=value`` with semicolons and put into both
what a script gave them.  So a semicolon always separates, also within quotes (a reader that
thinks otherwise lets one cookie hide another), nothing that one cookie has in it can harm its
neighbours, and all of it takes one pass.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from .errors import HTTPOutputError

_ESCAPE: Final = re.compile(r"\\([0-3][0-7][0-7]|.)", re.DOTALL)
_OCTAL: Final = {f"{number:03o}": chr(number) for number in range(256)}
_PLAIN: Final = re.compile(r"[!#$%&'*+\-.^_`|~:0-9A-Za-z]+")
_NOT_QUOTABLE: Final = re.compile(r"[\x00-\x20\x7f]|[^\x00-\xff]")
_TO_ESCAPE: Final = re.compile(r'[",;\\\x80-\xff]')


# Characters of a header that is read sooner than it is known to be simple.
_SHORT: Final = 1000


class Morsel(NamedTuple):
    """One cookie of a request.

    >>> Morsel("user", "ada").value
    'ada'
    """

    key: str
    value: str

    @property
    def coded_value(self) -> str:
        """The value as it stands in a header.

        :raises HTTPOutputError: it cannot stand there.
        """
        return quote_cookie_value(self.value)


# A morsel of a pair, without the call of a Python function that ``Morsel(...)`` is.
_make_morsel: Final[Callable[[tuple[str, str]], Morsel]] = functools.partial(tuple.__new__, Morsel)


def parse_cookie(header: str) -> dict[str, str]:
    """The cookies of a ``Cookie`` header by name; the last one of a name counts.

    Something without an equals sign is the value of the cookie without a name.  Values in double
    quotes are unquoted.

    >>> parse_cookie('a=b; "; c="d\\\\054e"; a[]=[')
    {'a': 'b', '': '"', 'c': 'd,e', 'a[]': '['}
    """
    if len(header) > _SHORT and _is_simple(header):
        return _parse_simple(header)
    cookies: dict[str, str] = {}
    for pair in header.split(";"):
        if not pair:
            continue
        name, equals, value = pair.partition("=")
        if not equals:
            name, value = "", name
        name = name.strip(" \t")
        value = value.strip(" \t")
        if name or value:
            cookies[name] = unquote_cookie_value(value) if value[:1] == '"' else value
    return cookies


def morsels_of(header: str) -> dict[str, Morsel]:
    """The same as `parse_cookie` gives, as morsels.

    >>> morsels_of("a=b")
    {'a': Morsel(key='a', value='b')}
    """
    return {pair[0]: _make_morsel(pair) for pair in parse_cookie(header).items()}


def _is_simple(header: str) -> bool:
    """Whether every semicolon has one space behind it, and nothing else is space or quote."""
    semicolons = header.count(";")
    return (
        '"' not in header
        and header.count(" ") == semicolons == header.count("; ")
        and "\t" not in header
    )


def _parse_simple(header: str) -> dict[str, str]:
    """As `parse_cookie`, with less work, where nothing is to be stripped or unquoted."""
    cookies: dict[str, str] = {}
    for pair in header.split("; "):
        name, equals, value = pair.partition("=")
        if not equals:
            name, value = "", name
        if name or value:
            cookies[name] = value
    return cookies


def unquote_cookie_value(value: str) -> str:
    r"""The text of a value in double quotes; any other value as it is.

    >>> unquote_cookie_value(r'"a\"b\073c"')
    'a"b;c'
    """
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    value = value[1:-1]
    escapes = value.count("\\")
    if not escapes:
        return value
    if escapes == value.count('\\"'):
        return value.replace('\\"', '"')
    # Text and escapes in turns: a third faster than to substitute one escape after the other.
    pieces = _ESCAPE.split(value)
    pieces[1::2] = [_OCTAL.get(escape, escape) for escape in pieces[1::2]]
    return "".join(pieces)


def quote_cookie_value(value: str) -> str:
    r"""The value as it can stand in a header: as it is, or in double quotes with escapes.

    The escapes are those of :mod:`http.cookies`, so other servers read them too.

    >>> quote_cookie_value("2|ab:cd"), quote_cookie_value("a;b=")
    ('2|ab:cd', '"a\\073b="')

    :raises HTTPOutputError: it has a space, a control character or one beyond Latin-1.
    """
    if _PLAIN.fullmatch(value) is not None:
        return value
    found = _NOT_QUOTABLE.search(value)
    if found is not None:
        raise HTTPOutputError(
            f"a cookie's value cannot have {found[0]!r} in it: encode it, with urllib.parse.quote"
        )
    return '"' + _TO_ESCAPE.sub(_escape, value) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return "\\" + character if character in '"\\' else f"\\{ord(character):03o}"
