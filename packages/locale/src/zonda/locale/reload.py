"""Reading the translations again when a file has changed, for the time of development."""

from __future__ import annotations

from . import registry
from .problems import Problem, report

RELOAD_INTERVAL = 1.0
"""Seconds between two looks at the files: a translator who saves a file and turns to the browser
sees the new text."""


def translation_files() -> list[str]:
    """The paths of the files that the translations were loaded from."""
    return [stamp.path for stamp in registry.current().stamps]


def reload_changed() -> bool:
    """Load the translations again if a file was changed, added or removed since.

    Locales that were given out before keep the old texts; :func:`get` gives the new ones.  This
    looks at the files, so it blocks: in a server use :func:`reload_on_change`.

    :returns: whether there was a change
    """
    loaded = registry.current()
    if loaded.source is None:
        return False
    stamps = registry.take_stamps(loaded.source)
    if stamps == loaded.stamps:
        return False
    try:
        registry.load(loaded.source)
    except OSError as error:
        loaded.stamps = stamps
        report(str(error.filename), [Problem(0, f"cannot be read ({error.strerror})")])
        return False
    return True


async def reload_on_change(interval: float = RELOAD_INTERVAL) -> None:
    """Call :func:`reload_changed` in a thread again and again, until the task is cancelled.

    :param interval: seconds between two looks
    """
    import asyncio

    while True:
        await asyncio.to_thread(reload_changed)
        await asyncio.sleep(interval)
