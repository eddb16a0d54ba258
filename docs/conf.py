"""Sphinx configuration; nothing here needs a network."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
with (ROOT / "pyproject.toml").open("rb") as file:
    release = tomllib.load(file)["project"]["version"]

project = "Zonda"
author = copyright = "The Zonda authors"
version = release
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Zonda {release}"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"

# Links to Python's own documentation are made where they are asked for: an inventory that cannot
# be reached is a warning, and warnings are errors here.
intersphinx_mapping = (
    {"python": ("https://docs.python.org/3", None)} if os.environ.get("ZONDA_DOCS_ONLINE") else {}
)
nitpicky = True
nitpick_ignore_regex = [
    # The standard library, wherever its inventory was not loaded.
    (
        r"py:.*",
        r"(_?asyncio|builtins|collections|concurrent|contextlib|contextvars|datetime|email|enum|"
        r"gettext|http|io|ipaddress|json|logging|os|pathlib|re|socket|ssl|subprocess|types|typing|"
        r"unittest|urllib|wsgiref)\..*",
    ),
    (r"py:(class|obj|data|exc|func|meth)", r"[A-Za-z]\w*"),  # a builtin or a type variable
    (r"py:class", r"(.*\.)?_\w+"),  # what is private has no page
]
doctest_global_setup = "import asyncio"
