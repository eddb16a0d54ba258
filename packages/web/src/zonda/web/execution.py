"""How a handler runs: prepared, called, finished.

A handler whose methods do not suspend is answered inside the callback that brought its request, and
no task is made.  One with a coroutine runs its first step there too; if it suspends, the rest runs
in a task.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from contextvars import Context
from types import CoroutineType, MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from zonda.escape import url_unescape
from zonda.http import HTTPInputError
from zonda.ioloop import eager
from zonda.iostream import READY, StreamClosedError

from . import error_pages, streaming, users
from .errors import HTTPError
from .streaming import Piece

if TYPE_CHECKING:
    from . import cross_origin
    from .handler import RequestHandler
    from .path_patterns import Converter
    from .route_table import Route
else:
    from .later import Later

    cross_origin = Later("cross_origin")

Result = Awaitable[None] | AsyncIterable[Piece]
Verb = Callable[..., Result | None]
Args = tuple[object, ...]
Named = Mapping[str, object]

# Runs the first step of a coroutine now, and the rest, if it suspends, in a task.
start = eager.start

NO_NAMES: Final[Named] = MappingProxyType({})
"""`RequestHandler.path_kwargs` of a path that has no named groups."""

# These change something, so a page of another site must not send them: RFC 9110 section 9.2.1.
_UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_NOTHING: Final[Named] = {}  # which a call takes faster

_VERBS: Final = {
    name: name.lower() for name in ("GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS")
}


def run(handler: RequestHandler, route: Route) -> None:
    """Run *handler* from `prepare` to `finish`."""
    try:
        verb, args, named = find_verb(handler, route)
        if handler._is_guarded:
            handler._task = start(_run_guarded(handler, verb, args, named))
            return
        prepared = handler.prepare()
        if prepared is not None:
            handler._task = start(prepare_and_call(handler, prepared, verb, args, named))
            return
        if handler._finished:
            return
        result = verb(*args, **named) if args or named else verb()
        if result is not None and result is not READY:
            started = start(conclude(handler, result))
            if not started.done():
                handler._task = started
        elif handler._auto_finish and not handler._finished:
            handler.finish()
    except Exception as error:
        fail(handler, error)


async def run_to_the_end(
    handler: RequestHandler, route: Route, failed: Callable[[Exception], object] | None = None
) -> None:
    """As `run`, but it can be awaited.

    :param failed: told of an exception, instead of `fail`.
    """
    try:
        verb, args, named = find_verb(handler, route)
        await within_limit(handler, _all_of_it(handler, verb, args, named))
    except Exception as error:
        if failed is not None:
            failed(error)
        else:
            fail(handler, error)


def find_verb(handler: RequestHandler, route: Route) -> tuple[Verb, Args, Named]:
    """The method that answers the request, and its arguments.

    :raises HTTPError: 405 for a method that the handler has not, 403 for a forged request.
    """
    name = handler.request.method or ""
    if name not in handler.SUPPORTED_METHODS:
        raise HTTPError(405)
    verb = getattr(handler, _VERBS.get(name) or name.lower())
    if name in _UNSAFE:
        _check_forgery(handler)
    if route.args or route.named:
        return verb, *decode(handler, route)
    return verb, (), _NOTHING


def is_unimplemented(verb: Verb) -> bool:
    """Whether the handler's class has not defined the method of this verb."""
    return getattr(verb, "__name__", "") == "_unimplemented_method"


def fail(handler: RequestHandler, error: BaseException) -> None:
    """End a request whose handler raised; nothing that goes wrong here leaves it unanswered."""
    if isinstance(error, StreamClosedError) and not _is_connected(handler):
        # Nobody is there who could be told.
        handler._finished = True
        return
    if isinstance(error, HTTPInputError):
        error = HTTPError(error.status, "%s", error)
    try:
        error_pages.handle(handler, error)
    except Exception:
        error_pages.app_log.exception("Uncaught exception while answering an error")
        abort = getattr(handler.request.connection, "abort", None)
        if abort is not None:
            abort()


