"""Tools that change the way of handlers through their requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

import tornado.httpclient
import tornado.httpserver
import tornado.testing
import tornado.web
from tornado.patched_handlers import execute, handle_request_exception

Handler: Any = tornado.web.RequestHandler


@pytest.fixture
def unpatched() -> Iterator[None]:
    yield
    Handler._execute = execute
    Handler._handle_request_exception = handle_request_exception


class Hello(tornado.web.RequestHandler):
    async def get(self, name: str) -> None:
        await asyncio.sleep(0)
        self.write(f"Hello, {name}")

    def post(self, name: str) -> None:
        raise KeyError(name)


@asynccontextmanager
async def serving(*rules: Any) -> AsyncIterator[str]:
    sock, port = tornado.testing.bind_unused_port()
    server = tornado.httpserver.HTTPServer(tornado.web.Application(list(rules)))
    server.add_socket(sock)
    yield f"http://127.0.0.1:{port}"
    server.stop()
    await server.close_all_connections()


async def fetch(url: str, **kwargs: Any) -> tornado.httpclient.HTTPResponse:
    client = tornado.httpclient.AsyncHTTPClient(force_instance=True)
    try:
        return await client.fetch(url, raise_error=False, **kwargs)
    finally:
        await client.__aexit__(None, None, None)


@pytest.mark.usefixtures("unpatched")
async def test_a_handler_goes_through_what_was_put_in_place_of_execute() -> None:
    seen: list[object] = []
    before = Handler._execute

    async def patched(self: Any, transforms: object, *args: object, **kwargs: object) -> None:
        seen.append((self.request.path, args))
        await before(self, transforms, *args, **kwargs)
        seen.append(self.get_status())

    Handler._execute = patched
    async with serving((r"/(\w+)", Hello)) as url:
        assert (await fetch(f"{url}/Ada")).body == b"Hello, Ada"
        assert (await fetch(f"{url}/Ada", method="POST", body="")).code == 500
    assert seen == [("/Ada", ("Ada",)), 200, ("/Ada", ("Ada",)), 500]


@pytest.mark.usefixtures("unpatched")
async def test_errors_go_through_what_was_put_in_their_way() -> None:
    seen: list[BaseException] = []
    before = Handler._handle_request_exception

    def patched(self: Any, e: BaseException) -> None:
        seen.append(e)
        before(self, e)

    Handler._handle_request_exception = patched
    async with serving((r"/(\w+)", Hello)) as url:
        assert (await fetch(f"{url}/Ada", method="POST", body="")).code == 500
        assert (await fetch(f"{url}/Ada")).code == 200
    assert [type(error) for error in seen] == [KeyError]


async def test_a_subclass_may_have_its_own_way() -> None:
    class Own(Hello):
        async def _execute(self, transforms: object, *args: object, **kwargs: object) -> None:
            self.set_header("X-Own", "yes")
            await super()._execute(transforms, *args, **kwargs)  # type: ignore[misc]  # Tornado's

    async with serving((r"/(\w+)", Own)) as url:
        response = await fetch(f"{url}/Ada")
        assert (response.body, response.headers["X-Own"]) == (b"Hello, Ada", "yes")


def test_the_rules_can_be_looked_at() -> None:
    application = tornado.web.Application([(r"/a/(\w+)/([0-9]+)", Hello), (r"/b(c)?", Hello)])
    application.add_handlers("example.org", [("/d", Hello)])
    host, *rules = application.default_router.rules
    matcher: Any
    assert [rule.target for rule in rules] == [Hello, Hello]
    matcher = rules[0].matcher
    assert matcher._find_groups() == ("/a/%s/%s", 2)
    matcher = rules[1].matcher
    assert matcher._find_groups() == (None, None)
    matcher = host.target.rules[0].matcher
    assert matcher._find_groups() == ("/d", 0)
