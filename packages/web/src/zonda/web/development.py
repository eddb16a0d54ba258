"""The time of development: what changes on the disk is seen at once.

Code that changes restarts the process.  Templates, translations and static files are read anew
without that; either way the pages that are open load themselves again.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from zonda.iostream import task_id

from .errors import SettingError
from .paths import absolute

if TYPE_CHECKING:
    from .application import Application

log = logging.getLogger("zonda.general")

EXTRA: Final = 'pip install "zonda-web[debug]"'

# What forgets the former files, and what tells about the new ones; by whoever has some.
_forgetting: list[Callable[[], object]] = []
_telling: list[Callable[[], object]] = []
_watched: set[str] = set()
_watching = False


@functools.cache
def is_installed() -> bool:
    """Whether the extra is; without it debug mode only shows errors."""
    from importlib.util import find_spec

    return find_spec("zonda.autoreload") is not None


def set_defaults(settings: dict[str, object]) -> None:
    """What ``debug`` stands for, unless settings say otherwise.

    ``autoreload`` needs the extra ``debug`` of zonda-web.
    """
    if settings.get("debug"):
        settings.setdefault("serve_traceback", True)
        settings.setdefault("compiled_template_cache", False)
        settings.setdefault("static_hash_cache", False)
        settings.setdefault("autoreload", is_installed())


def on_change(forget: Callable[[], object], *, tell: bool = False) -> None:
    """Have *forget* called when files have changed; with *tell* after all others."""
    (_telling if tell else _forgetting).append(forget)


def start(application: Application) -> None:
    """Watch the files of *application*, and the modules of the program.

    :raises SettingError: the extra ``debug`` is not installed.
    """
    global _watching
    if task_id() is not None:
        log.warning("autoreload is off: it is for one process, and this is one of several workers")
        return
    if not is_installed():
        raise SettingError(f"the setting 'autoreload' needs the extra: {EXTRA}")
    from zonda import autoreload
    from zonda.locale import translation_files

    _watching = True
    settings = application.settings
    if settings.get("autoreload"):
        # Not before: on a server of others, which does not start us, no page would ever be told.
        settings.setdefault("live_reload", True)
    for name in ("template_path", "static_path"):
        watch(settings.get(name))
    watch(getattr(settings.get("template_loader"), "root", None))
    for path in translation_files():
        watch(os.path.dirname(path))
    autoreload.start()


def watch(directory: object) -> None:
    """Watch a directory of files that are not modules, once; anything else is ignored."""
    if not _watching or not isinstance(directory, str | os.PathLike):
        return
    from zonda import autoreload

    path = absolute(os.fspath(directory))
    if path not in _watched:
        _watched.add(path)
        autoreload.watch(path, _changed)


async def _changed(files: list[str]) -> None:
    """Some files that are not modules have changed."""
    from zonda.locale import reload_changed

    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    log.debug("%s%s changed", files[0], more)
    await asyncio.to_thread(reload_changed)
    for call in (*_forgetting, *_telling):
        call()
