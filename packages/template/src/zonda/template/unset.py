"""What stands for a value that was not given, where ``None`` is a value."""

from __future__ import annotations

from enum import Enum


class Unset(Enum):
    """The type of :data:`UNSET`."""

    UNSET = "not given"


UNSET = Unset.UNSET
