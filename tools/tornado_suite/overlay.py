"""``tornado.test`` from a wheel, beside whatever ``tornado`` is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

#: The release whose interface is implemented.
REQUIREMENT = "tornado>=6.5,<6.6"

# Reaches child processes, too: some tests start programs that import tornado.test.
SITE = """
import os, sys
from importlib.util import spec_from_file_location


class TestFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "tornado.test":
            return None
        directory = os.environ["TORNADO_TEST_DIRECTORY"]
        return spec_from_file_location(
            name,
            os.path.join(directory, "__init__.py"),
            submodule_search_locations=[directory],
        )


sys.meta_path.insert(0, TestFinder)
"""


class Overlay:
    """The tests, unpacked in *directory*.

    :ivar version: of the Tornado that they are from.
    """

    def __init__(self, directory: Path) -> None:
        wheel = self._download(directory)
        self.version = wheel.name.split("-")[1]
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith("tornado/test/")]
            archive.extractall(directory, names)
        self.tests = directory / "tornado" / "test"
        self.site = directory / "site"
        self.site.mkdir()
        (self.site / "sitecustomize.py").write_text(SITE, encoding="utf-8")

    @staticmethod
    def _download(directory: Path) -> Path:
        # The tests are the same in every wheel; this one surely exists.
        platform = ["--python-version=3.13", "--abi=abi3", "--platform=manylinux_2_28_x86_64"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *platform]
        arguments = ["--only-binary=:all:", f"--dest={directory}", REQUIREMENT]
        subprocess.run([*command, *arguments], check=True)
        (wheel,) = directory.glob("tornado-*.whl")
        return wheel

    def modules(self) -> list[str]:
        """The names of the test modules."""
        return sorted(path.stem for path in self.tests.glob("*_test.py"))

    def environment(self) -> dict[str, str]:
        """What a process needs to find the tests."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PY")}
        return {
            **kept,
            "PYTHONPATH": str(self.site),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TORNADO_TEST_DIRECTORY": str(self.tests),
            "NO_NETWORK": "1",
            "ZONDA_UVLOOP": "0",
        }
