"""Test cases, a client without sockets, and fixtures for pytest.

>>> import asyncio
>>> from zonda.testing import AppClient
>>> from zonda.web import Application, RequestHandler
>>> class Hello(RequestHandler):
...     def get(self) -> None:
...         self.write("Hello")
>>> async def main() -> None:
...     async with AppClient(Application([("/", Hello)])) as client:
...         response = await client.get("/")
...         print(response.code, response.body.decode())
>>> asyncio.run(main())
200 Hello
"""

from __future__ import annotations

from .app_client import AppClient
from .async_case import AsyncTestCase
from .coroutine_tests import gen_test
from .expected_log import ExpectLog
from .http_case import AsyncHTTPSTestCase, AsyncHTTPTestCase
from .ports import bind_unused_port
from .runner import main
from .timeouts import get_async_test_timeout

__all__ = [
    "AppClient",
    "AsyncHTTPSTestCase",
    "AsyncHTTPTestCase",
    "AsyncTestCase",
    "ExpectLog",
    "bind_unused_port",
    "gen_test",
    "get_async_test_timeout",
    "main",
]
