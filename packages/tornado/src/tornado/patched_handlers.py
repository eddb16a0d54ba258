"""The way of a handler through its request, for tools that change it.

What watches programs (Sentry, New Relic, Datadog) replaces `_execute` or
`_handle_request_exception` of `RequestHandler` or of one of its subclasses.  Both are here,
and a handler on which one was replaced goes the slower way through them.  So does no other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zonda.ioloop import eager
from zonda.web import RequestHandler

if TYPE_CHECKING:
    from .web import Application

# A route is what the server of `zonda.web` knows of a request; it is only handed on here.
Route = Any
Run = Callable[[RequestHandler, Route], None]

_ROUTE = "_tornado_route"


async def execute(
    handler: RequestHandler, transforms: object, *args: object, **kwargs: object
) -> None:
    """Run the handler from `prepare` to `finish`; the arguments are only for who looks at them."""
    await handler.application.run_to_the_end(
        handler,
        getattr(handler, _ROUTE),
        handler._handle_request_exception,  # type: ignore[attr-defined]  # see install()
    )


def handle_request_exception(handler: RequestHandler, e: BaseException) -> None:
    """Log what was raised, and answer with an error page."""
    handler.application.answer_error(handler, e)


def install() -> None:
    """Give handlers the two names."""
    members: dict[str, object] = {
        "_execute": execute,
        "_handle_request_exception": handle_request_exception,
    }
    for name, member in members.items():
        setattr(RequestHandler, name, member)


def heeding_patches(application: Application, plainly: Run) -> Run:
    """What runs handlers, *plainly* unless somebody has changed the way."""

    def run(handler: RequestHandler, route: Route) -> None:
        kind: Any = type(handler)
        if kind._execute is execute and kind._handle_request_exception is handle_request_exception:
            plainly(handler, route)
            return
        setattr(handler, _ROUTE, route)
        started: Any = handler
        eager.start(started._execute(application.transforms, *route.args, **route.named))

    return run
