"""How long a test may take."""

from __future__ import annotations

import os
from typing import Final

# Seconds: longer than any healthy test of one machine with itself.
DEFAULT_TIMEOUT: Final = 5.0

VARIABLE: Final = "ASYNC_TEST_TIMEOUT"


def get_async_test_timeout() -> float:
    """Seconds that an asynchronous test may take: 5, or what ``ASYNC_TEST_TIMEOUT`` says.

    :raises ValueError: the environment variable is no number of seconds above 0.
    """
    text = os.environ.get(VARIABLE)
    if text is None:
        return DEFAULT_TIMEOUT
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise ValueError(f"{VARIABLE} must be a number of seconds above 0, not {text!r}")
    return seconds
