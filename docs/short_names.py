"""A Sphinx extension: ``HTTPHeaders`` in a signature or a docstring is ``zonda.http.HTTPHeaders``.

Annotations are written as the source has them, by short names.  One that a single public object
has becomes a link to it.  One that the source binds, but that has no page (what is private, what
belongs to the standard library), stays text.  Any other is a mistake, and Sphinx says so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

ROOT = Path(__file__).parents[1]


def bound_names() -> Iterator[str]:
    """Every name that the source imports, defines or assigns."""
    for path in ROOT.glob("packages/*/src/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name
            elif isinstance(node, ast.alias):
                yield node.asname or node.name
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def resolve(
    app: Sphinx, environment: BuildEnvironment, node: pending_xref, content: Element
) -> Element | None:
    """The link or the text for a reference that Sphinx itself could not resolve."""
    if node.get("refdomain") != "py":
        return None
    domain = environment.domains.python_domain
    name = node["reftarget"].rpartition(".")[2]
    targets = {found for found in domain.objects if found.rpartition(".")[2] == name}
    if len(targets) == 1:
        return domain.resolve_xref(
            environment, node["refdoc"], app.builder, "obj", targets.pop(), node, content
        )
    return content if name in app.config.known_names else None


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_config_value("known_names", frozenset(bound_names()), "")
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
