"""Requests and messages leave nothing to the garbage collector, and nothing behind."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import gc
import math
import socket
import sys
import sysconfig
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from zonda.httpserver import HTTPServer
from zonda.template import DictLoader
from zonda.web import Application, HTTPError, RequestHandler, file_facts
from zonda.websocket import WebSocketHandler

T = TypeVar("T")

THREAD = ThreadPoolExecutor(1)
FEW, MANY = 2_000, 100_000
COUNTS = [FEW, pytest.param(MANY, marks=[pytest.mark.long, pytest.mark.deadline(240)])]
TEMPLATES = DictLoader({"page.html": "{% for n in numbers %}<p>{{ n }} {{ text }}</p>{% end %}"})
FORM = b"a=1&b=%41&a=2"
UPLOAD = (
    b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nsome bytes\r\n'
    b"--xyz--\r\n"
)


class Hello(RequestHandler):
    def get(self) -> None:
        self.write("Hello, " + self.get_argument("name", "world"))


class Post(RequestHandler):
    def post(self) -> None:
        files = self.request.files.get("file", [])
        self.write({"a": self.get_arguments("a"), "files": [file.filename for file in files]})


class Cookie(RequestHandler):
    def get(self) -> None:
        value = self.get_signed_cookie("seen")
        self.set_signed_cookie("seen", (value or b"") + b"x")
        self.set_cookie("plain", self.get_cookie("plain", "1") or "")
        self.write("cookie")


class Waiting(RequestHandler):
    async def get(self) -> None:
        await asyncio.sleep(0)
        self.write("waited")
        await self.flush()
        self.write("again")


class Page(RequestHandler):
    def get(self) -> None:
        self.render("page.html", numbers=range(3), text="<b>")


class Refused(RequestHandler):
    async def get(self, status: str) -> None:
        await asyncio.sleep(0)
        raise HTTPError(int(status), "not for you")


class Echo(WebSocketHandler):
    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, isinstance(message, bytes))


def request(method: str, path: str, *fields: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *fields]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


URLENCODED = "Content-Type: application/x-www-form-urlencoded"
MIXED = (
    request("GET", "/?name=Ann&name=Bob"),
    request("POST", "/post", URLENCODED, body=FORM),
    request("POST", "/post", "Content-Type: multipart/form-data; boundary=xyz", body=UPLOAD),
    request("GET", "/cookie", "Cookie: a=b; plain=2; seen=broken"),
    request("GET", "/waiting"),
    request("GET", "/page", 'If-None-Match: "abc"'),
    request("GET", "/refused/403"),
    request("GET", "/refused/404"),
    request("GET", "/nowhere"),
    request("GET", "/static/file.txt", "Range: bytes=2-5"),
    request("HEAD", "/"),
    request("DELETE", "/"),
)


class Site(Application):
    """An application that knows of each connection that has ended."""

    ended: asyncio.Semaphore

    def on_close(self, server_conn: object) -> None:
        super().on_close(server_conn)
        self.ended.release()

    async def have_ended(self, count: int) -> None:
        """Wait for the end of so many connections."""
        for _ in range(count):
            await self.ended.acquire()


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    # Looking at a file leaves what asyncio needs to ask a thread; not each second, but once.
    monkeypatch.setattr(file_facts, "FRESH", math.inf)
    (tmp_path / "file.txt").write_text("the content of a file")
    site = Site(
        [
            ("/", Hello),
            ("/post", Post),
            ("/cookie", Cookie),
            ("/waiting", Waiting),
            ("/page", Page),
            ("/refused/([0-9]+)", Refused),
            ("/echo", Echo),
        ],
        cookie_secret="a secret for tests",
        template_loader=TEMPLATES,
        static_path=str(tmp_path),
        log_function=lambda handler: None,
    )
    site.ended = asyncio.Semaphore(0)
    return site


@pytest.fixture
async def port(site: Site, caplog: pytest.LogCaptureFixture) -> AsyncIterator[int]:
    caplog.set_level("CRITICAL")  # what is logged is kept for the report
    server = HTTPServer(site)
    yield server.listen(0, "127.0.0.1")[0].getsockname()[1]
    server.stop()
    await server.close_all_connections()


async def in_thread(call: Callable[..., T], *arguments: object) -> T:
    """What *call* returns, in a thread that is always the same.

    The loop's own pool begins another when those that it has are late, and each is some objects.
    """
    return await asyncio.get_running_loop().run_in_executor(THREAD, call, *arguments)


class Client:
    """A connection whose other end is in this process: blocking, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 20)

    def exchange(self, sent: bytes, mark: bytes, count: int) -> None:
        """Send bytes and read until a mark has come so many times."""
        self.socket.sendall(sent)
        tail = b""
        while count > 0:
            data = self.socket.recv(65536)
            assert data, "the server has closed the connection"
            data = tail + data
            count -= data.count(mark)
            tail = data[data.rfind(mark) + len(mark) if mark in data else 0 :]
            tail = tail[-len(mark) + 1 :]


