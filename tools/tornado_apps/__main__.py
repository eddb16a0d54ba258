"""``python -m tools.tornado_apps``: start the programs, import the libraries."""

from __future__ import annotations

import importlib
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

from zonda.tornado import examine

from . import flower, instrumented, jupyter, pages

#: Libraries for Tornado whose modules must at least be importable.
LIBRARIES = ("bokeh.server.server", "distributed", "sockjs.tornado", "terminado")


def main() -> int:
    """Do all of it; 0 if nothing failed."""
    wrong = [finding.text for finding in examine() if finding.level == "error"]
    if wrong:
        print("\n".join(wrong))
        return 1
    checks: dict[str, Callable[[Path], list[str]]] = {
        "jupyter_server": jupyter.check,
        "flower": flower.check,
        **{name: partial(pages.check, name) for name in pages.PROGRAMS},
    }
    for name, check in checks.items():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
            print(f"{name}: {', '.join(check(Path(directory)))}", flush=True)
    for name in instrumented.TOOLS:
        instrumented.check(name)
        print(f"{name}: sees requests and their errors", flush=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for library in LIBRARIES:
            importlib.import_module(library)
            print(f"{library}: imported")
    return 0


if __name__ == "__main__":
    sys.exit(main())
