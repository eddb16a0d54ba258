"""Decorators for handlers and their methods."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from .errors import HTTPError

if TYPE_CHECKING:
    from .handler import RequestHandler

P = ParamSpec("P")
H = TypeVar("H", bound="RequestHandler")
R = TypeVar("R")
HandlerClass = TypeVar("HandlerClass", bound="type[RequestHandler]")


def stream_request_body(cls: HandlerClass) -> HandlerClass:
    """Give a handler its request before the body is there.

    `prepare` is called when the head has arrived, `data_received` with each piece of the body, and
    the verb's method at its end.  ``request.body`` stays empty, and so do the form arguments.
    ``self.request.connection.set_max_body_size(n)`` in `prepare` changes the limit.
    """
    cls._streams_body = True
    return cls


def asynchronous(method: Callable[Concatenate[H, P], R]) -> Callable[Concatenate[H, P], R]:
    """Leave the request open when the method returns; something calls `finish` later.

    What a callback of such a handler raises is answered with an error page if it was wrapped with
    `async_callback`.  New code has coroutines instead.
    """

    @functools.wraps(method)
    def wrapper(self: H, /, *args: P.args, **kwargs: P.kwargs) -> R:
        self._auto_finish = False
        return method(self, *args, **kwargs)

    return wrapper


def removeslash(method: Callable[Concatenate[H, P], R]) -> Callable[Concatenate[H, P], R | None]:
    """Redirect ``/path/`` to ``/path``; for routes like ``r"/path/*"``."""

    @functools.wraps(method)
    def wrapper(self: H, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        path = self.request.path
        if not path.endswith("/") or path == "/":
            return method(self, *args, **kwargs)
        _redirect(self, path.rstrip("/") or "/")
        return None

    return wrapper


def addslash(method: Callable[Concatenate[H, P], R]) -> Callable[Concatenate[H, P], R | None]:
    """Redirect ``/path`` to ``/path/``; for routes like ``r"/path/?"``."""

    @functools.wraps(method)
    def wrapper(self: H, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        path = self.request.path
        if path.endswith("/"):
            return method(self, *args, **kwargs)
        _redirect(self, path + "/")
        return None

    return wrapper


def _redirect(handler: RequestHandler, path: str) -> None:
    if handler.request.method not in ("GET", "HEAD"):
        raise HTTPError(404)
    # A path with two slashes first would be taken for the name of another host.
    url = "/" + path.lstrip("/\\")
    query = handler.request.query
    handler.redirect(f"{url}?{query}" if query else url, permanent=True)
