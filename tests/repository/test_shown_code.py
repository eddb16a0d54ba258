"""Every Python block of every README, and of every page of the documentation, does what it shows.

What a block is, and the remarks above it, are in ``scripts/shown.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.console import LONGEST_RUN
from scripts.shown import Block, Unavailable, blocks, run_program, run_sessions
from tests.repository.source import PACKAGES, ROOT

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("packages/*/README.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/*/*.md")),
]
BLOCKS = [block for page in PAGES for block in blocks(page)]
PYTHON = [block for block in BLOCKS if block.language == "python" and not block.source]
PROGRAMS = [block for block in PYTHON if not block.is_session]
SESSIONS = sorted({block.page for block in PYTHON if block.is_session})
PARTS = [block for block in BLOCKS if block.source]


@pytest.mark.parametrize("block", PARTS, ids=str)
def test_parts_stand_in_their_file(block: Block) -> None:
    text = (ROOT / block.source).read_text(encoding="utf-8")
    assert unindented(block.code) in unindented(text)


def unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


@pytest.mark.timeout(2 * LONGEST_RUN)
@pytest.mark.parametrize("page", SESSIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_sessions(page: Path, tmp_path: Path) -> None:
    shown = [block for block in PYTHON if block.page == page and block.is_session]
    assert run_sessions(shown, tmp_path) > 0


@pytest.mark.timeout(2 * LONGEST_RUN)
@pytest.mark.parametrize("block", PROGRAMS, ids=str)
def test_programs(block: Block, tmp_path: Path) -> None:
    try:
        assert run_program(block, tmp_path).is_file()
    except Unavailable as error:
        pytest.skip(str(error))


def test_every_readme_shows_something_that_runs() -> None:
    shown = {block.page.parent.name for block in PYTHON}
    assert [package for package in PACKAGES if package not in shown] == []
