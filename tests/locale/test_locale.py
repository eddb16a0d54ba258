"""Importing the package is cheap: it pulls in nothing that only some programs need."""

from __future__ import annotations

import subprocess
import sys

import pytest

import zonda.locale

HEAVY = (
    "argparse",
    "asyncio",
    "babel",
    "csv",
    "dataclasses",
    "gettext",
    "inspect",
    "logging",
    "socket",
)


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; before = set(sys.modules); import zonda.locale; "
        f"print(sorted({{*{HEAVY}}} & (set(sys.modules) - before)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", zonda.locale.__all__)
def test_public_names_are_there(name: str) -> None:
    assert hasattr(zonda.locale, name)


def test_public_names_are_sorted() -> None:
    names = zonda.locale.__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))
