"""What a handler raises, and what it can do wrong."""

from __future__ import annotations

from zonda.http import REASONS


class WebError(Exception):
    """The root of this package's errors."""


class HTTPError(WebError):
    """Ends the request with an error page.

    >>> raise HTTPError(404, "no article %d", 7)
    Traceback (most recent call last):
        ...
    zonda.web.errors.HTTPError: HTTP 404: Not Found (no article 7)

    :ivar status_code: the status of the answer.
    :ivar log_message: for the log, and for the page in debug mode only; formatted with *args*.
    :ivar reason: the reason of the status line, where it is not the standard one.
    """

    def __init__(
        self,
        status_code: int = 500,
        log_message: str | None = None,
        *args: object,
        reason: str | None = None,
    ) -> None:
        super().__init__(status_code, log_message, *args)
        self.status_code = status_code
        self.log_message = log_message
        self.args = args
        self.reason = reason

    def get_message(self) -> str | None:
        """The log message with its arguments."""
        if self.log_message is None:
            return None
        return self.log_message % self.args if self.args else self.log_message

    def __str__(self) -> str:
        reason = self.reason or REASONS.get(self.status_code, "Unknown")
        message = self.get_message()
        return f"HTTP {self.status_code}: {reason}" + (f" ({message})" if message else "")


class MissingArgumentError(HTTPError):
    """A required argument is not in the request: 400.

    :ivar arg_name: its name.
    """

    def __init__(self, arg_name: str) -> None:
        super().__init__(400, f"Missing argument {arg_name}")
        self.arg_name = arg_name


class Finish(WebError):
    """Ends the request without an error: what was written, or the one argument, is the answer."""


class HandlerStateError(WebError, RuntimeError):
    """A method of a handler was called when it could not be, such as `write` after `finish`."""


class ClientGoneError(WebError):
    """The client closed the connection before its request was complete."""


class SettingError(WebError, KeyError):
    """A setting of the application is missing."""

    def __str__(self) -> str:
        return str(self.args[0])
