"""Log lines about TLS handshakes that failed: a few, since strangers decide how many there are.

Without any, nobody would learn that a certificate has expired or that a proxy speaks no TLS; with
one for each, whoever can connect could fill the log.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger("zonda.general")

#: Lines in a `WINDOW`; what else happens in it is only counted.
MAX_LINES: Final = 20
#: Seconds.
WINDOW: Final = 60.0


class FailedHandshakes:
    """Writes the first lines of each window, and how many it left out of the one before.

    :param clock: gives the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = 0.0
        self._count = 0

    def note(self, error: BaseException) -> None:
        """A handshake has ended with *error*: an `ssl.SSLError` is worth a line.

        That a peer is gone or silent happens all the time, and is seen at the level DEBUG only.
        """
        if not isinstance(error, ssl.SSLError):
            log.debug("A connection ended before its TLS handshake: %s", error)
            return
        now = self._clock()
        if not self._count or now - self._began > WINDOW:
            left_out = self._count - MAX_LINES
            if left_out > 0:
                log.warning("SSL Error: %d more within %d seconds", left_out, WINDOW)
            self._began = now
            self._count = 0
        self._count += 1
        if self._count <= MAX_LINES:
            log.warning("SSL Error: %s", error)


log_failed_handshake: Final = FailedHandshakes().note
"""Note a handshake that failed, for all of this process."""
