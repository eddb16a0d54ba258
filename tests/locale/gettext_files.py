"""Writing gettext catalogues for tests."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo


def make_catalog(code: str) -> Catalog:
    """A small catalogue with contexts and plurals."""
    catalog = Catalog(locale=code)
    # Not Babel's rule for the language: its versions count the forms of French differently.
    catalog.mime_headers = [("Plural-Forms", "nplurals=2; plural=(n > 1);")]
    catalog.add("school", "école")
    catalog.add("right", "à droite")
    catalog.add("right", "le droit", context="law")
    catalog.add(("%(n)d file", "%(n)d files"), ("%(n)d fichier", "%(n)d fichiers"))
    catalog.add(("%(n)d club", "%(n)d clubs"), ("%(n)d bâton", "%(n)d bâtons"), context="stick")
    catalog.add("%(name)s is here", "%(nom)s est là")
    catalog.add(("1 %(x)s", "%(n)d %(x)s"), ("%(y)s", "%(y)s"))
    catalog.add(("1 %(x)s", "%(n)d %(x)s"), ("%(y)s", "%(y)s"), context="bad")
    catalog.add("%(name)s", "%(nom)s", context="bad")
    catalog.add("same", "same", context="ctx")
    catalog.add("same", "pareil")
    return catalog


def write_catalogue(directory: Path, code: str, catalog: Catalog, domain: str = "app") -> Path:
    """Write ``directory/code/LC_MESSAGES/domain.mo``."""
    path = directory / code / "LC_MESSAGES" / f"{domain}.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalog)
    return path
