"""WSGI applications answer what Zonda's server receives."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import io
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.validate import validator

import pytest

from tests.wsgi.containing import GET, TEXT, returning, serving
from zonda.http import HTTPServerRequest
from zonda.httpserver import HTTPServer
from zonda.wsgi import WSGIContainer
from zonda.wsgi.body_spool import BodySpool
from zonda.wsgi.sender import Sender


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", list(TEXT))
    return [environ["REQUEST_METHOD"].encode(), b" ", body]


async def test_bodies_go_both_ways_by_the_rules() -> None:
    async with serving(validator(echo)) as site:
        client = await site.connect()
        for text in (b"first", b"second"):
            head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(text)
            received = await client.ask(head + text)
            assert (received.code, received.body) == (200, b"POST " + text)
        chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert (await client.ask(chunked + b"3\r\nabc\r\n0\r\n\r\n")).body == b"POST abc"
        assert (await client.ask(GET)).body == b"GET "
        assert (await client.ask(GET.replace(b"GET", b"HEAD"), "HEAD")).body == b""
        assert (await client.ask(GET)).code == 200


async def test_large_bodies_are_kept_in_a_file() -> None:
    body = bytes(range(256)) * 4096 * 3

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert not isinstance(environ["wsgi.input"], io.BytesIO)
        start_response("200 OK", list(TEXT))
        wrapper: Iterable[bytes] = environ["wsgi.file_wrapper"](environ["wsgi.input"])
        return wrapper

    async with serving(app) as site:
        client = await site.connect()
        head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body)
        assert (await client.ask(head + body)).body == body


async def test_pieces_are_sent_as_they_are_made() -> None:
    gate = threading.Event()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", list(TEXT))
        yield b""
        yield b"first"
        gate.wait(10)
        yield b"second"

    async with serving(app) as site:
        client = await site.connect()
        client.send(GET)
        assert (await client.read_head())[0] == 200
        assert await client.reader.readexactly(10) == b"5\r\nfirst\r\n"
        gate.set()
        assert await client.reader.readuntil(b"0\r\n\r\n") == b"6\r\nsecond\r\n0\r\n\r\n"


async def test_the_write_function_sends_before_what_is_returned() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", list(TEXT))
        write(b"one ")
        return [b"two"]

    async with serving(app) as site:
        assert (await site.ask()).body == b"one two"


@pytest.mark.parametrize(
    ("result", "status", "headers", "body"),
    [
        ([], "200 OK", TEXT, b""),
        ((b"a", b"b"), "200 OK", TEXT, b"ab"),
        (iter([]), "200 OK", TEXT, b""),
        (iter([b"a", b"b"]), "200 OK", [("Content-Length", "2")], b"ab"),
        ([], "204 No Content", [], b""),
        (iter([]), "304 Not Modified", [], b""),
        ([b"odd"], "799 Odd", TEXT, b"odd"),
        ([b"x"], "200", TEXT, b"x"),
    ],
)
async def test_answers(
    result: Iterable[bytes], status: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    async with serving(returning(result, status, headers)) as site:
        received = await site.ask()
        assert (received.code, received.body) == (int(status[:3]), body)


@pytest.mark.parametrize("result", [[b"hello"], iter([b"hello"])])
async def test_head_keeps_the_length(result: Iterable[bytes]) -> None:
    async with serving(returning(result, headers=[("Content-Length", "5")])) as site:
        client = await site.connect()
        received = await client.ask(GET.replace(b"GET", b"HEAD"), "HEAD")
        assert received.headers["Content-Length"] == "5"


async def test_requests_run_at_once() -> None:
    both = threading.Barrier(2, timeout=10)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        both.wait()
        start_response("200 OK", list(TEXT))
        return [b"met"]

    async with serving(app) as site:
        answers = await asyncio.gather(site.ask(), site.ask())
        assert [answer.body for answer in answers] == [b"met", b"met"]


async def test_an_executor_of_ones_own() -> None:
    names: list[str] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        names.append(threading.current_thread().name)
        start_response("200 OK", list(TEXT))
        return [b"x"]

    with ThreadPoolExecutor(1, "mine") as executor:
        async with serving(WSGIContainer(app, executor)) as site:
            await site.ask()
    assert names == ["mine_0"]


async def test_requests_have_the_context_variables_of_whoever_passes_them_on() -> None:
    named = contextvars.ContextVar("named", default="nobody")

    class Naming(WSGIContainer):
        def run(self, request: HTTPServerRequest, body: BodySpool, sender: Sender) -> None:
            named.set(request.path)
            super().run(request, body, sender)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", list(TEXT))
        name = named.get()
        named.set("the thread's own")
        return [name.encode()]

    async with serving(Naming(app, max_threads=1)) as site:
        for path in (b"/one", b"/two"):
            answer = await site.ask(GET.replace(b"/", path, 1))
            assert answer.body == path


def raising(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", list(TEXT))
    raise ValueError("broken")


def exiting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    raise SystemExit


def silent(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return []


def bodily(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return [b"x"]


def lazily(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    yield from ()


def twice(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", list(TEXT))
    start_response("200 OK", list(TEXT))
    return [b"x"]


@pytest.mark.parametrize(
    "app",
    [
        raising,
        exiting,
        silent,
        bodily,
        lazily,
        twice,
        returning([b"x"], "OK"),
        returning([b"x"], "99 Low"),
        returning([b"x"], "200 O\r\nK"),
        returning([b"x"], headers=[("A", "b\r\nc: d")]),
        returning([b"x"], headers=[("bad name", "b")]),
        returning([b"x"], headers=[("Price", "1 €")]),
        returning([b"x"], headers=[("A", 1)]),
        returning([b"x"], headers=["text"]),
        returning([b"x"], headers=[("Connection", "close")]),
        returning([b"x"], headers=[("Content-Length", "-1")]),
        returning([b"xy"], headers=[("Content-Length", "1")]),
        returning([], headers=[("Content-Length", "1")]),
        returning([b"x"], "204 No Content"),
        returning(["text"]),
        returning(iter(["text"])),
        returning(None),
    ],
)
async def test_what_fails_before_its_head_is_sent_is_a_500(
    app: WSGIApplication, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(app) as site:
        received = await site.ask()
        assert (received.code, received.body) == (500, b"500: the server failed\n")
    assert "Uncaught exception in the application: GET / (127.0.0.1)" in caplog.text


def late(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", list(TEXT))
    yield b"x"
    raise ValueError("broken")


@pytest.mark.parametrize("app", [late, returning(iter([b"x"]), headers=[("Content-Length", "2")])])
async def test_what_fails_later_cuts_the_connection(
    app: WSGIApplication, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(app) as site:
        client = await site.connect()
        client.send(GET)
        await client.read_head()
        with contextlib.suppress(ConnectionResetError):
            assert not (await client.reader.read()).endswith(b"0\r\n\r\n")
    assert "Uncaught exception in the application" in caplog.text


async def test_an_error_replaces_a_head_that_was_not_sent() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", list(TEXT))
        try:
            raise ValueError("broken")
        except ValueError:
            start_response("503 Busy", list(TEXT), sys.exc_info())
        yield b"busy"

    async with serving(app) as site:
        assert (await site.ask()).code == 503


async def test_an_error_cannot_replace_a_head_that_was_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", list(TEXT))
        yield b"x"
        try:
            raise ValueError("broken in the middle")
        except ValueError:
            start_response("500 Late", list(TEXT), sys.exc_info())

    async with serving(app) as site:
        client = await site.connect()
        client.send(GET)
        await client.read_head()
        assert not (await client.reader.read()).endswith(b"0\r\n\r\n")
    assert "ValueError: broken in the middle" in caplog.text


async def test_what_is_returned_is_closed_when_the_client_goes_away() -> None:
    loop = asyncio.get_running_loop()
    closed = asyncio.Event()

    class Endless:
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield bytes(65536)

        def close(self) -> None:
            loop.call_soon_threadsafe(closed.set)

    async with serving(returning(Endless())) as site:
        client = await site.connect()
        client.send(GET)
        await client.read_head()
        client.writer.close()
        await closed.wait()


async def test_a_client_that_does_not_read_stops_the_application() -> None:
    sent = 0

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        nonlocal sent
        start_response("200 OK", list(TEXT))
        for _ in range(64):
            yield bytes(2**20)
            sent += 1

    async with serving(app) as site:
        client = await site.connect()
        client.send(GET)
        await client.read_head()
        await asyncio.sleep(0.3)
        assert sent < 40
        while sent < 64:
            await client.reader.read(2**20)


async def test_a_request_that_is_cut_off_never_reaches_the_application() -> None:
    calls: list[object] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        calls.append(environ)
        start_response("200 OK", list(TEXT))
        return [b"x"]

    async with serving(app) as site:
        client = await site.connect()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        client.writer.close()
        assert (await site.ask()).body == b"x"
    assert len(calls) == 1


async def test_it_answers_whole_requests_of_others() -> None:
    container = WSGIContainer(echo)

    def fallback(request: HTTPServerRequest) -> None:
        assert container.environ(request)["wsgi.input"].read() == request.body
        container(request)

    server = HTTPServer(fallback)
    [sock] = server.listen(0, "127.0.0.1")
    reader, writer = await asyncio.open_connection(*sock.getsockname())
    writer.write(b"POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc")
    assert (await reader.read()).endswith(b"POST abc")
    writer.close()
    await server.drain()
    container.close()


def test_only_what_can_be_called_is_an_application() -> None:
    with pytest.raises(TypeError, match="not 42"):
        WSGIContainer(42)  # type: ignore[arg-type]  # what is refused
