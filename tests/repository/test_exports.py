"""``__all__`` is honest: what it names exists, is documented, and nothing else is exported.

The source is read for this: a name that only appears at run time is not an export that a reader
or a type checker could find.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import FunctionType

import pytest

from tests.repository.source import PACKAGES, ROOT, tree

#: Modules that are part of their package's interface as such.
MODULES_EXPORTED = {"eager"}

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def root_of(package: str) -> Path:
    return ROOT / "packages" / package / "src" / "zonda" / package / "__init__.py"


def exported(path: Path) -> list[str]:
    """The value of ``__all__``, in its order."""
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    pytest.fail(f"{path.relative_to(ROOT)} has no __all__")


def first_use(path: Path) -> ast.If | None:
    """The statement that names what is imported on first use."""
    for node in tree(path).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return node
    return None


def bound(path: Path) -> set[str]:
    """The public names that the imports of a file bind, at once or on first use."""
    later = first_use(path)
    names = set()
    for node in [*tree(path).body, *(later.body if later else [])]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if isinstance(node, ast.ImportFrom) and node.module in {"__future__", "typing"}:
                continue
            names |= {alias.asname or alias.name for alias in node.names}
    return {name for name in names if not name.startswith("_")}


def blocks(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """A module's statements, and those of its conditions."""
    yield body
    for node in body:
        for field in ("body", "orelse", "finalbody"):
            if not isinstance(node, Definition) and (inner := getattr(node, field, None)):
                yield from blocks(inner)
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                yield from blocks(handler.body)


def assigned(node: ast.stmt, name: str) -> bool:
    """Whether a statement gives a value to a plain name."""
    if isinstance(node, ast.Assign):
        return name in map(ast.unparse, node.targets)
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.target) == name
    return type(node).__name__ == "TypeAlias" and ast.unparse(node).startswith(f"type {name}")


def comment_above(path: Path, line: int) -> bool:
    """Whether the line before is a comment for the documentation (``#:``), or the line's end."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[line - 2].lstrip().startswith("#:") or "#:" in lines[line - 1]


def documented(path: Path, name: str) -> bool | None:
    """Whether *name* is documented where *path* gets it from; None where it does not exist."""
    found: bool | None = None
    for block in blocks(tree(path).body):
        for position, node in enumerate(block):
            if isinstance(node, Definition) and node.name == name:
                found = found or bool(ast.get_docstring(node))
            elif assigned(node, name):
                following = block[position + 1] if position + 1 < len(block) else None
                said = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
                found = found or said or comment_above(path, node.lineno)
                if isinstance(value := getattr(node, "value", None), ast.Name):
                    found = found or documented(path, value.id)  # another name for the same
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        found = found or imported(path, node, alias.name)
    return found


def imported(path: Path, node: ast.ImportFrom, name: str) -> bool | None:
    """As :func:`documented`, for a name that a file imports from another."""
    if node.level:
        directory = path.parents[node.level - 1]
    elif (node.module or "").startswith("zonda."):
        package = (node.module or "").split(".")[1]
        return documented(root_of(package), name)
    else:
        return True  # it belongs to others, and so does its documentation
    target = directory.joinpath(*(node.module or "").split("."))
    if (target / name).with_suffix(".py").is_file() and not node.module:
        return bool(ast.get_docstring(tree((target / name).with_suffix(".py"))))
    source = target / "__init__.py" if target.is_dir() else target.with_suffix(".py")
    return documented(source, name)


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_complete_and_documented(package: str) -> None:
    path = root_of(package)
    names = exported(path)
    assert len(names) == len(set(names))
    assert bound(path) == set(names)
    state = {name: documented(path, name) for name in names}
    assert [name for name, found in state.items() if found is None] == [], "do not exist"
    assert [name for name, found in state.items() if not found] == [], "have no docstring"


@pytest.mark.parametrize("package", PACKAGES)
def test_root_module_has_no_logic(package: str) -> None:
    """A docstring with an example, re-exports and ``__all__``."""
    path = root_of(package)
    first, *rest = tree(path).body
    docstring = ast.get_docstring(tree(path))
    assert docstring and ">>>" in docstring, "the docstring shows no example that runs"
    assert isinstance(first, ast.Expr)
    for node in rest:
        if not isinstance(node, ast.Import | ast.ImportFrom) and node is not first_use(path):
            assert ast.unparse(node).startswith("__all__ = ["), ast.unparse(node)


@pytest.mark.parametrize("package", [name for name in PACKAGES if first_use(root_of(name))])
def test_what_is_imported_on_first_use_is_what_type_checkers_are_told(package: str) -> None:
    node = first_use(root_of(package))
    assert node
    names = {}
    for statement in node.body:
        assert isinstance(statement, ast.ImportFrom) and statement.level == 1
        names[statement.module] = [alias.name for alias in statement.names]
        assert not any(alias.asname for alias in statement.names)
        for alias in statement.names:
            # Who imports a module binds its name at the root, and nobody asks for the other.
            assert not (root_of(package).parent / alias.name).with_suffix(".py").exists()
    expected = f"""
