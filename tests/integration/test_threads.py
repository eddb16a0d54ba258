"""Event loops, each in a thread of its own, serve one application at the same time.

What threads share are the application, its templates and translations, and what was remembered of
earlier requests: lines, names, hosts, versions, contents of files.  Every request has so many lines
and names of its own that the memories of these are emptied again and again while the other threads
read them.  Meanwhile files change, and everything that was read from them is forgotten.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest

from zonda import locale
from zonda.httpclient import AsyncHTTPClient
from zonda.httpserver import HTTPServer
from zonda.ioloop import IOLoop, PeriodicCallback, new_event_loop
from zonda.iostream import bind_sockets
from zonda.web import Application, RequestHandler, development
from zonda.websocket import WebSocketHandler, broadcast, websocket_connect

THREADS = 3
CLIENTS = 3  # in each thread
REQUESTS = 30  # of each client
OWN_HEADERS = 40  # of each request
CHANGE_TIME = 5  # milliseconds from one change of files to the next, in each thread


class Page(RequestHandler):
    """Answers at once."""

    def get(self, name: str) -> None:
        for number in range(OWN_HEADERS):
            self.set_header(f"{name}-{number}", self.request.headers[f"{name}-{number}"])
        self.set_signed_cookie("name", name)
        self.render("page.html", name=name)


class Form(RequestHandler):
    """Answers when it has waited."""

    async def post(self, name: str) -> None:
        await asyncio.to_thread(str, name)
        signed = (self.get_signed_cookie("name") or b"").decode()
        said = self.get_argument("said")
        self.write({"name": name, "host": self.request.host, "said": said, "signed": signed})


class Room(WebSocketHandler):
    """Tells everybody in its own loop what somebody says."""

    members: ClassVar[dict[IOLoop, set[WebSocketHandler]]] = {}

    def open(self) -> None:
        self.members.setdefault(IOLoop.current(), set()).add(self)

    def on_message(self, message: str | bytes) -> None:
        broadcast(self.members[IOLoop.current()], message)

    def on_close(self) -> None:
        self.members[IOLoop.current()].discard(self)


class Where(RequestHandler):
    def get(self) -> None:
        self.write(threading.current_thread().name)


@pytest.fixture(autouse=True)
def often_switched() -> Iterator[None]:
    """Let threads give way to each other in the middle of nearly everything."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(autouse=True)
def translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale.registry, "_current", locale.registry.current())
    (tmp_path / "de_DE.csv").write_text("hello,hallo\n")
    locale.load_translations(tmp_path)


