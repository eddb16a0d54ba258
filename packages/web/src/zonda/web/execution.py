"""How a handler runs: prepared, called, finished.

A handler whose methods do not suspend is answered inside the callback that brought its request, and
no task is made.  One with a coroutine runs its first step there too; if it suspends, the rest runs
in a task.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import unquote_to_bytes

from zonda.http import HTTPInputError
from zonda.ioloop import eager

from . import error_pages, outgoing_cookies
from .errors import HTTPError
from .xsrf import UNSAFE_METHODS

if TYPE_CHECKING:
    from .handler import RequestHandler
    from .path_patterns import Converter
    from .route_table import Route

Verb = Callable[..., Awaitable[None] | None]
Args = tuple[object, ...]
Named = Mapping[str, object]

_NOTHING: Final[Named] = {}

_VERBS: Final = {
    name: name.lower() for name in ("GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS")
}


def run(handler: RequestHandler, route: Route) -> None:
    """Run *handler* from `prepare` to `finish`."""
    try:
        verb, args, named = find_verb(handler, route)
        prepared = handler.prepare()
        if prepared is not None:
            start(_prepare_and_call(handler, prepared, verb, args, named))
            return
        if handler._finished:
            return
        result = verb(*args, **named)
        if result is not None:
            start(_conclude(handler, result))
        elif handler._auto_finish and not handler._finished:
            handler.finish()
    except Exception as error:
        fail(handler, error)


def find_verb(handler: RequestHandler, route: Route) -> tuple[Verb, Args, Named]:
    """The method that answers the request, and its arguments.

    :raises HTTPError: 405 for a method that the handler has not, 403 for a forged request.
    """
    name = handler.request.method or ""
    if name not in handler.SUPPORTED_METHODS:
        raise HTTPError(405)
    verb = getattr(handler, _VERBS.get(name) or name.lower())
    if name in UNSAFE_METHODS:
        _check_forgery(handler)
    if route.args or route.named:
        return verb, *_decode(handler, route)
    return verb, (), _NOTHING


def fail(handler: RequestHandler, error: BaseException) -> None:
    """End a request whose handler raised; nothing that goes wrong here leaves it unanswered."""
    if isinstance(error, HTTPInputError):
        error = HTTPError(error.status, "%s", error)
    try:
        error_pages.handle(handler, error)
    except Exception:
        error_pages.app_log.exception("Uncaught exception while answering an error")
        abort = getattr(handler.request.connection, "abort", None)
        if abort is not None:
            abort()


def start(coroutine: Coroutine[object, object, None]) -> None:
    """Run the first step of *coroutine* now, and the rest, if it suspends, in a task."""
    eager.start(coroutine)


def async_callback(
    handler: RequestHandler, callback: Callable[..., object], *args: object, **kwargs: object
) -> Callable[..., None]:
    """*callback* with first arguments, answering with an error page if it raises."""

    @functools.wraps(callback)
    def wrapper(*more: object, **named: object) -> None:
        try:
            callback(*args, *more, **{**kwargs, **named})
        except Exception as error:
            fail(handler, error)

    return wrapper


async def _prepare_and_call(
    handler: RequestHandler, prepared: Awaitable[None], verb: Verb, args: Args, named: Named
) -> None:
    try:
        await prepared
        if not handler._finished:
            await call(handler, verb, args, named)
    except Exception as error:
        fail(handler, error)


async def call(handler: RequestHandler, verb: Verb, args: Args, named: Named) -> None:
    """Run the method of the verb, and finish the request if it did not."""
    result = verb(*args, **named)
    if result is not None:
        await result
    if handler._auto_finish and not handler._finished:
        handler.finish()


async def _conclude(handler: RequestHandler, result: Awaitable[None]) -> None:
    try:
        await result
        if handler._auto_finish and not handler._finished:
            handler.finish()
    except Exception as error:
        fail(handler, error)


def _check_forgery(handler: RequestHandler) -> None:
    settings = handler.application.settings
    if settings.get("cross_origin_protection"):
        outgoing_cookies.check_origin(handler)
    if settings.get("xsrf_cookies"):
        handler.check_xsrf_cookie()


def _decode(handler: RequestHandler, route: Route) -> tuple[Args, Named]:
    """The groups of the path as the handler gets them; see `Route.args`."""
    args = route.args
    named = route.named
    for value in args or named.values():
        if handler._has_decode_argument or type(value) is not str or "%" in value:
            args = tuple([_decode_one(handler, value) for value in args])
            named = {name: _decode_one(handler, value) for name, value in named.items()}
            break
    if route.converters is not None:
        named = _convert(named, route.converters)
    handler.path_args = args
    handler.path_kwargs = named
    return args, named


def _decode_one(handler: RequestHandler, value: object) -> object:
    if isinstance(value, str):
        return handler.decode_argument(unquote_to_bytes(value))
    return handler.decode_argument(value) if isinstance(value, bytes) else value


def _convert(named: Named, converters: Mapping[str, Converter]) -> Named:
    """Typed arguments.

    :raises HTTPError: 404; a converter does not know the value.
    """
    try:
        return {name: converters[name].parse(cast(str, text)) for name, text in named.items()}
    except ValueError:
        raise HTTPError(404) from None
