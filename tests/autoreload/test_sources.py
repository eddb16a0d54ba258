"""What counts as a source, and when it has changed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.autoreload.child import write
from zonda.autoreload.sources import Sources


@pytest.fixture
def sources() -> Sources:
    return Sources()


def test_change_is_told_once(tmp_path: Path, sources: Sources) -> None:
    file = write(tmp_path / "a", "1")
    sources.add(file)
    assert sources.take_changes() == set()
    write(file, "2")
    assert sources.take_changes() == {str(file)}
    assert sources.take_changes() == set()


def test_adding_again_forgets_no_change(tmp_path: Path, sources: Sources) -> None:
    file = write(tmp_path / "a", "1")
    sources.add(file)
    write(file, "2")
    sources.add(file)
    assert sources.take_changes() == {str(file)}


def test_deletion_is_no_change_and_the_return_is_one(tmp_path: Path, sources: Sources) -> None:
    file = write(tmp_path / "a", "1")
    sources.add(file)
    file.unlink()
    assert sources.take_changes() == set()
    write(file, "22")
    assert sources.take_changes() == {str(file)}


def test_relative_name_means_what_it_meant_when_it_was_added(
    tmp_path: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a", "1")
    monkeypatch.chdir(tmp_path)
    sources.add("a")
    monkeypatch.chdir("/")
    write(file, "2")
    assert sources.take_changes() == {str(file)}


@pytest.mark.parametrize(
    "ignored", [".git/index", "__pycache__/a.pyc", "a.html~", ".a.html.swp", "node_modules/x.js"]
)
def test_what_tools_leave_in_a_directory_is_no_source(
    tmp_path: Path, sources: Sources, ignored: str
) -> None:
    sources.add(tmp_path)
    (tmp_path / ignored).parent.mkdir(exist_ok=True)
    (tmp_path / ignored).write_text("x")
    (tmp_path / "a.html").write_text("x")
    assert sources.take_changes() == {str(tmp_path / "a.html")}


def test_directories_are_where_changes_show(tmp_path: Path, sources: Sources) -> None:
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "target").mkdir()
    (tmp_path / "links").mkdir()
    write(tmp_path / "target" / "t", "x")
    (tmp_path / "links" / "l").symlink_to(tmp_path / "target" / "t")
    sources.add(tmp_path / "tree")
    sources.add(tmp_path / "links" / "l")
    sources.add(tmp_path / "missing" / "far" / "file")
    names = {"", "tree", "tree/deep", "target", "links"}
    assert set(sources.directories()) == {str(tmp_path / name).rstrip("/") for name in names}


def test_directory_in_place_of_another_is_another(tmp_path: Path, sources: Sources) -> None:
    (tmp_path / "d").mkdir()
    sources.add(tmp_path / "d" / "file")
    before = sources.directories()
    (tmp_path / "d").rename(tmp_path / "old")
    (tmp_path / "d").mkdir()
    assert sources.directories() != before
    assert sources.directories().keys() == before.keys()


def test_modules_are_found_whatever_they_call_their_file(
    tmp_path: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lazy(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"the lazy module was asked for {name}")

    good = write(tmp_path / "good.py", "x = 1")
    for name, file in {
        "good": str(good),
        "odd": "a\0b",
        "none": None,
        "zip": "/x.zip/m.py",
    }.items():
        module = Lazy(f"test_{name}")
        vars(module)["__file__"] = file
        monkeypatch.setitem(sys.modules, f"test_{name}", module)
    monkeypatch.setitem(sys.modules, "test_nothing", Lazy("test_nothing"))
    monkeypatch.setitem(sys.modules, "test_no_module", 1)
    sources.add_modules()
    assert sources.is_module(str(good))
    assert sources.is_module(__file__)
    assert not sources.is_module(str(tmp_path / "other.py"))
    write(good, "x = 22")
    assert sources.take_changes() == {str(good)}
    assert str(tmp_path) in sources.directories()


def test_module_that_could_not_be_imported_is_none(
    tmp_path: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "part.py", "")
    module = ModuleType("part_of_a_test")
    module.__file__ = str(file)
    with monkeypatch.context() as importing:
        importing.setitem(sys.modules, module.__name__, module)
        sources.add_modules()
        assert sources.is_module(str(file))
    assert not sources.is_module(str(file))