class Site:
    """An application, and the files that it reads."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "base.html").write_text("<title>{% block title %}{% end %}</title>")
        (directory / "page.html").write_text(
            "{% extends base.html %}"
            "{% block title %}{{ name }} {{ static_url('page.css') }} {{ _('hello') }}{% end %}"
        )
        self.change()
        self.application = Application(
            [(r"/page/(\w+)", Page), (r"/form/(\w+)", Form), (r"/room", Room), (r"/where", Where)],
            template_path=str(directory),
            static_path=str(directory),
            cookie_secret="secret",
        )

    def change(self) -> None:
        """Write a file anew, and forget all that was read, as in debug mode."""
        new = self.directory / f"new.{threading.get_ident()}"
        new.write_text(f"{os.urandom(8).hex()} " * 500)
        new.replace(self.directory / "page.css")
        os.utime(self.directory / "de_DE.csv")
        locale.reload_changed()
        for forget in development._forgetting:
            forget()


async def ask(http: AsyncHTTPClient, port: int, name: str) -> None:
    """One request of each kind, none of whose answers may be that of another."""
    own = {f"{name}-{number}": f"{number} of {name}" for number in range(OWN_HEADERS)}
    own["accept-language"] = "de" if name.endswith("1") else "en"
    page = await http.fetch(f"http://127.0.0.1:{port}/page/{name}", headers=own)
    assert page.body.startswith(f"<title>{name} /static/page.css?v=".encode())
    assert page.body.endswith(b" hallo</title>" if name.endswith("1") else b" hello</title>")
    answered = {key.lower(): value for key, value in page.headers.items()}
    assert all(answered[key] == value for key, value in own.items() if key.startswith(name))
    form = await http.fetch(
        f"http://127.0.0.1:{port}/form/{name}",
        method="POST",
        headers={"Host": f"{name}.test", "Cookie": page.headers["Set-Cookie"].partition(";")[0]},
        body=f"said={name}",
    )
    expected = {"name": name, "host": f"{name}.test", "said": name, "signed": name}
    assert json.loads(form.body) == expected
    file = await http.fetch(f"http://127.0.0.1:{port}/static/page.css?{name}")
    words = file.body.split()
    assert len(words) == 500 and len(set(words)) == 1, "two versions of the file at once"


async def ask_much(http: AsyncHTTPClient, ports: list[int], client: str) -> None:
    for number in range(REQUESTS):
        await ask(http, ports[number % len(ports)], f"{client}x{number}")


async def talk(port: int, name: str) -> None:
    """Two members of a room, one of whom speaks, in messages that nobody else has."""
    one = await websocket_connect(f"ws://127.0.0.1:{port}/room")
    other = await websocket_connect(f"ws://127.0.0.1:{port}/room")
    for number in range(REQUESTS):
        await one.write_message(f"{name} {number}")
        for member in (one, other):
            assert await member.read_message() == f"{name} {number}"
    one.close()
    other.close()


async def tell(loops: list[IOLoop]) -> None:
    """Bursts of callbacks to all loops: each comes once, and in order."""
    heard: list[list[int]] = [[] for _ in loops]
    for number in range(20 * REQUESTS):
        for loop, ear in zip(loops, heard, strict=True):
            loop.add_callback(ear.append, number)
        if number % 20 == 0:
            await asyncio.sleep(0)
    for loop in loops:
        answered = asyncio.get_running_loop().create_future()
        here = IOLoop.current()
        loop.add_callback(here.add_callback, answered.set_result, None)
        await answered
    assert heard == [list(range(20 * REQUESTS))] * len(loops)


class Threads:
    """What the threads have in common."""

    def __init__(self, site: Site, uvloop: bool) -> None:
        self.site = site
        self.listeners = [bind_sockets(0, "127.0.0.1")[0] for _ in range(THREADS)]
        self.ports = [listener.getsockname()[1] for listener in self.listeners]
        self.loops = [
            IOLoop(make_current=False, asyncio_loop=new_event_loop(uvloop)) for _ in self.ports
        ]
        self.all_asked = threading.Barrier(THREADS, timeout=30)

    def serve_and_ask(self, number: int) -> str:
        """One thread: a server, and clients that ask all servers; where its own was answered."""
        loop = self.loops[number]
        try:
            return loop.run_sync(lambda: self._main(number))
        finally:
            loop.close()

    async def _main(self, number: int) -> str:
        server = HTTPServer(self.site.application)
        server.add_socket(self.listeners[number])
        changes = PeriodicCallback(self.site.change, CHANGE_TIME)
        changes.start()
        try:
            async with AsyncHTTPClient(force_instance=True) as http, asyncio.TaskGroup() as clients:
                for client in range(CLIENTS):
                    clients.create_task(ask_much(http, self.ports, f"t{number}c{client}"))
                clients.create_task(talk(self.ports[number], f"t{number}"))
                clients.create_task(tell(self.loops))
                own = f"http://127.0.0.1:{self.ports[number]}/where"
                where = (await http.fetch(own)).body.decode()
            await asyncio.to_thread(self.all_asked.wait)
            return where
        except BaseException:
            self.all_asked.abort()  # nobody is to wait for this thread
            raise
        finally:
            changes.stop()
            server.stop()
            await server.close_all_connections()


def test_one_application_serves_in_several_threads(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    threads = Threads(Site(tmp_path), request.config.getoption("--loop") == "uvloop")
    with ThreadPoolExecutor(THREADS, "serves") as pool:
        running = [pool.submit(threads.serve_and_ask, number) for number in range(THREADS)]
        answered_in = {future.result() for future in running}
    assert len(answered_in) == THREADS
