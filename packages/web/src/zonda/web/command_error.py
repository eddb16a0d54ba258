"""What the command says in one line instead of a traceback."""

from __future__ import annotations

from typing import Final

# Exit statuses, beside 0: something failed, or the command line makes no sense.
FAILED: Final = 1
MISTAKE: Final = 2


class CommandError(Exception):
    """The command cannot be carried out; the message is for who wrote it.

    :ivar status: the exit status.
    """

    def __init__(self, message: str, status: int = MISTAKE) -> None:
        super().__init__(message)
        self.status = status
