"""The cookbook's sites on real servers: some of a test's own, which it may end and start again."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlsplit

import pytest

from zonda.httpclient import AsyncHTTPClient, HTTPResponse
from zonda.httpserver import HTTPServer
from zonda.web import Application


class Browser:
    """A client of one site."""

    def __init__(self, client: AsyncHTTPClient, origin: str, application: Application) -> None:
        self._client = client
        self._origin = origin
        self.application = application

    async def fetch(self, method: str, path: str, body: Any = None) -> HTTPResponse:
        """The answer, whatever it says; *body* becomes JSON."""
        return await self._client.fetch(
            self._origin + path,
            method=method,
            body=None if body is None and method == "GET" else json.dumps(body),
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

    def stream(self, path: str) -> AbstractAsyncContextManager[Any]:
        """An answer that is read as it comes."""
        return self._client.stream(self._origin + path, request_timeout=15)


def _json(answer: HTTPResponse) -> Any:
    assert answer.code < 300, (answer.code, answer.body)
    return json.loads(answer.body)


@contextlib.asynccontextmanager
async def serving(site: AbstractAsyncContextManager[Application]) -> AsyncIterator[Browser]:
    """Serve a site the way `zonda.httpserver.serve` does, in the loop of the test."""
    async with site as application:
        server = HTTPServer(application)
        [sock] = server.listen(0, "127.0.0.1")
        origin = f"http://127.0.0.1:{sock.getsockname()[1]}"
        async with AsyncHTTPClient(force_instance=True, max_clients=100) as client:
            yield Browser(client, origin, application)
        await server.drain(grace=5)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclasses.dataclass
class OwnServer:
    """A server that belongs to one test."""

    command: list[str]
    port: int
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it at its port, and wait until it listens."""
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        while not await answers("127.0.0.1", self.port):
            assert self.process.returncode is None, f"{self.command} ended"
            await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """End it without a chance to say good-bye."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@contextlib.asynccontextmanager
async def own_server(
    program: str, arguments: Callable[[int], list[str]]
) -> AsyncIterator[OwnServer]:
    """Run *program* for one test; the test is skipped where it is not installed."""
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    path = shutil.which(program, path=search)
    if path is None:
        pytest.skip(f"{program} is not installed")
    port = free_port()
    server = OwnServer([path, *arguments(port)], port)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


async def answers(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def url_of(variable: str, default: str) -> str:
    """The URL of a server of this machine; the test is skipped where it does not answer."""
    url = os.environ.get(variable, default)
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), 2).close()
    except OSError as error:
        pytest.skip(f"no server at {parts.hostname}:{parts.port} ({variable}): {error}")
    return url


