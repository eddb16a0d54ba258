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
        packages = Path(self.root, "packages")
        if packages.is_dir() and "PIP_BUILD_TRACKER" in os.environ:
            pins = self.metadata.core.dependencies
            asked = re.findall(r"^(zonda-(\w+))(\[.*?\])?", "\n".join(pins), re.MULTILINE)
            places = {name: Path(packages, directory).as_uri() for name, directory, _ in asked}
            pins[:] = [f"{name} @ {places[name]}" for name, _, _ in asked]
            # A name that pip sees only with an extra is looked for elsewhere without it.
            pins += [f"{name}{extra} @ {places[name]}" for name, _, extra in asked if extra]
