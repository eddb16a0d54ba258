"""Who is asking: `authenticated` and where login leads."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode, urlsplit

from .errors import HTTPError

if TYPE_CHECKING:
    from .handler import RequestHandler

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


def _with_next(handler: RequestHandler, url: str) -> str:
    if "?" in url:
        return url
    wanted = handler.request.full_url() if urlsplit(url).scheme else handler.request.uri
    return f"{url}?{urlencode({'next': wanted})}"
