"""JSON that is checked against a type: what a peer sends becomes objects, or a clear error.

Understood are ``bool``, ``int``, ``float``, ``str``, ``None``, ``object`` and `typing.Any`,
``list[X]``, ``dict[str, X]``, ``X | Y``, `typing.Literal`, enumerations, dataclasses and typed
dictionaries, and any nesting of these.  A number without a fraction is good as a ``float``, nothing
else is converted.  Keys that a class does not know are ignored.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, NoReturn, TypeVar

from .errors import WebSocketError

T = TypeVar("T")

Reader = Callable[[Any, str], Any]
"""Takes a decoded value and where it stands, gives the object for it."""


class InvalidMessage(WebSocketError):
    """A message is no JSON, or not of the expected type.

    :ivar where: the part that is wrong, such as ``players[2].name``; empty for the whole.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}" if where else problem)
        self.where = where


class JSONType(Generic[T]):
    """Reads and writes the JSON of one type.

    >>> @dataclasses.dataclass
    ... class Move:
    ...     x: int
    ...     y: int = 0
    >>> JSONType(Move).read('{"x": 3}')
    Move(x=3, y=0)
    >>> JSONType(Move).read('{"x": "3"}')
    Traceback (most recent call last):
    ...
    zonda.websocket.typed_json.InvalidMessage: x: expected int, got str

    :param kind: the type; see the module.
    :raises TypeError: it has a part that is not understood.
    """

    def __init__(self, kind: type[T]) -> None:
        try:
            self._read = _reader(kind)
        except RecursionError:
            # Trying such types in a union could cost the power of two of a message's depth.
            raise TypeError(f"{kind!r} is part of itself, which cannot be read") from None

    def read(self, message: str | bytes) -> T:
        """The object that *message* describes.

        :raises InvalidMessage: it is no JSON, or describes something else.
        """
        try:
            value = json.loads(message, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise InvalidMessage("", f"no JSON: {error}") from None
        result: T = self._read(value, "")
        return result


def write_json(value: object) -> str:
    """The JSON of *value*; dataclasses become objects, members of enumerations their values.

    >>> write_json({"a": [1, None]})
    '{"a": [1, null]}'

    :raises TypeError: it has a part that JSON cannot express.
    :raises ValueError: a number that is infinite or none at all.
    """
    return json.dumps(value, default=_simplify, allow_nan=False)


def _simplify(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _wrong(where: str, expected: str, value: object) -> InvalidMessage:
    got = "null" if value is None else type(value).__name__
    return InvalidMessage(where, f"expected {expected}, got {got}")


def _reader(kind: Any) -> Reader:
    """The reader of a type, put together once."""
    simple = _SIMPLE.get(kind) if isinstance(kind, type) or kind in (None, Any) else None
    if simple is not None:
        return simple
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return _list_reader(_reader(arguments[0]))
    if origin is dict and arguments[0] is str:
        return _dict_reader(_reader(arguments[1]))
    if origin in (typing.Union, types.UnionType):
        return _union_reader(arguments)
    if origin is typing.Literal:
        return _literal_reader(arguments)
    if isinstance(kind, type):
        if issubclass(kind, enum.Enum):
            return _enum_reader(kind)
        if dataclasses.is_dataclass(kind):
            return _dataclass_reader(kind)
        if typing.is_typeddict(kind):
            return _typed_dict_reader(kind)
    raise TypeError(f"{kind!r} cannot be read from JSON")


def _anything(value: Any, where: str) -> Any:
    return value


def _none(value: Any, where: str) -> None:
    if value is not None:
        raise _wrong(where, "null", value)


def _exactly(kind: type) -> Reader:
    def read(value: Any, where: str) -> Any:
        if type(value) is not kind:
            raise _wrong(where, kind.__name__, value)
        return value

    return read


def _number(value: Any, where: str) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise InvalidMessage(where, "a number that is too large") from None
    raise _wrong(where, "float", value)


_SIMPLE: Final[Mapping[Any, Reader]] = {
    bool: _exactly(bool),
    int: _exactly(int),
    str: _exactly(str),
    list: _exactly(list),
    dict: _exactly(dict),
    float: _number,
    None: _none,
    type(None): _none,
    object: _anything,
    Any: _anything,
}


def _list_reader(item: Reader) -> Reader:
    def read(value: Any, where: str) -> Any:
        if type(value) is not list:
            raise _wrong(where, "list", value)
        return [item(element, f"{where}[{index}]") for index, element in enumerate(value)]

    return read


def _dict_reader(item: Reader) -> Reader:
    def read(value: Any, where: str) -> Any:
        if type(value) is not dict:
            raise _wrong(where, "dict", value)
        return {key: item(element, _inside(where, key)) for key, element in value.items()}

    return read


def _union_reader(kinds: tuple[Any, ...]) -> Reader:
    readers = [_reader(kind) for kind in kinds]
    expected = " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds)

    def read(value: Any, where: str) -> Any:
        nearest: InvalidMessage | None = None
        for reader in readers:
            try:
                return reader(value, where)
            except InvalidMessage as error:
                if nearest is None or len(error.where) > len(nearest.where):
                    nearest = error
        if nearest is not None and nearest.where != where:
            raise nearest
        raise _wrong(where, expected, value)

    return read


def _literal_reader(allowed: tuple[Any, ...]) -> Reader:
    def read(value: Any, where: str) -> Any:
        for choice in allowed:
            if type(value) is type(choice) and value == choice:
                return value
        raise InvalidMessage(where, f"expected one of {', '.join(map(repr, allowed))}")

    return read


def _enum_reader(kind: type[enum.Enum]) -> Reader:
    allowed = _literal_reader(tuple(member.value for member in kind))
    return lambda value, where: kind(allowed(value, where))


def _dataclass_reader(kind: type) -> Reader:
    hints = typing.get_type_hints(kind)
    fields = [field for field in dataclasses.fields(kind) if field.init]
    optional = {
        field.name
        for field in fields
        if field.default is not dataclasses.MISSING
        or field.default_factory is not dataclasses.MISSING
    }
    read_fields = _fields_reader({field.name: hints[field.name] for field in fields}, optional)

    def read(value: Any, where: str) -> Any:
        arguments = read_fields(value, where)
        try:
            return kind(**arguments)
        except ValueError as error:
            raise InvalidMessage(where, str(error)) from error

    return read


def _typed_dict_reader(kind: Any) -> Reader:
    # Where annotations are strings the class itself does not see NotRequired.
    marks = {
        name: typing.get_origin(hint)
        for name, hint in typing.get_type_hints(kind, include_extras=True).items()
    }
    optional = {name for name, mark in marks.items() if mark is typing.NotRequired}
    required = {name for name, mark in marks.items() if mark is typing.Required}
    return _fields_reader(
        typing.get_type_hints(kind), (optional | kind.__optional_keys__) - required
    )


def _fields_reader(hints: Mapping[str, Any], optional: set[str]) -> Reader:
    readers = {name: _reader(hint) for name, hint in hints.items()}

    def read(value: Any, where: str) -> Any:
        if type(value) is not dict:
            raise _wrong(where, "dict", value)
        found = {}
        for name, reader in readers.items():
            if name in value:
                found[name] = reader(value[name], _inside(where, name))
            elif name not in optional:
                raise InvalidMessage(_inside(where, name), "missing")
        return found

    return read


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
