"""The static files that are served, by every server from one directory."""

from __future__ import annotations

import tempfile
from pathlib import Path

SMALL = b"a file of 8 KiB\n" * 512
LARGE = b"a file of 1 MiB\n" * 65536
DIRECTORY = Path(tempfile.gettempdir()) / "zonda-benchmark-files"


def directory() -> Path:
    """Where the files are; they are made if they are not there."""
    DIRECTORY.mkdir(exist_ok=True)
    for name, content in (("small.txt", SMALL), ("large.bin", LARGE)):
        path = DIRECTORY / name
        if not path.exists() or path.stat().st_size != len(content):
            path.write_bytes(content)
    return DIRECTORY
