"""Fail unless every link within a built site leads to a page, and to a place on it.

``python scripts/site_links.py docs/_build/html`` looks at all pages below that directory.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The links of a page, and the places that links may lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = {"", "top"}  # a browser knows these two by itself
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link or a place."""
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.places.add(value)
            elif name == "href" or (name == "src" and tag in ("script", "img", "iframe")):
                self.links.append(value)


def broken(site: Path) -> list[str]:
    """The links that lead nowhere, each with the page that it is on."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    found = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            known = pages[target].places if target in pages else None
            if not target.exists() or (known is not None and unquote(parts.fragment) not in known):
                found.append(f"{path.relative_to(site)}: {link}")
    return sorted(set(found))


def main(directory: str) -> None:
    site = Path(directory).resolve()
    if not (site / "index.html").is_file():
        sys.exit(f"there is no site in {directory}")
    if found := broken(site):
        sys.exit("\n".join(["these links lead nowhere:", *found]))
    print("links:", sum(1 for _ in site.rglob("*.html")), "pages are well connected")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
