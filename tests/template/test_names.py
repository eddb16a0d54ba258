"""Which names a piece of Python needs, and which it binds."""

from __future__ import annotations

import ast

import pytest

from zonda.template.names import Names


@pytest.mark.parametrize(
    ("code", "read", "bound"),
    [
        ("x", "x", ""),
        ("x.y[z](a=b)", "x z b", ""),
        ("x = y", "y", "x"),
        ("x += y", "x y", "x"),
        ("x.y += z", "x z", ""),
        ("x: int = y", "int y", "x"),
        ("x, (y, *z) = a", "a", "x y z"),
        ("del x", "", "x"),
        ("(x := y)", "y", "x"),
        ("import a.b, c as d", "", "a d"),
        ("from a import b, c as d", "", "b d"),
        ("for x in y: pass", "y", "x"),
        ("try: pass\nexcept x as y: pass", "x", "y"),
        ("try: pass\nexcept x: pass", "x", ""),
        ("lambda x, *y, z=a, **b: x + y + z + b + c", "a c", ""),
        ("[x for x in x]", "x", ""),
        ("[x for x in y if x in z]", "y z", ""),
        ("{x: y for x, y in z for a in x}", "z", ""),
        ("[(y := x) for x in z] + [x]", "z x", "y"),
        ("[x for x in y for y in x]", "y", ""),
        ("f'{x!r:{y}}'", "x y", ""),
        ("__debug__", "", ""),
        ("x\ny", "x y", ""),
    ],
)
def test_names(code: str, read: str, bound: str) -> None:
    names = Names(ast.parse(code))
    assert sorted(names.read) == sorted(read.split())
    assert sorted(names.bound) == sorted(bound.split())
    assert not names.asynchronous


@pytest.mark.parametrize(
    ("code", "asynchronous"),
    [
        ("await x", True),
        ("async for x in y: pass", True),
        ("[x async for x in y]", True),
        ("[x for y in z async for x in y]", True),
        ("[await x for x in y]", True),
        ("[x for x in y]", False),
    ],
)
def test_what_must_be_awaited(code: str, asynchronous: bool) -> None:
    assert Names(ast.parse(code)).asynchronous is asynchronous


def test_lines_count_from_the_first_one() -> None:
    names = Names(ast.parse("pass\nx = y\nz = y + a"), first=2)
    assert names.read == {"y": 0, "a": 1}
    assert names.bound == {"x": 0, "z": 1}
