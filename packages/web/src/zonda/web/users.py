"""Who is asking: `authenticated` and where login leads."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar, cast

from .errors import HandlerStateError, HTTPError

if TYPE_CHECKING:
    from .handler import RequestHandler

UNASKED: Final = object()
"""The user of a handler that has not been asked for yet."""

H = TypeVar("H", bound="RequestHandler")
P = ParamSpec("P")
R = TypeVar("R")


def authenticated(
    method: Callable[Concatenate[H, P], R],
) -> Callable[Concatenate[H, P], R | None]:
    """Let only users in: others are sent to the login page, or get 403 if they do more than read.

    The login page gets where the user wanted to go as the argument ``next``.
    """

    @functools.wraps(method)
    def wrapper(self: H, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        if self.current_user:
            return method(self, *args, **kwargs)
        if self.request.method not in ("GET", "HEAD"):
            raise HTTPError(403)
        self.redirect(_with_next(self, self.get_login_url()))
        return None

    return wrapper


def ask(handler: RequestHandler) -> object:
    """The user, by a look-up that does not wait.

    :raises HandlerStateError: the look-up is a coroutine that was not awaited yet.
    """
    if handler._has_async_user:
        raise HandlerStateError(
            "get_current_user() is a coroutine, which is awaited before prepare(); until then "
            "there is no current_user"
        )
    return handler.get_current_user()


async def look_up(handler: RequestHandler) -> None:
    """Await the user, where `RequestHandler.get_current_user` is a coroutine."""
    if handler._has_async_user and handler._current_user is UNASKED:
        # Past the property, which a subclass may have replaced by one that cannot be set.
        handler._current_user = await cast("Awaitable[object]", handler.get_current_user())


def _with_next(handler: RequestHandler, url: str) -> str:
    from urllib.parse import urlencode, urlsplit

    if "?" in url:
        return url
    wanted = handler.request.full_url() if urlsplit(url).scheme else handler.request.uri
    return f"{url}?{urlencode({'next': wanted})}"
