"""Links lead somewhere; those between pages of the documentation are checked by sphinx."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.repository.source import PACKAGES, ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.M)

#: Pages that are shown by themselves, on the page of a package's index, away from the repository.
PUBLISHED = [ROOT / "README.md", *(ROOT / "packages" / name / "README.md" for name in PACKAGES)]
#: Pages that are read in the repository.
READ_HERE = sorted(set(ROOT.glob("*.md")) - {ROOT / "README.md"})


def links(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return LINK.findall(re.sub(r"`[^`\n]*`", "", text))


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as they are in links."""
    found = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", READ_HERE, ids=lambda path: path.name)
def test_links_between_files_resolve(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        if "://" not in link:
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PUBLISHED, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_that_are_published_link_to_addresses(page: Path) -> None:
    for link in links(page):
        assert link.startswith("https://"), link
        if own := re.match(r"https://pypi\.org/project/zonda-(\w+)", link):
            assert own[1] in PACKAGES, link
