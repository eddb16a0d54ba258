"""The same shape in every package: what is where, one version, and no module without a name."""

from __future__ import annotations

import ast
import re

import pytest

from tests.repository.source import (
    META,
    PACKAGES,
    PROJECTS,
    ROOT,
    modules,
    pyproject,
    requirements,
    tree,
)

#: Names under which anything could be put.
NAMES_THAT_SAY_NOTHING = {"base", "common", "core", "helpers", "misc", "util", "utils"}

#: What a function's body may have at most; a longer one is a room with two purposes.
LONGEST_BODY = 60


@pytest.mark.parametrize("package", PACKAGES)
def test_source_directory(package: str) -> None:
    source = ROOT / "packages" / package / "src"
    expected = {"zonda", "tornado"} if package == "tornado" else {"zonda"}
    assert {path.name for path in source.iterdir()} - {"__pycache__"} == expected
    inside = {path.name for path in (source / "zonda").iterdir()} - {"__pycache__"}
    assert inside == {package}, "zonda is a namespace: nothing else is in it, no __init__.py"
    assert (source / "zonda" / package / "__init__.py").is_file()
    assert (source / "zonda" / package / "py.typed").is_file()
    assert not list(source.rglob("*.so")), "a compiled module would hide its source"


@pytest.mark.parametrize("package", PACKAGES)
def test_licence_is_that_of_the_repository(package: str) -> None:
    own = ROOT / "packages" / package / "LICENSE"
    assert not own.is_symlink(), "a link would point out of the source distribution"
    assert own.read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize(
    "name",
    ["hatch_build.py", "native/slots.h", "native/field_line.h", "src/zonda/*/first_use.py"],
)
def test_what_packages_share_is_the_same_in_each(name: str) -> None:
    # Each sdist needs its own copy; packages that import the same names have no other in common.
    first, *others = sorted(ROOT.glob(f"packages/*/{name}"))
    assert others
    for other in others:
        assert other.read_bytes() == first.read_bytes(), f"{other} is not {first}"


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_with_c_functions_say_which_module_they_are(package: str) -> None:
    directory = ROOT / "packages" / package
    hooks = pyproject(directory)["tool"]["hatch"]["build"]["targets"]["wheel"].get("hooks")
    if (directory / "native").is_dir():
        assert hooks == {"custom": {"module": f"zonda.{package}._native"}}
        assert (directory / "src" / "zonda" / package / "_native.pyi").is_file()
        assert (directory / "hatch_build.py").is_file()
    else:
        assert hooks is None


@pytest.mark.parametrize("package", PACKAGES)
def test_metadata(package: str) -> None:
    project, meta = PROJECTS[package], META["project"]
    assert project["name"] == f"zonda-{package}"
    for key in ("authors", "license", "license-files", "readme", "requires-python", "version"):
        assert project[key] == meta[key], key
    assert project["description"].endswith(".")
    pythons = {line for line in meta["classifiers"] if line.startswith("Programming Language")}
    assert pythons <= set(project["classifiers"])


@pytest.mark.parametrize("project", [META["project"], *PROJECTS.values()], ids=lambda p: p["name"])
def test_siblings_are_pinned_to_the_one_version(project: dict[str, object]) -> None:
    pins = {rest for name, rest in requirements(project).items() if name.startswith("zonda-")}
    assert pins <= {f"=={META['project']['version']}"}


@pytest.mark.parametrize("package", PACKAGES)
def test_readme_opens_with_its_name_and_how_to_install_it(package: str) -> None:
    text = (ROOT / "packages" / package / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# zonda-{package}\n")
    assert re.search(rf"^\$ pip install '?zonda-{package}\b", text, re.M)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_tests(package: str) -> None:
    assert list((ROOT / "tests" / package).glob("test_*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_test_files_are_named_after_modules(package: str) -> None:
    names = {module.path.stem for module in modules(package)} | {package}
    for path in (ROOT / "tests" / package).rglob("test_*.py"):
        subject = path.stem.removeprefix("test_")
        assert any(subject == name or subject.startswith(f"{name}_") for name in names), (
            f"{path.name} tests no module of zonda.{package}"
        )


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_have_telling_names(package: str) -> None:
    # The names in "tornado" are those that programs import.
    own = [module for module in modules(package) if module.name.partition(".")[0] == "zonda"]
    names = {module.path.stem.strip("_") for module in own} - {"init", "main"}
    assert names.isdisjoint(NAMES_THAT_SAY_NOTHING)
    if package != "tornado":
        assert package not in names


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_fit_on_a_screen(package: str) -> None:
    long = []
    for module in modules(package):
        for node in ast.walk(tree(module.path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            body = node.body[1:] if ast.get_docstring(node, clean=False) else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > LONGEST_BODY:
                long.append(f"{module.name}.{node.name}: {lines} lines")
    assert long == []
