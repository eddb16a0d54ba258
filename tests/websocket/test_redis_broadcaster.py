"""Rooms over a real Redis: several processes, and a server that goes away."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from zonda.websocket import (
    BroadcasterError,
    RedisBroadcaster,
    WebSocketError,
    websocket_connect,
)
from zonda.websocket import redis_broadcaster as module

REDIS_SERVER = shutil.which("redis-server")
needs_server = pytest.mark.skipif(REDIS_SERVER is None, reason="redis-server is not installed")


class Server:
    """A Redis server of the test's own, on a Unix socket."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "redis.sock"
        self.directory = directory
        self.process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    async def start(self) -> None:
        assert REDIS_SERVER is not None
        self.process = await asyncio.create_subprocess_exec(
            REDIS_SERVER,
            *("--port", "0", "--unixsocket", str(self.path), "--save", "", "--dir"),
            str(self.directory),
            stdout=asyncio.subprocess.DEVNULL,
        )
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_unix_connection(self.path)
                writer.close()
                return
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self.process.kill()
        await self.process.wait()
        self.path.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Server]:
    server = Server(directory)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def broadcasting(
    url: str, prefix: str
) -> AsyncIterator[tuple[RedisBroadcaster, list[object]]]:
    """A broadcaster and what it delivers."""
    broadcaster = RedisBroadcaster(url, prefix)
    got: list[object] = []
    broadcaster.deliver_to(lambda room, message: got.append((room, message)))
    try:
        yield broadcaster, got
    finally:
        await broadcaster.close()


async def until(got: list[object], wanted: object) -> None:
    while wanted not in got:
        await asyncio.sleep(0.001)


@pytest.fixture
def prefix() -> str:
    return f"zonda-test:{uuid.uuid4()}:"


@needs_server
async def test_messages_reach_the_subscribers_of_other_broadcasters(
    short_path: Path, prefix: str
) -> None:
    async with (
        running(short_path) as server,
        broadcasting(server.url, prefix) as (first, first_got),
        broadcasting(server.url, prefix) as (second, second_got),
        broadcasting(server.url, "other:") as (third, third_got),
    ):
        for broadcaster in (first, second, third):
            await broadcaster.subscribe("room")
        await broadcaster.subscribe("room")
        await second.subscribe("böard")
        for number in range(1500):
            first.publish("room", str(number))
        await first.publish("böard", b"\x00\xff")
        await until(second_got, ("böard", b"\x00\xff"))
        await until(first_got, ("room", "1499"))
        numbers = [("room", str(number)) for number in range(1500)]
        assert second_got == [*numbers, ("böard", b"\x00\xff")]
        assert first_got == numbers
        assert third_got == []
        await second.unsubscribe("room")
        await second.unsubscribe("room")
        await second.subscribe("last")
        await first.publish("room", "not for all")
        await first.publish("last", "x")
        await until(second_got, ("last", "x"))
        assert ("room", "not for all") not in second_got


@needs_server
async def test_it_comes_back_after_the_server_did(
    short_path: Path, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        running(short_path) as server,
        broadcasting(server.url, prefix) as (first, got),
        broadcasting(server.url, prefix) as (second, _),
    ):
        await first.subscribe("room")
        await second.publish("room", "before")
        await until(got, ("room", "before"))
        await server.stop()
        waiting = second.publish("nobody", "while it is away")
        await asyncio.sleep(0.05)
        await server.start()
        await waiting
        while ("room", "after") not in got:
            await second.publish("room", "after")
            await asyncio.sleep(0.01)
    assert "Redis at" in caplog.text


