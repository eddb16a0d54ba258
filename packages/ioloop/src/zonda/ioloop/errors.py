"""What can go wrong with an IOLoop, by whose fault it was.

::

    IOLoopError
    ├── HandlerExistsError    (ValueError)    the descriptor has a handler already
    ├── LoopStoppedError      (RuntimeError)  `stop` was called before the result was there
    └── MissingExtraError     (ImportError)   an optional dependency is not installed
"""

from __future__ import annotations


class IOLoopError(Exception):
    """The root of this package's errors."""


class HandlerExistsError(IOLoopError, ValueError):
    """A descriptor was given a second handler; change the first one with ``update_handler``."""


class LoopStoppedError(IOLoopError, RuntimeError):
    """The loop was stopped before the awaited result was there."""


class MissingExtraError(IOLoopError, ImportError):
    """An optional dependency is needed here and cannot be imported; the message names the extra."""
