"""Files that go to the client without passing through Python."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.raw_client import Client
from zonda.http import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from zonda.httpserver import AnswerError, HTTP1Connection, HTTPServer, Limits
from zonda.httpserver.file_sending import TURN_SIZE, Next, Sending, _send_in_thread
from zonda.iostream import StreamClosedError

ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SIZE = 5_000_000
CONTENT = os.urandom(1000) * (SIZE // 1000)

Answer = Callable[[HTTP1Connection, int], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "file"
    path.write_bytes(CONTENT)
    return path


@contextlib.asynccontextmanager
async def serving(
    path: Path, answer: Answer, limits: Limits | None = None
) -> AsyncIterator[Client]:
    tasks: set[asyncio.Task[None]] = set()

    async def run(connection: HTTP1Connection) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            await answer(connection, descriptor)
        finally:
            os.close(descriptor)

    def called(request: HTTPServerRequest) -> None:
        assert isinstance(request.connection, HTTP1Connection)
        tasks.add(asyncio.get_running_loop().create_task(run(request.connection)))

    server = HTTPServer(called, limits=limits)
    [sock] = server.listen(0, "127.0.0.1")
    client = Client(*await asyncio.open_connection(*sock.getsockname()))
    try:
        yield client
    finally:
        client.writer.close()
        server.stop()
        await server.close_all_connections()
        await asyncio.gather(*tasks)


def head(connection: HTTP1Connection, length: int | None) -> None:
    fields = {} if length is None else {"Content-Length": str(length)}
    connection.write_headers(ResponseStartLine("HTTP/1.1", 200, "OK"), HTTPHeaders(fields))


async def test_a_file_larger_than_all_buffers(path: Path) -> None:
    async def answer(connection: HTTP1Connection, file: int) -> None:
        head(connection, SIZE + 3)
        assert await connection.send_file(file, 0, SIZE) == SIZE
        connection.write(b"end")
        connection.finish()

    async with serving(path, answer) as client:
        for _ in range(2):
            assert (await client.ask(ASK)).body == CONTENT + b"end"


async def test_a_part_of_a_file(path: Path) -> None:
    async def answer(connection: HTTP1Connection, file: int) -> None:
        head(connection, 2000)
        assert await connection.send_file(file, 500, 2000) == 2000
        connection.finish()

    async with serving(path, answer) as client:
        assert (await client.ask(ASK)).body == CONTENT[500:2500]


async def test_a_file_that_is_shorter_than_thought(path: Path) -> None:
    async def answer(connection: HTTP1Connection, file: int) -> None:
        head(connection, 2000)
        assert await connection.send_file(file, SIZE - 1000, 2000) == 1000
        connection.write(b"x" * 1000)
        connection.finish()

    async with serving(path, answer) as client:
        assert (await client.ask(ASK)).body == CONTENT[-1000:] + b"x" * 1000


async def test_where_it_cannot_be_done_nothing_is_sent(path: Path) -> None:
    async def answer(connection: HTTP1Connection, file: int) -> None:
        with pytest.raises(AnswerError, match="between its head and its end"):
            await connection.send_file(file, 0, 10)
        head(connection, None)
        assert await connection.send_file(file, 0, 10) == 0
        connection.finish()

    async with serving(path, answer) as client:
        assert (await client.ask(ASK)).body == b""


async def test_more_than_announced_is_an_error(path: Path) -> None:
    async def answer(connection: HTTP1Connection, file: int) -> None:
        head(connection, 10)
        with pytest.raises(AnswerError, match="more data"):
            await connection.send_file(file, 0, 11)

    async with serving(path, answer) as client:
        client.send(ASK)
        assert await client.at_end() or True


async def test_a_client_that_leaves_ends_the_sending(path: Path) -> None:
    ended = asyncio.Event()

    async def answer(connection: HTTP1Connection, file: int) -> None:
        head(connection, SIZE * 100)
        with pytest.raises(StreamClosedError):
            for _ in range(100):
                await connection.send_file(file, 0, SIZE)
        ended.set()

    async with serving(path, answer) as client:
        client.send(ASK)
        await client.reader.readexactly(100_000)
        client.writer.transport.abort()
        await ended.wait()


async def test_a_client_that_does_not_read_is_cut_off(path: Path) -> None:
    ended = asyncio.Event()

    async def answer(connection: HTTP1Connection, file: int) -> None:
        connection.sweep.set_interval(0.01)
        head(connection, SIZE * 100)
        with pytest.raises(StreamClosedError):
            for _ in range(100):
                await connection.send_file(file, 0, SIZE)
        ended.set()

    async with serving(path, answer, Limits(write_timeout=0.05)) as client:
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's
        client.send(ASK)
        await ended.wait()


async def test_cancelling_leaves_no_descriptor_behind(path: Path) -> None:
    async def answer(connection: HTTP1Connection, file: int) -> None:
        before = len(os.listdir("/proc/self/fd"))
        head(connection, SIZE)
        sending = asyncio.ensure_future(connection.send_file(file, 0, SIZE))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        connection.abort()
        await asyncio.get_running_loop().run_in_executor(None, int)
        while len(os.listdir("/proc/self/fd")) > before:
            await asyncio.sleep(0.001)
        done.set()

    done = asyncio.Event()
    async with serving(path, answer) as client:
        client.send(ASK)
        await done.wait()


async def test_nothing_is_said_of_a_thread_that_fails_when_nobody_waits(path: Path) -> None:
    """The test fails if the loop's exception handler is told of it."""
    loop, may_go_on = asyncio.get_running_loop(), threading.Event()
    loop.set_default_executor(ThreadPoolExecutor(1))
    loop.run_in_executor(None, may_go_on.wait)
    mine, other = socket.socketpair()
    other.close()
    with mine, path.open("rb") as file, contextlib.ExitStack() as descriptors:
        rest = Sending(mine.fileno(), file.fileno(), 0, SIZE)
        sending = asyncio.ensure_future(_send_in_thread(rest, loop, descriptors))
        await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        may_go_on.set()
        await loop.run_in_executor(None, int)  # the one thread comes to this later


