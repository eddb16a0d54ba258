"""Modules that are imported when something in them is first used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import zonda.web
from zonda.web.later import Later

SOURCES = [
    path
    for path in Path(zonda.web.__file__).parent.glob("*.py")
    if "import Later" in path.read_text(encoding="utf-8")
]


def test_a_name_is_that_of_the_module() -> None:
    from zonda.web import signing

    later = Later("signing")
    assert later.create_signed_value is signing.create_signed_value
    assert vars(later)["create_signed_value"] is signing.create_signed_value
    with pytest.raises(AttributeError, match="gale"):
        _ = later.gale


def test_the_module_is_imported_with_the_first_name() -> None:
    program = """
import sys
from zonda.web.later import Later
later = Later("signing")
assert "zonda.web.signing" not in sys.modules
assert later.SignedValue
assert "zonda.web.signing" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.name))
def test_type_checkers_are_told_of_the_same_modules(path: Path) -> None:
    [node] = [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    told = {
        alias.name
        for statement in node.body
        if isinstance(statement, ast.ImportFrom) and statement.level == 1 and not statement.module
        for alias in statement.names
    }
    expected = {"from .later import Later"} | {f"{name} = Later({name!r})" for name in told}
    assert told and set(map(ast.unparse, node.orelse)) == expected
