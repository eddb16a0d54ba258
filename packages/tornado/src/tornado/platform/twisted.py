"""Deferreds of Twisted in coroutines; its reactor must be `AsyncioSelectorReactor`."""

from __future__ import annotations

from typing import Any

from tornado.concurrent import Future, future_set_exc_info, future_set_result_unless_cancelled
from tornado.gen import convert_yielded

__all__ = ["install"]


def install() -> None:
    """Let coroutines yield a ``Deferred``.

    Nothing need be done where it can be awaited, as it can since Twisted 16.4; importing this
    module does the same for what is older.
    """


def _convert_deferred(deferred: Any) -> Future[Any]:
    future: Future[Any] = Future()

    def fail(failure: Any) -> None:
        future_set_exc_info(future, (failure.type, failure.value, failure.tb))

    deferred.addCallbacks(lambda result: future_set_result_unless_cancelled(future, result), fail)
    return future


try:
    from twisted.internet.defer import Deferred
except ImportError:
    pass
else:
    convert_yielded.register(Deferred, _convert_deferred)
