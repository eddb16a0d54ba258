"""Fixtures for pytest, which finds this module by itself.

A test that uses one of them may be a coroutine; it runs on the loop of ``io_loop``.  Where
pytest-asyncio is there, that loop is the one of pytest-asyncio, so that its tests and fixtures and
these go together.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from zonda.http import HTTPServerConnectionDelegate
from zonda.httpclient import AsyncHTTPClient
from zonda.httpserver import HTTPServer
from zonda.ioloop import IOLoop

from .app_client import AppClient
from .closing import close_loop
from .deadline import finish_in_time
from .ports import bind_unused_port
from .reloading import without_reload
from .timeouts import get_async_test_timeout

PYTEST_ASYNCIO = "pytest_asyncio.plugin"
# It has a ``base_url`` for the whole session, which its own fixtures need, and so do those of
# pytest-playwright.
PYTEST_BASE_URL = "pytest_base_url.plugin"
MARKER = "async_test_timeout(seconds): how long a coroutine test that zonda.testing runs may take"


def pytest_configure(config: pytest.Config) -> None:
    """Choose where the loop comes from."""
    config.addinivalue_line("markers", MARKER)
    # By their modules: plugins have several names, depending on how they were loaded.
    found = {getattr(one, "__name__", ""): one for one in config.pluginmanager.get_plugins()}
    other = found.get(PYTEST_ASYNCIO)
    source = OwnLoop() if other is None else shared_loop(vars(other)["fixture"])
    config.pluginmanager.register(source, "zonda-loop")
    if PYTEST_BASE_URL not in found:
        config.pluginmanager.register(BaseURL(), "zonda-base-url")


class BaseURL:
    """The fixture that another plugin may have."""

    @pytest.fixture
    def base_url(self, http_port: int) -> str:
        """The URL of ``http_server``, without a slash at its end."""
        return f"http://127.0.0.1:{http_port}"


class OwnLoop:
    """Fixtures where no other plugin brings a loop."""

    @pytest.fixture
    def io_loop(self) -> Iterator[IOLoop]:
        """A new loop for the test."""
        loop = IOLoop(make_current=False)
        loop.make_current()
        try:
            yield loop
        finally:
            close_loop(loop)


def shared_loop(fixture: Callable[..., Any]) -> ModuleType:
    """Fixtures beside pytest-asyncio, whose decorator *fixture* is."""

    @fixture
    async def io_loop() -> AsyncIterator[IOLoop]:
        """The loop of pytest-asyncio."""
        yield IOLoop.current()

    found = ModuleType("zonda-loop")
    vars(found)["io_loop"] = io_loop
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine tests that use these fixtures, unless another plugin does."""
    test = pyfuncitem.obj
    loop = pyfuncitem.funcargs.get("io_loop")
    if not isinstance(loop, IOLoop) or not inspect.iscoroutinefunction(test):
        return None
    if pyfuncitem.get_closest_marker("asyncio") or pyfuncitem.get_closest_marker("anyio"):
        return None
    marker = pyfuncitem.get_closest_marker("async_test_timeout")
    seconds = float(marker.args[0]) if marker else get_async_test_timeout()
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    loop.run_sync(lambda: finish_in_time(test(**arguments), seconds, pyfuncitem.nodeid))
    return True


@pytest.fixture
def app() -> HTTPServerConnectionDelegate:
    """The application: each test suite defines this fixture itself."""
    raise pytest.UsageError(
        "define a fixture called app that returns a zonda.web.Application (in conftest.py, say)"
    )


@pytest.fixture
def http_server(io_loop: IOLoop, app: HTTPServerConnectionDelegate) -> Iterator[HTTPServer]:
    """A server of ``app`` on a free port of 127.0.0.1; the setting ``autoreload`` is off."""
    server = HTTPServer(without_reload(app))
    sock, _ = bind_unused_port()
    server.add_sockets([sock])
    yield server
    server.stop()
    io_loop.run_sync(server.close_all_connections)


@pytest.fixture
def http_port(http_server: HTTPServer) -> int:
    """The port of ``http_server``."""
    port: int = http_server.sockets[0].getsockname()[1]
    return port


@pytest.fixture
def http_client(io_loop: IOLoop) -> Iterator[AsyncHTTPClient]:
    """An `~zonda.httpclient.AsyncHTTPClient` of the test's own."""

    async def make() -> AsyncHTTPClient:
        return AsyncHTTPClient(force_instance=True)

    client = io_loop.run_sync(make)
    yield client
    io_loop.run_sync(lambda: client.__aexit__(None, None, None))


@pytest.fixture
def app_client(io_loop: IOLoop, app: HTTPServerConnectionDelegate) -> Iterator[AppClient]:
    """An `AppClient` of ``app``: no port, no socket."""
    client = AppClient(app)
    yield client
    io_loop.run_sync(client.close)