def client_gone(handler: RequestHandler, context: Context) -> None:
    """The client went away before its answer was complete.

    :param context: of the request; what its coroutine has set is in the task's own.
    """
    task = handler._task
    try:
        own = None if task is None else eager.context_of(task)
        (context if own is None else own).run(handler.on_connection_close)
    finally:
        for watcher in handler._when_gone or ():
            watcher()
        if handler.cancel_on_disconnect and isinstance(task, asyncio.Task):
            handler._finished = True
            task.cancel()


def limit_of(handler_class: type[RequestHandler]) -> float | None:
    """The handler's limit in seconds; old programs use the name ``timeout`` for other things."""
    limit: object = handler_class.timeout
    is_number = isinstance(limit, int | float) and not isinstance(limit, bool)
    return limit if is_number and limit > 0 else None  # type: ignore[operator,return-value]  # a number


def _is_connected(handler: RequestHandler) -> bool:
    return bool(getattr(handler.request.connection, "is_open", True))


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


async def prepare(handler: RequestHandler) -> None:
    """Look the user up, if that takes waiting, and call `RequestHandler.prepare`."""
    if handler._has_async_user:
        await users.look_up(handler)
    prepared = handler.prepare()
    if prepared is not None:
        await prepared


async def call(handler: RequestHandler, verb: Verb, args: Args, named: Named) -> None:
    """Run the method of the verb, and finish the request if it did not."""
    result = verb(*args, **named)
    if result is not None:
        await _outcome(handler, result)
    if handler._auto_finish and not handler._finished:
        handler.finish()


async def within_limit(handler: RequestHandler, work: Awaitable[None]) -> None:
    """Await *work*.

    :raises HTTPError: 503; it took longer than `RequestHandler.timeout`.
    """
    limit = limit_of(type(handler)) if handler._is_guarded else None
    if limit is None:
        await work
        return
    try:
        async with asyncio.timeout(limit) as deadline:
            await work
    except TimeoutError:
        if not deadline.expired():
            raise
        raise HTTPError(503, "not answered within %g seconds", limit) from None


async def _run_guarded(handler: RequestHandler, verb: Verb, args: Args, named: Named) -> None:
    try:
        await within_limit(handler, _all_of_it(handler, verb, args, named))
    except Exception as error:
        fail(handler, error)


async def _all_of_it(handler: RequestHandler, verb: Verb, args: Args, named: Named) -> None:
    await prepare(handler)
    if not handler._finished:
        await call(handler, verb, args, named)


async def prepare_and_call(
    handler: RequestHandler, prepared: Awaitable[None], verb: Verb, args: Args, named: Named
) -> None:
    try:
        await prepared
        if not handler._finished:
            await call(handler, verb, args, named)
    except Exception as error:
        fail(handler, error)


async def conclude(handler: RequestHandler, result: Result) -> None:
    try:
        await _outcome(handler, result)
        if handler._auto_finish and not handler._finished:
            handler.finish()
    except Exception as error:
        fail(handler, error)


def _outcome(handler: RequestHandler, result: Result) -> Awaitable[None]:
    """What a verb's method gave back: a coroutine, or a generator of pieces to be sent."""
    if type(result) is CoroutineType or not isinstance(result, AsyncIterable):
        return result
    return streaming.send(handler, result)


def _check_forgery(handler: RequestHandler) -> None:
    settings = handler.application.settings
    if settings.get("cross_origin_protection"):
        cross_origin.check_origin(handler)
    if settings.get("xsrf_cookies"):
        handler.check_xsrf_cookie()


def decode(handler: RequestHandler, route: Route) -> tuple[Args, Named]:
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
        return handler.decode_argument(url_unescape(value, encoding=None, plus=False))
    return handler.decode_argument(value) if isinstance(value, bytes) else value


def _convert(named: Named, converters: Mapping[str, Converter]) -> Named:
    """Typed arguments.

    :raises HTTPError: 404; a converter does not know the value.
    """
    try:
        return {name: converters[name].parse(cast(str, text)) for name, text in named.items()}
    except ValueError:
        raise HTTPError(404) from None
