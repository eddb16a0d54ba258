"""Make the site: ``python -m examples.static_site OUTPUT``.  Needs `zonda-template` and no more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from zonda.template import Loader

HERE = Path(__file__).parent


class Article(NamedTuple):
    """What is published."""

    slug: str
    title: str
    text: str


ARTICLES = [
    Article("wind", "Where the wind comes from", "It crosses the Andes & falls warm and dry."),
    Article("moths", "Moths <and> lamps", "They steer by the moon."),
]


def build(output: Path) -> list[Path]:
    """Write every page of the site; their paths."""
    loader = Loader(str(HERE / "pages"), whitespace="single")
    output.mkdir(parents=True, exist_ok=True)
    pages = {"index.html": loader.load("index.html").generate(articles=ARTICLES)}
    for article in ARTICLES:
        page = loader.load("article.html").generate(article=article)
        pages[f"{article.slug}.html"] = page
    for name, content in pages.items():
        (output / name).write_bytes(content)
    return [output / name for name in pages]


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: python -m examples.static_site OUTPUT")
    for path in build(Path(sys.argv[1])):
        print(path)
