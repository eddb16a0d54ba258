"""Two event loops, each in a thread of its own, serve one application at the same time.

What threads share are the application, its templates, and what was remembered of earlier requests:
lines, names, hosts, versions of files.  Every request has so many header lines and names of its own
that the memories of these are emptied again and again while the other thread reads them.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zonda.httpclient import AsyncHTTPClient
from zonda.httpserver import HTTPServer
from zonda.ioloop import IOLoop, new_event_loop
from zonda.iostream import bind_sockets
from zonda.web import Application, RequestHandler
from zonda.websocket import WebSocketHandler, websocket_connect

THREADS = 2
CLIENTS = 4  # in each thread
REQUESTS = 60  # of each client
OWN_HEADERS = 40  # of each request


class Page(RequestHandler):
    """Answers at once."""

    def get(self, name: str) -> None:
        for number in range(OWN_HEADERS):
            self.set_header(f"{name}-{number}", self.request.headers[f"{name}-{number}"])
        self.render("page.html", name=name)


class Form(RequestHandler):
    """Answers when it has waited."""

    async def post(self, name: str) -> None:
        await asyncio.sleep(0)
        self.write({"name": name, "host": self.request.host, "said": self.get_argument("said")})


class Echo(WebSocketHandler):
    async def on_message(self, message: str | bytes) -> None:
        await self.write_message(message)


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


def application(directory: Path) -> Application:
    (directory / "base.html").write_text("<title>{% block title %}{% end %}</title>")
    (directory / "page.html").write_text(
        "{% extends base.html %}"
        "{% block title %}{{ name }} {{ static_url('page.css') }} {{ locale.code }}{% end %}"
    )
    (directory / "page.css").write_text("p { color: red }")
    return Application(
        [(r"/page/(\w+)", Page), (r"/form/(\w+)", Form), (r"/echo", Echo), (r"/where", Where)],
        template_path=str(directory),
        static_path=str(directory),
    )


async def ask(http: AsyncHTTPClient, port: int, name: str) -> None:
    """One request of each kind, none of whose answers may be that of another."""
    own = {f"{name}-{number}": f"{number} of {name}" for number in range(OWN_HEADERS)}
    page = await http.fetch(f"http://127.0.0.1:{port}/page/{name}", headers=own)
    assert page.body.startswith(f"<title>{name} /static/page.css?v=".encode())
    assert own.items() <= {key.lower(): value for key, value in page.headers.items()}.items()
    form = await http.fetch(
        f"http://127.0.0.1:{port}/form/{name}",
        method="POST",
        headers={"Host": f"{name}.test"},
        body=f"said={name}",
    )
    assert json.loads(form.body) == {"name": name, "host": f"{name}.test", "said": name}


async def ask_much(http: AsyncHTTPClient, ports: list[int], client: str) -> None:
    for number in range(REQUESTS):
        await ask(http, ports[number % len(ports)], f"{client}x{number}")


async def talk(port: int, name: str) -> None:
    connection = await websocket_connect(f"ws://127.0.0.1:{port}/echo")
    for number in range(REQUESTS):
        await connection.write_message(f"{name} {number}")
        assert await connection.read_message() == f"{name} {number}"
    connection.close()


def serve_and_ask(
    site: Application,
    listener: socket.socket,
    ports: list[int],
    all_asked: threading.Barrier,
    uvloop: bool,
) -> str:
    """One thread: a server, and clients that ask all servers; where its own was answered."""
    loop = IOLoop(asyncio_loop=new_event_loop(uvloop))
    name = f"t{ports.index(listener.getsockname()[1])}"

    async def main() -> str:
        server = HTTPServer(site)
        server.add_socket(listener)
        try:
            async with AsyncHTTPClient(force_instance=True) as http, asyncio.TaskGroup() as clients:
                for number in range(CLIENTS):
                    clients.create_task(ask_much(http, ports, f"{name}c{number}"))
                clients.create_task(talk(ports[0], name))
                own = f"http://127.0.0.1:{listener.getsockname()[1]}/where"
                where = (await http.fetch(own)).body.decode()
            await asyncio.to_thread(all_asked.wait)
            return where
        except BaseException:
            all_asked.abort()  # nobody is to wait for this thread
            raise
        finally:
            server.stop()
            await server.close_all_connections()

    try:
        return loop.run_sync(main)
    finally:
        loop.close()


def test_one_application_serves_in_two_threads(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    site = application(tmp_path)
    listeners = [bind_sockets(0, "127.0.0.1")[0] for _ in range(THREADS)]
    ports = [listener.getsockname()[1] for listener in listeners]
    all_asked = threading.Barrier(THREADS, timeout=30)
    uvloop = request.config.getoption("--loop") == "uvloop"
    with ThreadPoolExecutor(THREADS, "serves") as threads:
        running = [
            threads.submit(serve_and_ask, site, listener, ports, all_asked, uvloop)
            for listener in listeners
        ]
        answered_in = {future.result() for future in running}
    assert len(answered_in) == THREADS
