"""The cookbook's sites on real servers: some of a test's own, which it may end and start again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.ioloop.cut_line import CutLine
from zonda.database import Database
from zonda.httpclient import AsyncHTTPClient, HTTPResponse, ResponseStream
from zonda.httpserver import HTTPServer
from zonda.web import Application

# It has no wheels for a free-threaded Python.
collect_ignore = [] if find_spec("emcache") else ["test_memcached.py"]


class SiteClient:
    """A client of one site."""

    def __init__(self, client: AsyncHTTPClient, origin: str, application: Application) -> None:
        self._client = client
        self._origin = origin
        self.application = application

    async def fetch(self, method: str, path: str, body: Any = None) -> HTTPResponse:
        """The answer, whatever it says; *body* becomes JSON."""
        content = None if body is None and method == "GET" else json.dumps(body).encode()
        return await self.fetch_body(method, path, content)

    async def fetch_body(self, method: str, path: str, body: bytes | None) -> HTTPResponse:
        """The answer to a request with this body."""
        return await self._client.fetch(
            self._origin + path,
            method=method,
            body=body,
            raise_error=False,
            request_timeout=15,
        )

    async def get(self, path: str) -> Any:
        """The JSON of a page that has to be there."""
        return _json(await self.fetch("GET", path))

    async def post(self, path: str, body: Any = None) -> Any:
        """The JSON that a POST is answered with."""
        return _json(await self.fetch("POST", path, body))

    async def statuses(self, count: int, method: str, path: str, body: Any = None) -> list[int]:
        """The status codes of *count* requests at the same time."""
        calls = [self.fetch(method, path, body) for _ in range(count)]
        return [answer.code for answer in await asyncio.gather(*calls)]

    async def until_answered(self, method: str, path: str, body: Any = None) -> HTTPResponse:
        """Ask again while the answer is 503."""
        while (answer := await self.fetch(method, path, body)).code == 503:
            await asyncio.sleep(0.02)
        return answer

    def stream(self, path: str) -> ResponseStream:
        """An answer that is read as it comes."""
        return self._client.stream(self._origin + path, request_timeout=15)


def _json(answer: HTTPResponse) -> Any:
    assert answer.code < 300, (answer.code, answer.body)
    return json.loads(answer.body)


@contextlib.asynccontextmanager
async def serving(site: AbstractAsyncContextManager[Application]) -> AsyncIterator[SiteClient]:
    """Serve a site the way `zonda.httpserver.serve` does, in the loop of the test."""
    async with site as application:
        server = HTTPServer(application)
        [sock] = server.listen(0, "127.0.0.1")
        origin = f"http://127.0.0.1:{sock.getsockname()[1]}"
        try:
            async with AsyncHTTPClient(force_instance=True, max_clients=100) as client:
                yield SiteClient(client, origin, application)
        finally:
            await server.drain(grace=5)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# Seconds that a server may take to listen.
START = 20.0


class OwnServer:
    """A server that belongs to a test, or to the tests of a module."""

    def __init__(self, command: list[str], port: int) -> None:
        self._command = command
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it at its port, and wait until it listens."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        latest = time.monotonic() + START
        while not listens("127.0.0.1", self.port):
            assert self._process.poll() is None, f"{self._command} ended"
            assert time.monotonic() < latest, f"{self._command} does not listen"
            time.sleep(0.01)

    async def start_again(self) -> None:
        """Start it while the test goes on."""
        await asyncio.to_thread(self.start)

    def signal(self, number: signal.Signals) -> None:
        """Stop it (``SIGSTOP``) and let it go on (``SIGCONT``)."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it without a chance to say good-bye."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def own_server(program: str, arguments: Callable[[int], list[str]]) -> Iterator[OwnServer]:
    """Run *program*; the test is skipped where it is not installed."""
    own = str(Path(sys.executable).parent)  # a server may be a package of Python
    places = [own, os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    path = shutil.which(program, path=os.pathsep.join(places))
    if path is None:
        pytest.skip(f"{program} is not installed")
    port = free_port()
    server = OwnServer([path, *arguments(port)], port)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def listens(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection((host, port), 2).close()
    except OSError:
        return False
    return True


def url_of(variable: str, default: str) -> str:
    """The URL of a server of this machine; the test is skipped where it does not answer."""
    url = os.environ.get(variable, default)
    parts = urlsplit(url)
    if not listens(parts.hostname or "", parts.port or 0):
        pytest.skip(f"no server at {parts.hostname}:{parts.port} ({variable})")
    return url


@pytest_asyncio.fixture
async def line(url: str) -> AsyncIterator[CutLine]:
    """A line that can be cut, to the server of the fixture ``url`` of a test file."""
    place = urlsplit(url)
    async with CutLine(place.hostname or "", place.port or 0) as line:
        yield line


def through(line: CutLine, url: str) -> str:
    """The URL of a server behind a line to it."""
    parts = urlsplit(url)
    credentials, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{credentials}{at}127.0.0.1:{line.port}").geturl()


@contextlib.contextmanager
def own_database(variable: str, default: str, drop: str) -> Iterator[str]:
    """The URL of a new database on a server of this machine; *drop* says how it ends."""
    server = url_of(variable, default)
    name = f"zonda_{uuid.uuid4().hex[:12]}"
    asyncio.run(_administer(server, f"CREATE DATABASE {name}"))
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        asyncio.run(_administer(server, drop.format(name)))


async def _administer(url: str, statement: str) -> None:
    async with Database(url) as db:
        await db.execute(statement)
