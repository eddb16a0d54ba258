"""Limits of time, clients that leave, users who have to be looked up."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.web.site import site
from zonda.web import (
    HandlerStateError,
    RequestHandler,
    asynchronous,
    authenticated,
    stream_request_body,
)

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="")

ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Slow(RequestHandler):
    timeout = 0.01

    async def get(self) -> None:
        self.set_header("X-Lost", "1")
        if self.get_argument("flush", None):
            await self.flush()
        await asyncio.Event().wait()

    async def post(self) -> None:
        self.write("quick")

    async def put(self) -> None:
        raise TimeoutError("of something else")


async def test_a_handler_that_takes_too_long_is_503(caplog: pytest.LogCaptureFixture) -> None:
    async with site([("/", Slow)]) as web:
        received = await web.fetch("/")
        assert received.code == 503
        assert "X-Lost" not in received.headers
        assert (await web.fetch("/", "POST", b"")).body == b"quick"
        assert (await web.fetch("/", "PUT", b"")).code == 500
    assert "503 GET / (127.0.0.1): not answered within 0.01 seconds" in caplog.text


async def test_an_answer_that_has_begun_is_cut_when_it_takes_too_long() -> None:
    async with site([("/", Slow)]) as web:
        client = await web.connect()
        client.send(ASK.replace(b"/ ", b"/?flush=1 ", 1))
        await client.read_head()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError, ValueError)):
            await client.reader.readuntil(b"0\r\n\r\n")
        client.writer.close()


async def test_prepare_and_streamed_bodies_have_the_same_limit() -> None:
    class Preparing(RequestHandler):
        timeout = 0.01

        async def prepare(self) -> None:
            await asyncio.Event().wait()

    @stream_request_body
    class Streaming(RequestHandler):
        timeout = 0.01

        def data_received(self, chunk: bytes) -> None:
            pass

        async def put(self) -> None:
            await asyncio.Event().wait()

    async with site([("/p", Preparing), ("/s", Streaming)]) as web:
        assert (await web.fetch("/p")).code == 503
        assert (await web.fetch("/s", "PUT", b"x")).code == 503


@pytest.mark.parametrize("value", [None, 0, -1, True, "soon", property(lambda self: 1)])
async def test_what_is_no_time_is_no_limit(value: object) -> None:
    class Old(RequestHandler):
        timeout = value  # type: ignore[assignment]  # old programs have the name for themselves

        async def get(self) -> None:
            await asyncio.sleep(0)

    assert not Old._is_guarded
    async with site([("/", Old)]) as web:
        assert (await web.fetch("/")).code == 200


@pytest.mark.parametrize("cancels", [True, False])
async def test_a_handler_can_end_with_its_client(cancels: bool) -> None:
    begun, closed, proceed = asyncio.Event(), asyncio.Event(), asyncio.Event()
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    class Waiting(RequestHandler):
        cancel_on_disconnect = cancels

        async def get(self) -> None:
            begun.set()
            try:
                await proceed.wait()
            except asyncio.CancelledError:
                ended.set_result("cancelled")
                raise
            ended.set_result("ended")

        def on_connection_close(self) -> None:
            closed.set()

    async with site([("/", Waiting)]) as web:
        client = await web.connect()
        client.send(ASK)
        await begun.wait()
        client.writer.close()
        await closed.wait()
        await asyncio.sleep(0)
        proceed.set()
        assert await ended == ("cancelled" if cancels else "ended")


def leaving(steps: str) -> type[RequestHandler]:
    """A handler whose *steps* set a context variable, and whose client is expected to leave."""

    class Leaving(RequestHandler):
        begun: asyncio.Event
        seen: asyncio.Future[str]

        def _set(self, step: str) -> None:
            if step in steps:
                variable.set(variable.get() + step)

        def prepare(self) -> Any:
            self._set("p")
            return self._prepare_later() if "l" in steps else None

        async def _prepare_later(self) -> None:
            await asyncio.sleep(0)
            self._set("l")

        async def get(self) -> None:
            self._set("g")
            self.begun.set()
            await asyncio.wait([self.seen])

        def on_connection_close(self) -> None:
            self.seen.set_result(variable.get())

    return Leaving


def passing(steps: str) -> type[RequestHandler]:
    """Such a handler whose method is no coroutine, and does not finish."""

    class Passing(leaving(steps)):  # type: ignore[misc]  # a class made here
        @asynchronous
        def get(self) -> None:
            self._set("g")
            self.begun.set()

    return Passing


@pytest.mark.parametrize("steps", ["pg", "plg", "g", "l", ""])
@pytest.mark.parametrize("kind", ["plain", "guarded", "streaming", "passing"])
async def test_a_handler_hears_of_its_clients_leaving_in_its_own_context(
    kind: str, steps: str
) -> None:
    handler: Any = (passing if kind == "passing" else leaving)(steps)
    if kind == "guarded":
        handler = type("Guarded", (handler,), {"timeout": 60.0})
    if kind == "streaming":
        handler = stream_request_body(handler)
    async with site([("/", handler)]) as web:
        handler.begun = asyncio.Event()
        handler.seen = asyncio.get_running_loop().create_future()
        client = await web.connect()
        client.send(ASK)
        await handler.begun.wait()
        client.writer.close()
        assert await handler.seen == steps


async def test_a_streaming_handler_can_end_with_its_client() -> None:
    ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    begun = asyncio.Event()

    @stream_request_body
    class Waiting(RequestHandler):
        cancel_on_disconnect = True

        async def put(self) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set_result(True)

    async with site([("/", Waiting)]) as web:
        client = await web.connect()
        client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
        await begun.wait()
        client.writer.close()
        assert await ended


async def test_a_client_that_is_gone_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    closed = asyncio.Event()
    ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    class Writing(RequestHandler):
        async def get(self) -> None:
            await self.flush()
            await closed.wait()
            try:
                self.write("x")
                await self.flush()
            finally:
                asyncio.get_running_loop().call_soon(ended.set_result, True)

        def on_connection_close(self) -> None:
            closed.set()

    async with site([("/", Writing)]) as web:
        client = await web.connect()
        client.send(ASK)
        await client.read_head()
        client.writer.close()
        await ended
    assert caplog.records == []


class Member(RequestHandler):
    async def get_current_user(self) -> str | None:
        await asyncio.sleep(0)
        return self.get_argument("user", None)

    def prepare(self) -> None:
        self.set_header("X-User", str(self.current_user))

    @authenticated
    def get(self) -> None:
        self.write(f"hello {self.current_user}")


async def test_users_can_be_looked_up_by_a_coroutine() -> None:
    async with site([("/", Member)], login_url="/login") as web:
        received = await web.fetch("/?user=ada")
        assert received.body == b"hello ada"
        assert received.headers["X-User"] == "ada"
        assert (await web.fetch("/")).headers["Location"].startswith("/login?next=")


async def test_before_the_look_up_there_is_no_user() -> None:
    class Early(Member):
        def initialize(self) -> None:
            with pytest.raises(HandlerStateError, match="get_current_user"):
                _ = self.current_user
            self.current_user = "set"

    async with site([("/", Early)]) as web:
        assert (await web.fetch("/")).body == b"hello set"


async def test_a_failing_look_up_is_one_500(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(RequestHandler):
        async def get_current_user(self) -> object:
            raise RuntimeError("no database")

        def get(self) -> None:
            raise AssertionError("not called")

    async with site([("/", Failing)]) as web:
        assert (await web.fetch("/")).code == 500
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_callbacks_of_asynchronous_handlers_answer_errors() -> None:
    class Callbacks(RequestHandler):
        @asynchronous
        def get(self) -> None:
            later: Callable[..., None] = self.async_callback(self._later, 1, b=2)
            asyncio.get_running_loop().call_soon(later, 3)

        def _later(self, *args: int, **kwargs: int) -> None:
            if self.get_argument("fail", None):
                raise RuntimeError("in a callback")
            self.finish(f"{args} {kwargs}")

    async with site([("/", Callbacks)]) as web:
        assert (await web.fetch("/")).body == b"(1, 3) {'b': 2}"
        assert (await web.fetch("/?fail=1")).code == 500


async def test_a_verb_may_give_back_anything_awaitable() -> None:
    class Futures(RequestHandler):
        def get(self) -> Awaitable[None]:
            self.write("future")
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(future.set_result, None)
            return future

    async with site([("/", Futures)]) as web:
        assert (await web.fetch("/")).body == b"future"
