"""`HTTPHeaders`: the header fields of a message, RFC 9110 section 5."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Final, Protocol

from .errors import HTTPInputError, HTTPOutputError

TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"

# How many spellings of names are remembered with their canonical form; see `canonical_name`.
REMEMBERED_NAMES: Final = 1000

# What the connection, or nearly every handler, has to know of each request.
EARLY_NAMES: Final = frozenset(
    {
        "Connection",
        "Content-Length",
        "Expect",
        "Host",
        "If-None-Match",
        "Transfer-Encoding",
        "Upgrade",
    }
)
_NAME: Final = re.compile(TOKEN)
_BAD_IN_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_names: dict[str, str] = {}
_new: Final = object.__new__


def canonical_name(name: str) -> str:
    """The usual spelling of a field name.

    >>> canonical_name("content-TYPE")
    'Content-Type'

    :raises HTTPInputError: it is no token (RFC 9110 section 5.1).
    """
    known = _names.get(name)
    if known is None:
        if _NAME.fullmatch(name) is None:
            raise HTTPInputError(f"{name[:60]!r} is no valid header name")
        known = "-".join([word.capitalize() for word in name.split("-")])
        if len(_names) >= REMEMBERED_NAMES:
            _names.clear()
        _names[name] = known
    return known


def check_value(name: str, value: str) -> str:
    """Return *value* if it can stand in a header line.

    :raises HTTPOutputError: it has a control character, which would split the message.
    """
    # Nearly all values are printable ASCII, which is known faster than by the pattern.
    try:
        is_plain = value.isascii() and value.isprintable()
    except AttributeError:
        value, is_plain = _text_of(name, value), False
    if not is_plain and _BAD_IN_VALUE.search(value) is not None:
        raise HTTPOutputError(f"Unsafe header value: {name!r} has a control character: {value!r}")
    return value


class FieldSource(Protocol):
    """Where headers come from that nobody has read yet.

    Both have values by canonical name: *fields* all of them, *early* those that were read already.
    """

    early: dict[str, list[str]]

    @property
    def fields(self) -> dict[str, list[str]]: ...


def _text_of(name: str, value: object) -> str:
    """The text of a value that is given as bytes, as old programs do."""
    if not isinstance(value, bytes):
        raise TypeError(f"the value of header {name!r} must be a str, not {value!r}")
    return value.decode("latin-1")


class HTTPHeaders(MutableMapping[str, str]):
    """A mapping from header names to values, case-insensitive and in order.

    A name with several lines has all values, joined by commas; `get_list` has them one by one.

    >>> headers = HTTPHeaders({"content-type": "text/html"})
    >>> headers.add("Set-Cookie", "A=B")
    >>> headers.add("Set-Cookie", "C=D")
    >>> headers["Content-Type"], headers["set-cookie"], headers.get_list("set-cookie")
    ('text/html', 'A=B,C=D', ['A=B', 'C=D'])

    A list of values in the mapping that it is made of becomes several lines.
    """

    # _known is None until somebody asks for what _source has; _shared fields belong to others too.
    __slots__ = ("_known", "_shared", "_source")
    _source: FieldSource

    def __init__(
        self,
        arg: Mapping[str, str | list[str]] | Iterable[tuple[str, str | list[str]]] = (),
        /,
        **kwargs: str,
    ) -> None:
        self._known: dict[str, list[str]] | None = {}
        self._shared = False
        if isinstance(arg, HTTPHeaders):
            self._known = {name: list(values) for name, values in arg._fields.items()}
        elif arg:
            for name, value in arg.items() if isinstance(arg, Mapping) else arg:
                if isinstance(value, list):
                    self.pop(name, None)
                    for each in value:
                        self.add(name, each)
                else:
                    self[name] = value
        if kwargs:
            self.update(kwargs)

    @classmethod
    def owning(cls, fields: dict[str, list[str]]) -> HTTPHeaders:
        """Headers made of checked *fields*, by canonical name, which are theirs from now on."""
        self = cls.__new__(cls)
        self._known = fields
        self._shared = False
        return self

    @classmethod
    def parse(cls, text: str) -> HTTPHeaders:
        r"""Headers from the lines of *text*, with or without the final empty line.

        >>> HTTPHeaders.parse("Content-Length: 42\r\nContent-Type: text/html\r\n")["content-length"]
        '42'

        :raises HTTPInputError: a line is no header field; folded lines (RFC 9112 section 5.2)
            are none.
        """
        headers = cls()
        for line in text.split("\n"):
            line = line.removesuffix("\r")
            if line:
                headers.parse_line(line)
        return headers

    def parse_line(self, line: str) -> None:
        """Add one line, with or without its line end; an empty one adds nothing.

        :raises HTTPInputError: it is no header field.
        """
        line = line.removesuffix("\n").removesuffix("\r")
        if not line:
            return
        if line[:1] in (" ", "\t"):
            raise HTTPInputError("header lines may not be folded")
        name, colon, value = line.partition(":")
        if not colon:
            raise HTTPInputError("no colon in header line")
        if _BAD_IN_VALUE.search(value) is not None:
            raise HTTPInputError(f"the value of header {name[:60]!r} has a control character")
        self._own().setdefault(canonical_name(name), []).append(value.strip(" \t"))

    def add(self, name: str, value: str) -> None:
        """Add a value, keeping those that are there.

        :raises HTTPOutputError: the value has a control character.
        :raises HTTPInputError: the name is no token.
        """
        check_value(name, value)
        self._own().setdefault(canonical_name(name), []).append(value)

    def get_list(self, name: str) -> list[str]:
        """All values of *name*, one for each line."""
        return list(self._fields.get(canonical_name(name), ()))

    def get_all(self) -> Iterator[tuple[str, str]]:
        """Every line as name and value."""
        for name, values in self._fields.items():
            for value in values:
                yield name, value

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]  # narrower default, as every caller uses it
        """The value of *name*, or *default*."""
        known = self._known
        name = _names.get(name) or _lookup(name)
        if known is None:
            source = self._source
            known = source.early if name in EARLY_NAMES else self._fields
        values = known.get(name)
        if values is None:
            return default
        return values[0] if len(values) == 1 else ",".join(values)

    def has_any(self, names: frozenset[str]) -> bool:
        """Whether one of *names*, in canonical spelling, is there."""
        return not names.isdisjoint(self._fields)

    def lines(self) -> str:
        """All lines as they stand in a message, each with its line end."""
        return "".join(
            [
                f"{name}: {values[0]}\r\n"
                if len(values) == 1
                else "".join([f"{name}: {value}\r\n" for value in values])
                for name, values in self._fields.items()
            ]
        )

    def __getitem__(self, name: str) -> str:
        known = self._known
        if known is None:
            known = self._fields
        values = known[_names.get(name) or _lookup(name)]
        return values[0] if len(values) == 1 else ",".join(values)

    def __setitem__(self, name: str, value: str) -> None:
        self._own()[canonical_name(name)] = [check_value(name, value)]

    def __delitem__(self, name: str) -> None:
        del self._own()[_lookup(name)]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _lookup(name) in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, HTTPHeaders):
            return self._fields == other._fields
        if isinstance(other, Mapping):
            return dict(self) == {canonical_name(name): value for name, value in other.items()}
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # a mutable mapping has no hash

    def __str__(self) -> str:
        return "".join([f"{name}: {value}\n" for name, value in self.get_all()])

    def __repr__(self) -> str:
        return f"HTTPHeaders({list(self.get_all())!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (list(self.get_all()),)

    def copy(self) -> HTTPHeaders:
        """Headers of their own with the same lines."""
        return HTTPHeaders(self)

    __copy__ = copy

    @property
    def _fields(self) -> dict[str, list[str]]:
        known = self._known
        if known is None:
            known = self._known = self._source.fields
        return known

    def _own(self) -> dict[str, list[str]]:
        fields = self._fields
        if self._shared:
            fields = self._known = {name: list(values) for name, values in fields.items()}
            self._shared = False
        return fields


def shared_headers(fields: dict[str, list[str]]) -> HTTPHeaders:
    """Headers over parsed *fields*, by canonical name, that are copied before a change."""
    headers = _new(HTTPHeaders)
    headers._known = fields
    headers._shared = True
    return headers


def lazy_headers(source: FieldSource) -> HTTPHeaders:
    """Headers that are read from *source* when they are needed, and copied before a change."""
    headers = _new(HTTPHeaders)
    headers._known = None
    headers._source = source
    headers._shared = True
    return headers


def _lookup(name: str) -> str:
    """The canonical form for reading: a name that is no token is simply not there."""
    known = _names.get(name)
    if known is not None:
        return known
    return canonical_name(name) if _NAME.fullmatch(name) else name


def _rebuild(lines: list[tuple[str, str]]) -> HTTPHeaders:
    headers = HTTPHeaders()
    for name, value in lines:
        headers.add(name, value)
    return headers
