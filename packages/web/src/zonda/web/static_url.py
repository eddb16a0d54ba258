"""The URLs of static files, with versions: a part that changes with the file's content.

A URL with a version can be cached for ever; the version is a hash, worked out once and again when
the file is another.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from . import development
from .file_identity import Identity, identity

if TYPE_CHECKING:
    from .handler import RequestHandler

# Files whose version is remembered: a site has some hundreds.
MAX_REMEMBERED = 10_000

_READ_SIZE = 64 * 1024


# Seconds for which `remembered_version` does not ask the disk again.
FRESH = 1.0


class _Known(NamedTuple):
    identity: Identity
    version: str


_versions: dict[str, _Known] = {}
_checked: dict[str, float] = {}
_lock = threading.Lock()


def file_version(path: str) -> str | None:
    """The version of the file at *path*, 128 hexadecimal digits; None if it cannot be read.

    It is the one that Tornado gives the file, so that servers of both kinds can share a site.

    Reading and hashing happens once per change of the file.
    """
    try:
        status = os.stat(path)
        known = _versions.get(path)
        if known and known.identity == identity(status):
            return known.version
        hasher = hashlib.sha512(usedforsecurity=False)
        with open(path, "rb") as file:
            while chunk := file.read(_READ_SIZE):
                hasher.update(chunk)
    except OSError:
        return None
    version = hasher.hexdigest()
    with _lock:
        if len(_versions) >= MAX_REMEMBERED:
            _versions.clear()
            _checked.clear()
        _versions[path] = _Known(identity(status), version)
    return version


def known_version(path: str, status: os.stat_result) -> str | None:
    """The version of the file at *path*, if it was worked out for what *status* says."""
    known = _versions.get(path)
    if known and known.identity == identity(status):
        return known.version
    return None


def remembered_version(path: str) -> str | None:
    """`file_version`, for use while a page is rendered: the disk is asked once a second at most."""
    now = time.monotonic()
    known = _versions.get(path)
    if known is not None and now - _checked.get(path, -FRESH) < FRESH:
        return known.version
    version = file_version(path)
    _checked[path] = now
    return version


def forget_versions() -> None:
    """Work every version out anew."""
    with _lock:
        _versions.clear()
        _checked.clear()


def url_of(
    handler: RequestHandler, path: str, include_host: bool | None, options: dict[str, object]
) -> str:
    """See `RequestHandler.static_url`."""
    handler.require_setting("static_path", "static_url")
    handler_class = handler.application.static_handler_class()
    if include_host is None:
        include_host = bool(getattr(handler, "include_host", False))
    base = f"{handler.request.protocol}://{handler.request.host}" if include_host else ""
    return base + handler_class.make_static_url(handler.settings, path, **options)  # type: ignore[arg-type]  # checked there


development.on_change(forget_versions)
