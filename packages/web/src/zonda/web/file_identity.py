"""Which bytes are at a path, as far as the disk says it without reading them."""

from __future__ import annotations

import os

Identity = tuple[int, int, int, int, int]


def identity(status: os.stat_result) -> Identity:
    """What is another for other bytes.

    Size and time of change alone are not: archives, images of containers and reproducible builds
    give files the times that they had elsewhere, or all the same one.
    """
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