@needs_server
async def test_what_waits_for_a_server_is_limited(
    short_path: Path, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    async with broadcasting(f"unix://{short_path}/nothing", prefix) as (broadcaster, _):
        for _ in range(3):
            broadcaster.publish("room", "x")
        with pytest.raises(BroadcasterError, match="3 messages wait"):
            broadcaster.publish("room", "x")


@needs_server
@pytest.mark.deadline(40)
async def test_a_quiet_server_is_asked_whether_it_is_there(
    short_path: Path, prefix: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Long enough for an answer on a busy machine.
    monkeypatch.setattr(module, "QUIET", 1.0)
    async with (
        running(short_path) as server,
        broadcasting(server.url, prefix) as (broadcaster, got),
    ):
        await broadcaster.subscribe("room")
        await asyncio.sleep(2.5)
        await broadcaster.publish("room", "still here")
        await until(got, ("room", "still here"))
        assert "Redis at" not in caplog.text
        server.process.send_signal(19)  # SIGSTOP: there, but silent
        while "does not answer" not in caplog.text:
            await asyncio.sleep(0.01)
        server.process.send_signal(18)  # SIGCONT
        await broadcaster.publish("room", "back")


@needs_server
async def test_an_error_while_delivering_does_not_end_it(
    short_path: Path, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        running(short_path) as server,
        broadcasting(server.url, prefix) as (broadcaster, got),
    ):

        def deliver(room: str, message: str | bytes) -> None:
            got.append(message)
            if message == "bad":
                raise RuntimeError("delivery failed")

        broadcaster.deliver_to(deliver)
        await broadcaster.subscribe("room")
        await broadcaster.publish("room", "bad")
        await broadcaster.publish("room", "good")
        await until(got, "good")
    assert "delivery failed" in caplog.text


async def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio.retry", None)
    with pytest.raises(WebSocketError, match=r"pip install zonda-websocket\[redis\]"):
        RedisBroadcaster("redis://localhost")


@needs_server
async def test_closing_gives_up_what_waits(short_path: Path, prefix: str) -> None:
    broadcaster = RedisBroadcaster(f"unix://{short_path}/nothing", prefix)
    await broadcaster.close()
    published = broadcaster.publish("room", "x")
    subscribed = broadcaster.subscribe("room")
    await asyncio.sleep(0)
    await broadcaster.close()
    for awaitable in (published, subscribed):
        with pytest.raises(asyncio.CancelledError):
            await awaitable


WORKER = """
import asyncio, sys
from tests.websocket.chat import Chat
from zonda.web import Application
from zonda.websocket import RedisBroadcaster, Rooms, redis_broadcaster

redis_broadcaster.FIRST_DELAY = redis_broadcaster.LONGEST_DELAY = 0.02

async def main() -> None:
    rooms = Rooms(RedisBroadcaster(sys.argv[1], sys.argv[2]))
    server = Application([(r"/([a-z+]+)", Chat, {"rooms": rooms})]).listen(0, "127.0.0.1")
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@needs_server
@pytest.mark.deadline(120)
@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.long)])
async def test_a_room_of_several_workers(short_path: Path, prefix: str, count: int) -> None:
    async with running(short_path) as server, contextlib.AsyncExitStack() as stack:
        workers = []
        for _ in range(count):
            worker = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", WORKER, server.url, prefix),
                stdout=asyncio.subprocess.PIPE,
            )
            workers.append(worker)
            stack.push_async_callback(worker.wait)
            stack.callback(worker.kill)
        sockets = []
        for worker in workers:
            assert worker.stdout is not None
            port = int(await worker.stdout.readline())
            websocket = await websocket_connect(f"ws://127.0.0.1:{port}/chat")
            sockets.append(websocket)
            assert await websocket.read_message() == "welcome"
        for number, websocket in enumerate(sockets):
            await websocket.write_message(f"chat from {number}")
            for other in sockets:
                assert await other.read_message() == f"from {number}"
        await server.stop()
        await asyncio.sleep(0.05)
        await server.start()
        heard: set[int] = set()
        while len(heard) < count:
            await sockets[0].write_message("chat again")
            for number, websocket in enumerate(sockets):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        if await websocket.read_message() == "again":
                            heard.add(number)
        for websocket in sockets:
            websocket.close()
            await websocket.closed()
