"""Steps of a login that go on by themselves, whether somebody awaits them or not.

The programs of the talk's time call ``self.authorize_redirect()`` and return; today's await it.
Both get the same object.  What goes wrong is raised where it is awaited, or else answered with the
handler's error page.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Final, Generic, TypeVar

from zonda.httpclient import AsyncHTTPClient

from .errors import AuthError
from .request_handler import AuthHandler

T = TypeVar("T")

#: Called with the result of a step, or with None if the login failed.
Callback = Callable[[Any], object]

_log: Final = logging.getLogger("zonda.auth")

# The event loop keeps weak references only.
_running: Final[set[asyncio.Task[Any]]] = set()


class Pending(Awaitable[T], Generic[T]):
    """A step under way."""

    def __init__(self, handler: AuthHandler, step: Coroutine[Any, Any, T]) -> None:
        self._handler = handler
        self._is_awaited = False
        self._task = asyncio.ensure_future(step)
        _running.add(self._task)
        self._task.add_done_callback(self._ended)

    def __await__(self) -> Generator[Any, None, T]:
        self._is_awaited = True
        return self._task.__await__()

    def _ended(self, task: asyncio.Task[T]) -> None:
        _running.discard(task)
        if not task.cancelled() and task.exception() is not None and not self._is_awaited:
            self._handler.async_callback(task.result)()


def start(
    handler: AuthHandler, step: Coroutine[Any, Any, T], callback: Callback | None = None
) -> Pending[T]:
    """Begin a step of a login.

    :param callback: called with the result; with None, and a line in the log, if the login failed.
    """
    return Pending(handler, step if callback is None else _call_back(step, callback))


def client_and_callback(
    http_client: AsyncHTTPClient | Callback | None, callback: Callback | None
) -> tuple[AsyncHTTPClient | None, Callback | None]:
    """Take arguments apart of which the first is a client today, and was the callback once."""
    if http_client is None or isinstance(http_client, AsyncHTTPClient):
        return http_client, callback
    return None, http_client


async def _call_back(step: Coroutine[Any, Any, T], callback: Callback) -> T:
    result: Any = None
    try:
        result = await step
    except AuthError as error:
        _log.warning("login failed: %s", error)
    answer = callback(result)
    if inspect.isawaitable(answer):
        await answer
    return result  # type: ignore[no-any-return]  # None after a failure, as the callback was told
