"""Fragments of the changelog are what they have to be, and become a chapter."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import changelog
from scripts.changelog import Fragment
from tests.repository.source import META, PACKAGES


def test_the_fragments_that_are_there_can_be_read() -> None:
    changelog.found()


def test_a_version_is_in_the_changelog_or_its_fragments_are_here() -> None:
    known = changelog.CHANGELOG.read_text() if changelog.CHANGELOG.exists() else ""
    assert f"## {META['project']['version']}\n" in known or changelog.found()


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("web.md", "- x", "not named"),
        ("web.news.md", "- x", "not named"),
        ("winds.added.md", "- x", "no package 'winds'"),
        ("web.added.md", "x", "no list"),
        ("web.added.md", "- x\n\ny", "no list"),
    ],
)
def test_others_are_refused(tmp_path: Path, name: str, text: str, reason: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ValueError, match=reason):
        changelog.read(path, PACKAGES)


def test_a_chapter_is_ordered_by_package_and_weight() -> None:
    fragments = [
        Fragment("web", "fixed", "- c"),
        Fragment("web", "security", "- b"),
        Fragment("web", "fixed", "- d\n  more"),
        Fragment("auth", "added", "- a"),
    ]
    assert changelog.chapter("1.2.3", fragments) == (
        "## 1.2.3\n\n### zonda-auth\n\nAdded:\n\n- a\n\n"
        "### zonda-web\n\nSecurity:\n\n- b\n\nFixed:\n\n- c\n\n- d\n  more\n"
    )


def test_a_release_goes_above_those_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changelog, "CHANGES", tmp_path)
    monkeypatch.setattr(changelog, "CHANGELOG", tmp_path / "log")
    for version in ("0.1.0", "0.2.0"):
        (tmp_path / "web.added.word.md").write_text(f"- new in {version}\n")
        changelog.main(version)
        assert not list(tmp_path.glob("*.md"))
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines[0] == "# Changes"
    assert [line for line in lines if line.startswith(("## ", "- "))] == [
        "## 0.2.0",
        "- new in 0.2.0",
        "## 0.1.0",
        "- new in 0.1.0",
    ]
    with pytest.raises(SystemExit, match="nothing"):
        changelog.main("0.3.0")
    with pytest.raises(SystemExit, match="is not a version"):
        changelog.main("next")
