"""Waits until something in some directories may have changed.

The operating system tells (through watchfiles).  Where it cannot, because its limit of watches is
reached or the file system sends no events, time passes instead and the caller compares.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from threading import Event

from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

logger = logging.getLogger("zonda.autoreload")

# Writing a file is several events: they are over when nothing came for this long.
QUIET_MS = 50
# ... and a directory where something happens all the time is looked at after this long.
BUSY_MS = 400

_NOT_FORCED = {"", "false", "disable", "disabled"}


class Notifier:
    """Follows a set of directories, which may be another one at every call."""

    def __init__(self) -> None:
        self._directories: Mapping[str, int] | None = None
        self._system: RustNotify | None = None
        # The variable that watchfiles documents for file systems without events.
        forced = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower()
        self._polling = forced not in _NOT_FORCED

    def wait(self, directories: Mapping[str, int], seconds: float, stop: Event) -> bool:
        """Wait for an event, at most for *seconds*.

        True when the caller has to compare: after an event, when the directories are other ones
        than before (what happened up to now was not seen), and always without help of the system.
        """
        if not self._polling and directories != self._directories:
            self._follow(directories)
            if self._system is not None:
                return True
        if self._system is None:
            stop.wait(seconds)
            return True
        happened = self._system.watch(BUSY_MS, QUIET_MS, max(1, round(seconds * 1000)), stop)
        if not isinstance(happened, set):
            return False
        if any(path in directories for _, path in happened):
            # It may have been replaced, by one that even has its inode: follow that.
            self._directories = None
        return True

    def close(self) -> None:
        """Stop following."""
        self._directories = None
        if self._system is not None:
            self._system.close()
            self._system = None

    def _follow(self, directories: Mapping[str, int]) -> None:
        self.close()
        readable = [name for name in sorted(directories) if os.access(name, os.R_OK)]
        try:
            # No debugging output, no polling, no subdirectories, no swallowing of errors.
            self._system = RustNotify(readable, False, False, 0, False, False)
            self._directories = dict(directories)
        except FileNotFoundError:
            return  # one of them has just been deleted: the next call comes with other ones
        except (OSError, WatchfilesRustInternalError) as error:
            logger.warning("The system does not report changes (%s): comparing files", error)
            self._polling = True
