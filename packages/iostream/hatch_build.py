"""Compiles the C functions of this package into a platform wheel: ``ZONDA_COMPILE=1 pip wheel .``.

Without that variable nothing happens, and the wheel is a pure one, for which no compiler is needed.
The objects and the library stay in a temporary directory: a library in ``src/`` would be used by
editable installs, long after its source has changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SETUP = """
import sys
from setuptools import Extension, setup
module, target, *sources = sys.argv[1:]
flags = ["/O2"] if sys.platform == "win32" else ["-O3", "-g0"]
setup(
    name=module,
    ext_modules=[Extension(module, sources, extra_compile_args=flags)],
    script_args=["--quiet", "build_ext", "--build-lib", target, "--build-temp", target + "-o"],
)
"""


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the extension module ``module``, made of ``native/*.c``, to a wheel."""

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling."""
        return ["setuptools>=77"] if _is_wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the wheel is to be a pure one or an editable one."""
        if not _is_wanted() or version == "editable":
            return
        module = str(self.config["module"])
        if sysconfig.get_config_var("Py_GIL_DISABLED"):
            raise RuntimeError(f"{module} is only for a Python with the global interpreter lock")
        self._directory = tempfile.TemporaryDirectory(prefix="zonda-")
        library = Path(self._directory.name, "library").resolve()
        sources = sorted(str(path) for path in Path(self.root, "native").glob("*.c"))
        command = [sys.executable, "-c", SETUP, module, str(library), *sources]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(
                f"{module} cannot be compiled; this needs a C compiler and the headers of Python "
                f"{sys.version_info.major}.{sys.version_info.minor}.  Without ZONDA_COMPILE=1 the "
                f"wheel is a pure one, which needs neither.\n{done.stdout}{done.stderr}"
            )
        for path in library.rglob("_native*"):
            build_data["force_include"][str(path)] = path.relative_to(library).as_posix()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is made: the library is not needed any more."""
        if hasattr(self, "_directory"):
            self._directory.cleanup()


def _is_wanted() -> bool:
    return os.environ.get("ZONDA_COMPILE", "") not in ("", "0")
