"""Fail unless a clean environment holds exactly what some distributions ask for.

``python -I scripts/installed.py PACKAGING NAME...`` is run by the Python of the environment.
The distributions installed have to be those reachable from NAME over ``Requires-Dist`` and no
other, each package of Zonda among them has to be importable, and no further one may be.
PACKAGING is a directory to borrow the library ``packaging`` from: were it installed here, the
environment would not be clean.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, distributions

#: What the tool that made the environment may have put there.
SEEDS = {"pip", "setuptools", "wheel"}


def normalized(name: str) -> str:
    """The form of a distribution's name in which equal names are equal (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def reachable(installed: Mapping[str, Distribution], roots: list[str], packaging: str) -> set[str]:
    """The names that the *roots* ask for in this environment, themselves included."""
    sys.path.append(packaging)
    from packaging.requirements import Requirement

    sys.path.remove(packaging)
    found: set[tuple[str, str]] = set()
    asked = [(root, "") for root in roots]
    while asked:
        name, extra = asked.pop()
        if (name, extra) in found:
            continue
        found.add((name, extra))
        if name not in installed:
            sys.exit(f"{name} is asked for and not installed")
        for line in installed[name].requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                needed = normalized(requirement.name)
                asked += [(needed, more) for more in ("", *requirement.extras)]
    return {name for name, _ in found}


def importable() -> set[str]:
    """The packages of Zonda that can be found, each of them imported."""
    import zonda

    names = {module.name for module in pkgutil.iter_modules(zonda.__path__)}
    for name in sorted(names):
        importlib.import_module(f"zonda.{name}")
    return names


def main(packaging: str, *roots: str) -> None:
    installed = {normalized(found.name): found for found in distributions()}
    expected = reachable(installed, list(roots), packaging)
    if surplus := installed.keys() - expected - SEEDS:
        sys.exit(f"nothing asks for {', '.join(sorted(surplus))}")
    packages = {name.removeprefix("zonda-") for name in expected if name.startswith("zonda-")}
    if (found := importable()) != packages:
        sys.exit(f"importable: {sorted(found)}, expected: {sorted(packages)}")
    if "zonda-tornado" in expected:
        importlib.import_module("tornado")
    print("installed:", *sorted(expected))


if __name__ == "__main__":
    main(*sys.argv[1:])