async def test_bytes_that_are_not_in_memory(path: Path) -> None:
    async def answer(connection: HTTP1Connection, file: int) -> None:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        head(connection, SIZE)
        assert await connection.send_file(file, 0, SIZE) == SIZE
        connection.finish()

    async with serving(path, answer) as client:
        assert (await client.ask(ASK)).body == CONTENT


def test_a_turn_ends_though_more_could_be_sent(path: Path, tmp_path: Path) -> None:
    with path.open("rb") as file, (tmp_path / "copy").open("wb") as copy:
        file.read()
        sending = Sending(copy.fileno(), file.fileno(), 0, SIZE)
        while (next := sending.take_turn()) is Next.TURN:
            assert sending.position % TURN_SIZE == 0
        if next is Next.THREAD:
            pytest.skip("this file system cannot say what is in memory")
        assert next is Next.NOTHING
        assert sending.position == SIZE
    assert (tmp_path / "copy").read_bytes() == CONTENT


async def test_who_waits_for_the_socket_can_be_cancelled(path: Path) -> None:
    async def answer(connection: HTTP1Connection, file: int) -> None:
        before = len(os.listdir("/proc/self/fd"))
        head(connection, SIZE * 100)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                for _ in range(100):
                    await connection.send_file(file, 0, SIZE)
        connection.abort()
        await asyncio.get_running_loop().run_in_executor(None, int)
        while len(os.listdir("/proc/self/fd")) > before:
            await asyncio.sleep(0.001)
        done.set()

    done = asyncio.Event()
    async with serving(path, answer) as client:
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's
        client.send(ASK)
        await done.wait()
