"""What can go wrong with a stream.

::

    StreamError
    ├── StreamClosedError          it has ended; real_error says why, None after an orderly end
    │   └── UnsatisfiableReadError   ... because the read that waited can never succeed
    ├── StreamBufferFullError      more bytes than a buffer may hold
    ├── StreamBusyError            the caller's order is wrong: a second read, TLS in mid-read
    └── TooManyRestartsError       worker processes die again and again
        └── WorkerStartError         ... from the beginning: none has ever served
"""

from __future__ import annotations


class StreamError(Exception):
    """The root of this package's errors."""


class StreamClosedError(StreamError, OSError):
    """The stream is closed, or was closed while an operation waited for it.

    :ivar real_error: the error that closed the stream, or None after an orderly end.
    """

    def __init__(self, real_error: BaseException | None = None) -> None:
        detail = "" if real_error is None else f": {str(real_error) or repr(real_error)}"
        super().__init__(f"Stream is closed{detail}")
        self.real_error = real_error


class UnsatisfiableReadError(StreamClosedError):
    """The end of a message is not within ``max_bytes``; the stream was closed.

    It is a `StreamClosedError`, because that is what has become of the stream; what is done with
    the stream later fails with a `StreamClosedError` whose ``real_error`` is of this class.
    """

    def __init__(self, message: str, real_error: BaseException | None = None) -> None:
        super().__init__(real_error)
        self.args = (message,)


class StreamBufferFullError(StreamError):
    """More data than the stream's buffer may hold (``max_buffer_size``, …)."""


class StreamBusyError(StreamError, RuntimeError):
    """What was asked cannot start while something else is going on."""


class TooManyRestartsError(StreamError, RuntimeError):
    """Worker processes died so often that their parent has given up."""


class WorkerStartError(TooManyRestartsError):
    """A worker process ended before any of them served: the program cannot start."""
