"""Sockets, addresses and TLS."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from zonda.iostream import (
    OverrideResolver,
    Resolver,
    add_accept_handler,
    bind_sockets,
    bind_unix_socket,
    is_valid_ip,
    ssl_options_to_context,
    ssl_wrap_socket,
)

from .concurrent import dummy_executor

__all__ = [
    "BlockingResolver",
    "DefaultExecutorResolver",
    "DefaultLoopResolver",
    "ExecutorResolver",
    "OverrideResolver",
    "Resolver",
    "ThreadedResolver",
    "add_accept_handler",
    "bind_sockets",
    "bind_unix_socket",
    "is_valid_ip",
    "ssl_options_to_context",
    "ssl_wrap_socket",
]


def _configure(cls: type[Resolver], /, impl: str | type[Resolver] | None, **kwargs: Any) -> None:
    """Do nothing: the event loop looks names up, or a resolver that a client is given."""


Resolver.configure = classmethod(_configure)  # type: ignore[attr-defined]  # Tornado's name


class DefaultExecutorResolver(Resolver):
    """Looks names up in the threads of the event loop."""


class DefaultLoopResolver(Resolver):
    """Looks names up as the event loop does."""


class ExecutorResolver(Resolver):
    """Looks names up in *executor*; without one, in the caller's thread.

    :param close_executor: shut it down in `close`.
    """

    def __init__(self, executor: Executor | None = None, close_executor: bool = True) -> None:
        super().__init__(executor=executor or dummy_executor)
        self.executor: Executor | None = executor or dummy_executor
        self.close_executor = executor is not None and close_executor

    def close(self) -> None:
        """Shut the executor down, if it is this resolver's own."""
        if self.close_executor and self.executor is not None:
            self.executor.shutdown()
        self.executor = None


class BlockingResolver(ExecutorResolver):
    """Looks names up in the caller's thread."""


class ThreadedResolver(ExecutorResolver):
    """Looks names up in threads that all resolvers of this class share."""

    _threadpool: ThreadPoolExecutor | None = None

    def __init__(self, num_threads: int = 10) -> None:
        if ThreadedResolver._threadpool is None:
            ThreadedResolver._threadpool = ThreadPoolExecutor(num_threads)
        super().__init__(ThreadedResolver._threadpool, close_executor=False)