@contextlib.contextmanager
def collected() -> Iterator[list[object]]:
    """What only the collector can free of all that is made inside."""
    found: list[object] = []
    gc.collect()
    gc.disable()
    flags = gc.get_debug()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(flags)
        gc.garbage.clear()
        gc.enable()


def tracked() -> int:
    """How many objects there are; what holds no others drops out when the collector looks."""
    gc.collect()
    return len(gc.get_objects())


def assert_not_of_requests(garbage: list[object], count: int) -> None:
    """A cycle in any kind of request would come once for each of its kind."""
    kinds = collections.Counter(type(item).__qualname__ for item in garbage)
    assert len(garbage) < count / len(MIXED) / 2, kinds


async def exchange_many(client: Client, sent: bytes, mark: bytes, each: int, count: int) -> None:
    for _ in range(max(1, count // each)):
        await in_thread(client.exchange, sent, mark, each)


async def assert_nothing_is_left(
    client: Client, sent: bytes, mark: bytes, each: int, count: int
) -> None:
    """Nothing for the collector, and as many objects after twice as much."""
    await exchange_many(client, sent, mark, each, 20 * each)  # fills what is kept on purpose
    with collected() as garbage:
        await exchange_many(client, sent, mark, each, count)
        first = tracked()
        await exchange_many(client, sent, mark, each, count)
        second = tracked()
    assert_not_of_requests(garbage, count)
    assert second - first < 100


@pytest.mark.parametrize("count", COUNTS)
async def test_requests_of_all_kinds(port: int, count: int) -> None:
    client = await in_thread(Client, port)
    with contextlib.closing(client.socket):
        sent = b"".join(MIXED)
        await assert_nothing_is_left(client, sent, b"HTTP/1.1 ", len(MIXED), count)


@pytest.mark.parametrize("count", COUNTS)
async def test_websocket_messages(port: int, count: int) -> None:
    client = await in_thread(Client, port)
    with contextlib.closing(client.socket):
        upgrade = request(
            "GET",
            "/echo",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
        )
        await in_thread(client.exchange, upgrade, b"\r\n\r\n", 1)
        masked_with_zeros = b"\x81\x85\0\0\0\0hello" * 9 + b"\x82\x85\0\0\0\0hello"
        await assert_nothing_is_left(client, masked_with_zeros, b"hello", 10, count)


@pytest.mark.parametrize("count", [FEW // 10, pytest.param(MANY // 10, marks=pytest.mark.long)])
async def test_connections_that_come_and_go(site: Site, port: int, count: int) -> None:
    def one_after_another(times: int) -> None:
        for _ in range(times):
            client = Client(port)
            client.exchange(b"".join(MIXED), b"HTTP/1.1 ", len(MIXED))
            client.socket.close()

    await in_thread(one_after_another, 20)
    await site.have_ended(20)
    with collected() as garbage:
        await in_thread(one_after_another, count)
        await site.have_ended(count)
    # There a transport of asyncio refers to itself; and without a global lock functions made within
    # others, as asyncio makes them for each thread that it asks, are left to the collector.
    if sys.version_info < (3, 12) or sysconfig.get_config_var("Py_GIL_DISABLED"):
        garbage = [item for item in garbage if type(item).__module__.startswith("zonda.")]
    assert_not_of_requests(garbage, count)
