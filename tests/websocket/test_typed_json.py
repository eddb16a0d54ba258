"""JSON against a type: objects or a clear error."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, Required, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.websocket.typed_json import InvalidMessage, JSONType, write_json


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    y: float = 0.0


@dataclass
class Shape:
    kind: Literal["line", "dot"]
    points: list[Point]
    color: Color | None = None
    labels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.points) > 2:
            raise ValueError("at most two points")


class Options(TypedDict):
    name: str
    size: NotRequired[int]


class Loose(TypedDict, total=False):
    name: Required[str]
    size: int


@dataclass
class Tree:
    children: list[Tree]


GOOD: list[tuple[Any, object, object]] = [
    (int, 3, 3),
    (float, 3, 3.0),
    (float, 3.5, 3.5),
    (bool, True, True),
    (str, "ü", "ü"),
    (type(None), None, None),
    (object, [1, {"a": None}], [1, {"a": None}]),
    (Any, 1, 1),
    (list, [1, "a"], [1, "a"]),
    (dict, {"a": 1}, {"a": 1}),
    (list[int], [], []),
    (dict[str, list[bool]], {"a": [True]}, {"a": [True]}),
    (int | str, "a", "a"),
    (int | None, None, None),
    (Literal["a", 1], 1, 1),
    (Color, "blue", Color.BLUE),
    (Point, {"x": 1, "z": "ignored"}, Point(1)),
    (Point | list[Point], [{"x": 1}], [Point(1)]),
    (Shape, {"kind": "dot", "points": [{"x": 1, "y": 2}]}, Shape("dot", [Point(1, 2.0)])),
    (Shape, {"kind": "dot", "points": [], "color": "red"}, Shape("dot", [], Color.RED)),
    (Options, {"name": "a", "more": 1}, {"name": "a"}),
    (Loose, {"name": "a"}, {"name": "a"}),
]


@pytest.mark.parametrize(("kind", "value", "expected"), GOOD)
def test_what_fits_is_read(kind: Any, value: object, expected: object) -> None:
    found: object = JSONType(kind).read(json.dumps(value))
    assert found == expected
    assert type(found) is type(expected)
    assert JSONType(kind).read(json.dumps(value).encode()) == expected


BAD: list[tuple[Any, str, str]] = [
    (int, "", "no JSON"),
    (int, "{", "no JSON"),
    (float, "NaN", "NaN is no JSON"),
    (float, "-Infinity", "no JSON"),
    (object, "[" * 100_000, "no JSON"),
    (int, "1" * 10_000, "no JSON"),
    (float, "1" + "0" * 400, "too large"),
    (int, "1.0", "expected int, got float"),
    (int, "true", "expected int, got bool"),
    (bool, "1", "expected bool, got int"),
    (float, '"1"', "expected float, got str"),
    (str, "null", "expected str, got null"),
    (type(None), "0", "expected null, got int"),
    (list[int], "{}", "expected list, got dict"),
    (list[int], '[1, "2"]', r"\[1\]: expected int, got str"),
    (dict[str, int], "[]", "expected dict, got list"),
    (dict[str, int], '{"a": {}}', "a: expected int, got dict"),
    (int | str, "[]", "expected int or str, got list"),
    (Literal["a", "b"], '"c"', "expected one of 'a', 'b'"),
    (Literal[1], "true", "expected one of 1"),
    (Color, '"green"', "expected one of 'red', 'blue'"),
    (Point, "{}", "x: missing"),
    (Point, "3", "expected dict, got int"),
    (Shape, '{"kind": "dot", "points": [{"x": 1}, {"x": []}]}', r"points\[1\].x: expected int"),
    (Shape, '{"kind": "dot", "points": [{"x":1},{"x":1},{"x":1}]}', "at most two points"),
    (Point | list[Point], '[{"x": "1"}]', r"\[0\].x: expected int, got str"),
    (Options, '{"size": 1}', "name: missing"),
    (Loose, '{"size": 1}', "name: missing"),
]


@pytest.mark.parametrize(("kind", "text", "message"), BAD)
def test_what_does_not_fit_is_named(kind: Any, text: str, message: str) -> None:
    with pytest.raises(InvalidMessage, match=message):
        JSONType(kind).read(text)


@pytest.mark.parametrize("kind", [bytes, tuple[int], dict[int, str], set[int], list[bytes], 3])
def test_types_without_a_form_are_refused_at_once(kind: Any) -> None:
    with pytest.raises(TypeError, match="cannot be read from JSON"):
        JSONType(kind)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_what_was_written_is_read(value: object) -> None:
    assert JSONType(object).read(write_json(value)) == value


def test_objects_are_written_as_json() -> None:
    shape = Shape("line", [Point(1, 2.5)], Color.RED, {"a": "b"})
    assert JSONType(Shape).read(write_json(shape)) == shape


@pytest.mark.parametrize(
    ("value", "error"), [(object(), TypeError), (Point, TypeError), (float("nan"), ValueError)]
)
def test_what_cannot_be_written(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        write_json(value)


def test_a_type_within_itself_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Tree.* is part of itself"):
        JSONType(Tree)
