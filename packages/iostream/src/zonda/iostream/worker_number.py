"""Which worker this process is."""

from __future__ import annotations

_number: int | None = None


def task_id() -> int | None:
    """The number of this worker process; None in the parent and where there are none."""
    return _number


def become(number: int) -> None:
    """This process is the worker with *number* from now on."""
    global _number
    _number = number
