"""``python -m tools.tornado_apps``: start the programs, import the libraries."""

from __future__ import annotations

import importlib
import sys
import tempfile
import warnings
from pathlib import Path

from zonda.tornado import examine

from . import flower, jupyter

#: Libraries for Tornado whose modules must at least be importable.
LIBRARIES = ("bokeh.server.server", "distributed", "sockjs.tornado", "terminado")


def main() -> int:
    """Do all of it; 0 if nothing failed."""
    wrong = [finding.text for finding in examine() if finding.level == "error"]
    if wrong:
        print("\n".join(wrong))
        return 1
    for name, check in {"jupyter_server": jupyter.check, "flower": flower.check}.items():
        with tempfile.TemporaryDirectory() as directory:
            print(f"{name}: {', '.join(check(Path(directory)))}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for library in LIBRARIES:
            importlib.import_module(library)
            print(f"{library}: imported")
    return 0


if __name__ == "__main__":
    sys.exit(main())
