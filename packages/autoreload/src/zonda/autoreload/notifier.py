"""Waits until something in some directories may have changed.

The operating system tells (through watchfiles).  Where it cannot, because its limit of watches is
reached, time passes instead and the caller compares.  What the system tells may be lost on the way,
and some file systems send nothing: after a while without news the caller compares, too.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from threading import Event

from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

logger = logging.getLogger("zonda.autoreload")

# Writing a file is several events: they are over when nothing came for this long.
QUIET_MS = 50
# ... and a directory where something happens all the time is looked at after this long.
BUSY_MS = 400
# Seconds without news after which files are compared all the same.
UNTOLD = 5.0

_NOT_FORCED = {"", "false", "disable", "disabled"}


class Notifier:
    """Follows a set of directories, which may be another one at every call."""

    def __init__(self) -> None:
        self._directories: Mapping[str, int] | None = None
        self._system: RustNotify | None = None
        self._compared = time.monotonic()
        # The variable that watchfiles documents for file systems without events.
        forced = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower()
        self._polling = forced not in _NOT_FORCED

    def wait(self, directories: Mapping[str, int], seconds: float, stop: Event) -> bool:
        """Wait for an event, at most for *seconds*.

        True when the caller has to compare: after an event, when the directories are other ones
        than before (what happened up to now was not seen), when nothing was heard for long, and
        always without help of the system.
        """
        happened = self._happens(directories, seconds, stop)
        if happened or time.monotonic() - self._compared > UNTOLD:
            self._compared = time.monotonic()
            return True
        return False

    def close(self) -> None:
        """Stop following."""
        self._directories = None
        if self._system is not None:
            self._system.close()
            self._system = None

    def _happens(self, directories: Mapping[str, int], seconds: float, stop: Event) -> bool:
        if not self._polling and directories != self._directories:
            self._follow(directories)
            if self._system is not None:
                return True
        if self._system is None:
            stop.wait(seconds)
            return True
        try:
            told = self._system.watch(BUSY_MS, QUIET_MS, max(1, round(seconds * 1000)), stop)
        except WatchfilesRustInternalError as error:  # it cannot tell a name that is not UTF-8
            logger.debug("What the system reports cannot be read: %s", error)
            self.close()
            return True
        if not isinstance(told, set):
            return False
        if any(path in directories for _, path in told):
            # It may have been replaced, by one that even has its inode: follow that.
            self._directories = None
        return True

    def _follow(self, directories: Mapping[str, int]) -> None:
        self.close()
        try:
            readable = [name for name in sorted(directories) if _can_be_followed(name)]
            # No debugging output, no polling, no subdirectories, no swallowing of errors.
            self._system = RustNotify(readable, False, False, 0, False, False)
            self._directories = dict(directories)
        except (FileNotFoundError, NotADirectoryError):
            return  # one of them has just been deleted: the next call comes with other ones
        except (OSError, WatchfilesRustInternalError) as error:
            logger.warning("The system does not report changes (%s): comparing files", error)
            self._polling = True


def _can_be_followed(directory: str) -> bool:
    """Whether watchfiles takes this directory.

    :raises OSError: when it is not there: that it will be in a moment is no reason to leave it out
    """
    try:
        os.scandir(directory).close()
        directory.encode()
    except (PermissionError, UnicodeEncodeError):
        return False
    return True