from .first_use import on_first_use
__getattr__, __dir__ = on_first_use(globals(), {names!r})
"""
    assert list(map(ast.unparse, node.orelse)) == list(map(ast.unparse, ast.parse(expected).body))


def modules_of_first_use(package: str) -> set[str]:
    """The names of the modules that the root of *package* imports on first use."""
    node = first_use(root_of(package))
    return {
        f"zonda.{package}.{statement.module}"
        for statement in (node.body if node else [])
        if isinstance(statement, ast.ImportFrom)
    }


#: What `IOStream` consists of; a server has none, but for who takes a connection over.
_STREAMS = (
    "iostream.failed_handshakes iostream.socket_stream iostream.starttls iostream.stream "
    "iostream.tls_context"
)


@pytest.mark.parametrize(
    ("statement", "needed"),
    [
        ("import zonda.escape", ""),
        ("from zonda.ioloop import IOLoop", ""),
        ("import zonda.http", ""),
        ("from zonda.iostream import Connection, bind_sockets", ""),
        ("from zonda.iostream import IOStream", _STREAMS),
        ("from zonda.httpserver import HTTPServer", ""),
        ("from zonda.web import Application, RequestHandler", ""),
        (
            "from zonda.websocket import WebSocketHandler",
            "websocket.accepting websocket.handler websocket.server_handshake",
        ),
        (
            "from zonda.httpclient import AsyncHTTPClient",
            f"http.content_coding http.proxies iostream.resolver iostream.tcpclient {_STREAMS}",
        ),
    ],
)
def test_what_few_need_is_not_imported_at_once(statement: str, needed: str) -> None:
    program = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    later = set().union(*map(modules_of_first_use, PACKAGES)) | {"zonda.locale", "zonda.template"}
    assert later & set(done.stdout.split()) == {f"zonda.{name}" for name in needed.split()}


#: Modules of the standard library that few programs need, and that take long or bring many others.
_COSTLY = {
    *("base64", "calendar", "dataclasses", "decimal", "email", "gzip", "hmac", "html", "http"),
    *("importlib.metadata", "ipaddress", "mimetypes", "pathlib", "pickle", "platform", "random"),
    *("secrets", "shutil", "tempfile", "urllib.parse", "uuid", "zlib"),
}


@pytest.mark.parametrize(
    ("statement", "needed"),
    [
        ("from zonda.ioloop import IOLoop", ""),
        ("from zonda.iostream import IOStream", ""),
        ("from zonda.httpserver import HTTPServer", ""),
        ("from zonda.web import Application, RequestHandler", ""),
        ("from zonda.websocket import WebSocketHandler", ""),
        ("from zonda.httpclient import AsyncHTTPClient", "ipaddress urllib.parse zlib"),
    ],
)
def test_what_is_costly_is_not_imported_at_once(statement: str, needed: str) -> None:
    """Besides what asyncio, or the environment of these tests, has imported already."""
    program = f"""
import asyncio, sys
known = set(sys.modules)
{statement}
print(*set(sys.modules) - known)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    found = set(done.stdout.split())
    assert "zonda.ioloop" in found
    assert _COSTLY & found <= set(needed.split())


@pytest.mark.parametrize("package", PACKAGES)
def test_all_can_be_imported_with_a_star(package: str) -> None:
    names: dict[str, object] = {}
    exec(f"from zonda.{package} import *", names)
    assert set(exported(root_of(package))) <= set(names)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_can_be_had(package: str) -> None:
    module = importlib.import_module(f"zonda.{package}")
    names = exported(root_of(package))
    assert set(names) <= set(dir(module))
    for name in names:
        assert inspect.ismodule(getattr(module, name)) == (name in MODULES_EXPORTED), name
    with pytest.raises(AttributeError, match=f"module 'zonda.{package}' has no attribute 'gale'"):
        _ = module.gale


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_have_docstrings(package: str) -> None:
    paths = root_of(package).parent.rglob("*.py")
    assert [path.name for path in paths if not ast.get_docstring(tree(path))] == []


def methods(cls: type) -> Iterator[tuple[str, object]]:
    """The public methods and properties that a class defines itself."""
    for name, value in vars(cls).items():
        if not name.startswith("_") and isinstance(
            value, FunctionType | classmethod | staticmethod | property | cached_property
        ):
            yield name, getattr(cls, name)


@pytest.mark.parametrize("package", PACKAGES)
def test_public_methods_have_docstrings(package: str) -> None:
    """Of their own, or of the method that they override."""
    module = importlib.import_module(f"zonda.{package}")
    values = [getattr(module, name) for name in exported(root_of(package))]
    classes = [value for value in values if isinstance(value, type)]
    silent = {
        f"{cls.__module__}.{cls.__qualname__}.{name}"
        for cls in classes
        if cls.__module__.startswith("zonda.")
        for name, method in methods(cls)
        if not inspect.getdoc(method)
    }
    assert sorted(silent) == []
