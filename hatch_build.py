"""Lets ``pip install .`` and ``pip install git+https://...`` find the sibling packages.

Only wheels which pip itself builds from a checkout name the directories; every other wheel,
hence everything that can be published, keeps the pins of pyproject.toml.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface[Any]):
    """Replaces the pins by local directories."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        found = sorted(Path(self.root, "packages").glob("*/pyproject.toml"))
        if found and "PIP_BUILD_TRACKER" in os.environ:
            pins = self.metadata.core.dependencies
            extras = dict(re.findall(r"^(zonda-\w+)(\[.*?\])", "\n".join(pins), re.MULTILINE))
            names = {f"zonda-{path.parent.name}": path.parent.as_uri() for path in found}
            pins[:] = [f"{name}{extras.get(name, '')} @ {uri}" for name, uri in names.items()]
