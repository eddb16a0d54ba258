"""Test cases with an event loop of their own, and with a server in it."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import unittest
from collections.abc import Callable, Coroutine, Generator
from pathlib import Path
from typing import Any, TypeVar, overload

import zonda.testing
from zonda.testing import ExpectLog, bind_unused_port, get_async_test_timeout, main

from . import gen
from .httpclient import AsyncHTTPClient
from .httpserver import HTTPServer
from .simple_httpclient import SimpleAsyncHTTPClient
from .util import TimeoutError

__all__ = [
    "AsyncHTTPSTestCase",
    "AsyncHTTPTestCase",
    "AsyncTestCase",
    "ExpectLog",
    "bind_unused_port",
    "gen_test",
    "get_async_test_timeout",
    "main",
    "setup_with_context_manager",
]

T = TypeVar("T")


def setup_with_context_manager(
    testcase: unittest.TestCase, cm: contextlib.AbstractContextManager[T]
) -> T:
    """Enter *cm* for the rest of the test."""
    return testcase.enterContext(cm)


class AsyncTestCase(zonda.testing.AsyncTestCase):
    """A test case with a loop; a test that is a coroutine must be decorated with `gen_test`."""

    def _callTestMethod(self, method: Callable[[], object]) -> None:
        if inspect.iscoroutinefunction(method):
            raise TypeError(f"{self.id()} is a coroutine and should be decorated with gen_test")
        super()._callTestMethod(method)


class AsyncHTTPTestCase(zonda.testing.AsyncHTTPTestCase, AsyncTestCase):
    """A test case with a server, which is a `tornado.httpserver.HTTPServer`."""

    http_server_class = HTTPServer

    def get_http_client(self) -> AsyncHTTPClient:
        """A client, as ``AsyncHTTPClient.configure`` says; else a `SimpleAsyncHTTPClient`."""
        return _http_client()


def _http_client(**settings: Any) -> AsyncHTTPClient:
    chosen = AsyncHTTPClient._configured
    kind = SimpleAsyncHTTPClient if chosen is None else AsyncHTTPClient
    return kind(force_instance=True, **settings)


class AsyncHTTPSTestCase(zonda.testing.AsyncHTTPSTestCase, AsyncHTTPTestCase):
    """An `AsyncHTTPTestCase` whose server speaks HTTPS."""

    def get_http_client(self) -> AsyncHTTPClient:
        """A client that takes any certificate."""
        return _http_client(defaults={"validate_cert": False})

    def get_ssl_options(self) -> Any:
        """The server's ``ssl_options``; here a dictionary, which belongs to the caller."""
        return self.default_ssl_options()

    @staticmethod
    def default_ssl_options() -> dict[str, Any]:
        """A certificate for ``localhost`` that nobody has signed, as ``ssl_options``."""
        assert zonda.testing.__file__ is not None
        return {"certfile": str(Path(zonda.testing.__file__).with_name("localhost.pem"))}


@overload
def gen_test(
    *, timeout: float | None = None
) -> Callable[[Callable[..., Generator[Any, Any, Any] | Coroutine[Any, Any, Any]]], Any]: ...


@overload
def gen_test(func: Callable[..., Any]) -> Callable[..., None]: ...


def gen_test(func: Callable[..., Any] | None = None, timeout: float | None = None) -> Any:
    """Run a test that is a coroutine, to its end, with a limit of time.

    :param timeout: seconds; ``ASYNC_TEST_TIMEOUT`` counts where it is longer.
    """
    limit = get_async_test_timeout() if timeout is None else timeout
    chosen = timeout is not None

    def decorate(f: Callable[..., Any]) -> Callable[..., None]:
        @functools.wraps(f)
        def started(self: Any, *args: Any, **kwargs: Any) -> Any:
            self._test_generator = result = f(self, *args, **kwargs)
            return result if isinstance(result, Generator | Coroutine) else None

        runner = started if inspect.iscoroutinefunction(f) else gen.coroutine(started)

        @functools.wraps(f)
        def test(self: Any, *args: Any, **kwargs: Any) -> Any:
            seconds = limit
            if chosen and "ASYNC_TEST_TIMEOUT" in os.environ:
                seconds = max(limit, get_async_test_timeout())
            try:
                return self.io_loop.run_sync(
                    functools.partial(runner, self, *args, **kwargs), timeout=seconds
                )
            except TimeoutError as error:
                # Raised where the test waits, so that the traceback shows the line.
                with contextlib.suppress(RuntimeError):  # a native one was cancelled, and is over
                    self._test_generator.throw(error)
                raise
            finally:
                self._test_generator = None

        return test

    return decorate if func is None else decorate(func)


if __name__ == "__main__":
    main()
