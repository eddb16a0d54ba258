"""`Path`: patterns like ``/user/{id:int}``, which give handlers typed arguments."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, unquote

from .matchers import SAFE_IN_SEGMENT, PathMatches

if TYPE_CHECKING:
    from zonda.http import HTTPServerRequest

_PLACE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::([A-Za-z_][A-Za-z0-9_]*))?\}")
_IN_PATH: Final = SAFE_IN_SEGMENT + "/"


class Converter(NamedTuple):
    """How a part of a path becomes an argument.

    :ivar regex: what the part looks like in the URL, percent-encoded; without groups.
    :ivar parse: makes the argument; a ``ValueError`` means that there is nothing at this path.
    :ivar format: makes the part again, before it is percent-encoded.
    """

    regex: str
    parse: Callable[[str], Any]
    format: Callable[[Any], str] = str


#: The converters that every `Path` knows.  Numbers have at most 18 digits.
CONVERTERS: Final[Mapping[str, Converter]] = {
    "str": Converter(r"[^/]+", str),
    "path": Converter(r".+", str),
    "int": Converter(r"-?[0-9]{1,18}", int),
    "float": Converter(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?", float),
    "uuid": Converter(
        r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", uuid.UUID
    ),
}


class Path(PathMatches):
    """Requests for paths of one shape.

    ``{name}`` stands for a text without a slash, ``{name:converter}`` for what a converter takes:
    ``int``, ``float``, ``uuid``, ``path`` (a text that may have slashes), ``str``.  What stands
    there becomes the argument *name* of the handler's methods.

    >>> Path("/user/{id:int}/files/{file:path}").reverse(7, "a b/c")
    '/user/7/files/a%20b/c'

    :param pattern: the shape.
    :param converters: converters of your own, by name.
    :raises ValueError: a name is used twice, a converter is unknown, or a brace is left over.
    """

    def __init__(self, pattern: str, converters: Mapping[str, Converter] | None = None) -> None:
        known = {**CONVERTERS, **(converters or {})}
        self.pattern = pattern
        self.converters: dict[str, Converter] = {}
        source = ""
        self._texts: list[str] = []
        position = 0
        for place in _PLACE.finditer(pattern):
            name, kind = place[1], place[2] or "str"
            if kind not in known:
                raise ValueError(
                    f"the path {pattern!r} has an unknown converter {kind!r}; there are "
                    f"{', '.join(sorted(known))}"
                )
            if name in self.converters:
                raise ValueError(f"the path {pattern!r} has two places called {name!r}")
            if re.compile(known[kind].regex).groups:
                raise ValueError(f"the regex of the converter {kind!r} has groups; use (?:...)")
            self.converters[name] = known[kind]
            text = self._literal(pattern[position : place.start()])
            source += f"{re.escape(text)}(?P<{name}>{known[kind].regex})"
            position = place.end()
        source += re.escape(self._literal(pattern[position:]))
        super().__init__(source + "$")

    def match(self, request: HTTPServerRequest) -> dict[str, object] | None:
        """The arguments, converted."""
        found = self.regex.match(request.path)
        if found is None:
            return None
        try:
            named = {
                name: self.converters[name].parse(unquote(text, errors="strict"))
                for name, text in found.groupdict().items()
            }
        except ValueError:
            return None
        return {"path_args": [], "path_kwargs": named}

    def reverse(self, *args: object, **kwargs: object) -> str | None:
        """The path with these arguments, in order or by name.

        :raises ValueError: their number is wrong, or one does not fit its converter.
        """
        values = self._in_order(args, kwargs, len(self.converters))
        path = self._texts[0]
        for value, (name, converter), text in zip(
            values, self.converters.items(), self._texts[1:], strict=True
        ):
            part = quote(converter.format(value), safe=_IN_PATH)
            if re.fullmatch(converter.regex, part) is None:
                part = quote(converter.format(value), safe=SAFE_IN_SEGMENT)
            if re.fullmatch(converter.regex, part) is None:
                raise ValueError(f"{value!r} is no {name!r} for the path {self.pattern!r}")
            path += part + text
        return path

    def __repr__(self) -> str:
        return f"Path({self.pattern!r})"

    def _literal(self, text: str) -> str:
        if "{" in text or "}" in text:
            raise ValueError(
                f"the path {self.pattern!r} has a brace that is no {{name}} or {{name:converter}}"
            )
        quoted = quote(text, safe=_IN_PATH + "%")
        self._texts.append(quoted)
        return quoted
