"""Sphinx configuration; nothing here needs a network."""

from __future__ import annotations

import builtins
import os
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
with (ROOT / "pyproject.toml").open("rb") as file:
    release = tomllib.load(file)["project"]["version"]

project = "Zonda"
author = copyright = "The Zonda authors"
version = release
sys.path.insert(0, str(ROOT / "docs"))
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "code_drawings",
    "package_graph",
    "short_names",
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
default_role = "py:obj"  # `Name` in a docstring is a link
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", rf"({'|'.join(dir(builtins))})(\.\w+)?"),
    (r"py:.*", rf"_?({'|'.join(sys.stdlib_module_names)})(\..*)?"),
    (r"py:(class|obj)", r"~?(.*\.)?(_\w+|[A-Z]|\w*T|\w+_(co|contra))"),  # private, type variables
]
doctest_global_setup = "import asyncio"
doctest_test_doctest_blocks = ""  # docstrings are run by pytest, in their own modules
