"""What the mixins call on the handler that they are mixed into.

A handler of ``zonda.web`` has all of it, and so can one of another framework: this package does not
need a web server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast


class AuthRequest(Protocol):
    """The request that a handler answers.

    :ivar uri: the request target; the secrets in it are replaced once they have been read, so that
        no log has them.
    """

    uri: str | None

    @property
    def protocol(self) -> str:
        """``http`` or ``https``."""

    @property
    def arguments(self) -> Mapping[str, list[bytes]]:
        """The arguments of query and form."""

    @property
    def cookies(self) -> Mapping[str, Any]:
        """The cookies by name."""

    def full_url(self) -> str:
        """The URL of the request."""


class AuthHandler(Protocol):
    """A handler that logs people in."""

    @property
    def request(self) -> AuthRequest:
        """The request that it answers."""

    @property
    def settings(self) -> Mapping[str, object]:
        """The settings of the application."""

    def require_setting(self, name: str, feature: str) -> object:
        """A setting, or an error that says what for it is needed."""

    def set_cookie(self, name: str, value: str, *, path: str, **attributes: Any) -> None:
        """Give the client a cookie."""

    def redirect(self, url: str) -> None:
        """Send the client to *url*, and finish."""

    def async_callback(self, callback: Callable[..., object]) -> Callable[..., None]:
        """*callback*, answering with an error page if it raises."""


def handler_of(mixin: object) -> AuthHandler:
    """The handler that a mixin is part of."""
    return cast(AuthHandler, mixin)


def argument(handler: AuthHandler, name: str) -> str | None:
    """The last value of an argument of the request, or None.

    Unlike a handler's own ``get_argument`` it keeps white space, which no token has by accident,
    and it takes what is no UTF-8 for absent.
    """
    values = handler.request.arguments.get(name)
    try:
        return values[-1].decode("utf-8") if values else None
    except UnicodeDecodeError:
        return None
