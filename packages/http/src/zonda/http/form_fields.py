"""The fields of a form or a query that is to be sent: names, and one value or several for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar, cast

#: Text is sent as UTF-8, a number as Python writes it.
FieldValue = str | bytes | int | float
#: Values by name, of which a mapping may have several; or names and values.
FormFields = Mapping[str, FieldValue | Sequence[FieldValue]] | Sequence[tuple[str, FieldValue]]

_KINDS = (str, bytes, int, float)
_T = TypeVar("_T")


def field_pairs(
    fields: FormFields | Iterable[tuple[str, FieldValue]], what: str = "a form"
) -> Iterator[tuple[str, FieldValue]]:
    """Name and value, one by one.

    >>> list(field_pairs({"a": "1", "b": [2, b"3"]}))
    [('a', '1'), ('b', 2), ('b', b'3')]

    True, False and None are no values, since there are many ways to write them.

    :param what: has the fields, for messages.
    :raises TypeError: *fields* is something else.
    """
    if isinstance(fields, str | bytes) or not isinstance(fields, Iterable):
        raise TypeError(f"{what} is a mapping or a list of pairs, not of {type(fields)}")
    for pair in named(fields, _KINDS):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise TypeError(f"{what} has pairs of a name and a value, not {type(pair)}")
        name, value = pair
        if not isinstance(name, str):
            raise TypeError(f"a name in {what} is a str, not {name!r}")
        if not isinstance(value, _KINDS) or isinstance(value, bool):
            # Not the value: it may be a password.
            raise TypeError(
                f"the value of {name!r} in {what} is text, bytes or a number, not of {type(value)}"
            )
        yield name, value


def named(
    given: Mapping[str, _T | Iterable[_T]] | Iterable[tuple[str, _T]],
    kinds: tuple[type, ...],
) -> Iterator[tuple[str, _T]]:
    """Name and value, one by one; what can be iterated over, and is not of *kinds*, is several."""
    if not isinstance(given, Mapping):
        yield from given
        return
    for name, value in given.items():
        if isinstance(value, kinds) or not isinstance(value, Iterable):
            yield name, cast(_T, value)
        else:
            for one in value:
                yield name, one
