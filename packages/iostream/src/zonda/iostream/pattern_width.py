"""How many bytes a match of a regular expression can have at most; no I/O.

With that number a search can go on where it stopped: only so many of the last bytes can be the
beginning of a match.  The answer is read off CPython's own parse of the pattern.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
from typing import Any

# What makes a match depend on bytes outside of it.
_LOOKS_AROUND = frozenset({"ASSERT", "ASSERT_NOT", "AT"})


@functools.lru_cache(maxsize=256)
def longest_match(pattern: re.Pattern[bytes]) -> int | None:
    """The greatest number of bytes a match has, None when nothing bounds it or it is unknown."""
    try:
        parsed: Any = importlib.import_module("re._parser").parse(pattern.pattern, pattern.flags)
        _, longest = parsed.getwidth()
    except (ImportError, AttributeError):  # another Python than CPython
        return None
    if longest >= sys.maxsize or _looks_around(parsed):
        return None
    return max(1, int(longest))


def _looks_around(node: Any) -> bool:
    if isinstance(node, tuple | list) or hasattr(node, "data"):
        return any(_looks_around(part) for part in node)
    return str(node) in _LOOKS_AROUND
