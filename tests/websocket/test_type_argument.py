"""The types that classes are given."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import pytest

from zonda.websocket.type_argument import argument_of, has_parameters

T = TypeVar("T")
K = TypeVar("K")


class Box(Generic[T]): ...


class Plain(Box[int]): ...


class Heir(Plain): ...


class Same(Box[T]): ...


class Labelled(Box[T], Generic[K, T]): ...


class Table(Labelled[str, dict[K, T]]): ...


class Optional(Box[T | None]): ...


class Other(Heir, Generic[K]): ...


class Numbers(Same[int]): ...


class Prices(Labelled[bytes, float]): ...


class Counts(Table[str, int]): ...


class Maybe(Optional[int]): ...


class Late(Other[bytes]): ...


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        (Box, None),
        (Plain, int),
        (Heir, None),
        (Numbers, int),
        (Prices, float),
        (Counts, dict[str, int]),
        (Maybe, int | None),
        (Late, None),
        (type("Raw", (Box,), {}), None),
    ],
)
def test_the_argument_is_found(kind: type, argument: Any) -> None:
    assert argument_of(kind, Box) == argument


@pytest.mark.parametrize("kind", [Same, Labelled, Table, Optional])
def test_an_argument_may_be_open(kind: type) -> None:
    assert has_parameters(argument_of(kind, Box))


@pytest.mark.parametrize("kind", [int, None, list[int], Box, Box[int], int | None])
def test_what_is_a_type_already(kind: Any) -> None:
    assert not has_parameters(kind)
