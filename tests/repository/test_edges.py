"""What the code imports is what the metadata declares, and it points downwards."""

from __future__ import annotations

import sys
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.repository.source import (
    META,
    PACKAGES,
    PROJECTS,
    ROOT,
    Module,
    imports,
    modules,
    requirements,
    siblings,
)

#: From the bottom to the top: a package may need only what stands in a row below its own.
ROWS = (
    {"ioloop", "escape", "locale", "options", "database"},
    {"iostream", "http", "template", "autoreload"},
    {"httpserver"},
    {"web", "httpclient"},
    {"auth", "websocket", "wsgi"},
    {"asgi", "testing"},
    {"tornado"},
)

#: Where a distribution is imported by another name than its own.
IMPORTED_AS = {
    "brotli": "brotli",
    "pynacl": "nacl",
}

#: ``zonda.http`` turns bytes into messages and back: reading and writing them is for others.
INPUT_OUTPUT = {"asyncio", "selectors", "socket", "ssl"}


def imported_packages(package: str) -> set[str]:
    """``zonda.x`` or the top-level name of everything that *package* imports from outside."""
    found = set()
    for module in modules(package):
        for name in imports(module):
            parts = name.split(".")
            found.add(".".join(parts[:2]) if parts[0] == "zonda" else parts[0])
    own = {f"zonda.{package}"} | ({"tornado"} if package == "tornado" else set())
    return found - own - sys.stdlib_module_names


def test_every_package_has_a_row() -> None:
    assert sorted(name for row in ROWS for name in row) == PACKAGES


@pytest.mark.parametrize("package", PACKAGES)
def test_dependencies_are_in_lower_rows(package: str) -> None:
    (height,) = (index for index, row in enumerate(ROWS) if package in row)
    below = set().union(*ROWS[:height])
    assert siblings(package) <= below


@pytest.mark.parametrize("package", PACKAGES)
def test_siblings_imported_are_those_declared(package: str) -> None:
    used = {name.partition(".")[2] for name in imported_packages(package) if "." in name}
    assert used == siblings(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_third_parties_imported_are_declared(package: str) -> None:
    used = {name for name in imported_packages(package) if "." not in name}
    declared = requirements(PROJECTS[package])
    assert used <= {IMPORTED_AS.get(name, name.replace("-", "_")) for name in declared}


@pytest.mark.parametrize("package", PACKAGES)
def test_siblings_are_imported_from_their_root(package: str) -> None:
    """``from zonda.http import HTTPHeaders``, whatever the module that it is defined in."""
    inner = [
        f"{module.name}: {name}"
        for module in modules(package)
        for name in imports(module)
        if name.startswith("zonda.")
        and not name.startswith(f"zonda.{package}.")
        and name.count(".") > 2
    ]
    assert inner == []


def test_packages_have_no_cycles() -> None:
    TopologicalSorter({name: siblings(name) for name in PACKAGES}).prepare()


def inner_imports(module: Module, known: set[str]) -> set[str]:
    """The modules of its own package that a module loads, the nearest package where no module."""
    found = set()
    for name in imports(module, typing=False):
        if name not in known:
            name = name.rpartition(".")[0]
        if name in known:
            found.add(name)
    return found - {module.name}


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_have_no_cycles(package: str) -> None:
    """At no depth, and not by an import inside a function either."""
    found = modules(package)
    known = {module.name for module in found}
    try:
        TopologicalSorter({m.name: inner_imports(m, known) for m in found}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_http_does_no_input_or_output() -> None:
    used = {name.partition(".")[0] for module in modules("http") for name in imports(module)}
    assert used.isdisjoint(INPUT_OUTPUT)


@pytest.mark.parametrize("package", PACKAGES)
def test_tests_import_what_their_package_declares(package: str) -> None:
    """A file in ``tests/`` itself is for several packages; what it imports counts for each."""
    used = set()
    paths = list((ROOT / "tests" / package).rglob("*.py"))
    for path in paths:
        for name in imports(Module(f"tests.{package}.{path.stem}", path)):
            parts = name.split(".")
            if parts[0] == "zonda" and len(parts) > 1:
                used.add(parts[1])
            if parts[0] == "tests" and parts[1] != package:
                shared = ROOT / "tests" / f"{parts[1]}.py"
                assert shared.is_file(), f"{path.name} imports {name}"
                if shared not in paths:
                    paths.append(shared)
    assert used <= {package} | siblings(package)


def test_the_meta_distribution_needs_every_package_but_the_alias() -> None:
    names = {name for name in requirements(META["project"]) if name.startswith("zonda-")}
    assert names == {f"zonda-{package}" for package in PACKAGES if package != "tornado"}
