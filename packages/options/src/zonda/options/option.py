"""One option: its definition and its value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

from .errors import OptionValueError
from .values import Kind, converter, name_of, parse_list

SHOWN_VALUE = 100
"""The characters of a wrong value that an error repeats."""


class Option:
    """A named value with a type.

    :ivar name: as it was defined
    :ivar type: a class, or a function from a text to a value
    :ivar multiple: whether the value is a list
    :ivar group_name: the heading in the help text: the file that defines the option, unless it
        says otherwise
    :ivar file_name: of that file
    :ivar callback: called with each new value
    """

    UNSET: Final = object()

    def __init__(
        self,
        name: str,
        *,
        default: Any = None,
        type: Kind = str,
        help: str | None = None,
        metavar: str | None = None,
        multiple: bool = False,
        file_name: str = "",
        group_name: str = "",
        callback: Callable[[Any], None] | None = None,
    ) -> None:
        self.name = name
        self.type = type
        self.help = help
        self.metavar = metavar
        self.multiple = multiple
        self.file_name = file_name
        self.group_name = group_name
        self.callback = callback
        self.default = [] if default is None and multiple else default
        self._value: Any = Option.UNSET

    def value(self) -> Any:
        """What was set last, or the default."""
        return self.default if self._value is Option.UNSET else self._value

    def parse(self, text: str) -> Any:
        """Set the value from a text, and return it.

        :raises OptionValueError: when the text is no value of this option
        """
        value = self._from_text(text)
        self._accept(value)
        return value

    def set(self, value: Any) -> None:
        """Set the value itself: one of the type, a list of them for a multiple one, or ``None``.

        :raises OptionValueError: when it is something else
        """
        if self.multiple:
            if not isinstance(value, list) or not all(map(self._has_type, value)):
                raise self._error(f"is required to be a list of {name_of(self.type)}")
        elif not self._has_type(value):
            required, given = name_of(self.type), type(value).__name__
            raise self._error(f"is required to be {required}, not {given}")
        self._accept(value)

    def assign(self, value: Any) -> None:
        """Set the value from a configuration file, where a text may stand for any value.

        :raises OptionValueError: when it is no value of this option
        """
        if self.multiple and isinstance(value, list):
            values: list[object] = []
            for item in value:
                if isinstance(item, str) and self.type is not str:
                    values.extend(self._from_text(item))
                else:
                    values.append(self._widen(item))
            self.set(values)
        elif isinstance(value, str) and (self.multiple or self.type is not str):
            self.parse(value)
        else:
            self.set(self._widen(value))

    def _from_text(self, text: str) -> Any:
        try:
            return parse_list(self.type, text) if self.multiple else converter(self.type)(text)
        except (OverflowError, ValueError) as error:
            raise self._error(f"cannot be {text[:SHOWN_VALUE]!r}: {error}") from error

    def _widen(self, value: Any) -> Any:
        """A value of this type from a value of a narrower one; any other value as it is."""
        if isinstance(value, bool):
            return value
        try:
            if self.type is float and isinstance(value, int):
                return float(value)
            if self.type is timedelta and isinstance(value, (int, float)):
                return timedelta(seconds=value)
        except (OverflowError, ValueError) as error:
            raise self._error(f"cannot be {value!r}: {error}") from error
        if self.type is datetime and type(value) is date:
            return datetime(value.year, value.month, value.day)
        return value

    def _has_type(self, value: Any) -> bool:
        if value is None or not isinstance(self.type, type):
            return True
        if isinstance(value, bool) and self.type in (int, float):
            return False
        return isinstance(value, self.type) or (self.type is float and isinstance(value, int))

    def _accept(self, value: Any) -> None:
        self._value = value
        if self.callback is not None:
            self.callback(value)

    def _error(self, reason: str) -> OptionValueError:
        return OptionValueError(f"Option {self.name!r} {reason}")
