"""Whole programs for an IOLoop, as its users write them: of the talk, and of Tornado's manual."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime
import errno
import functools
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

import zonda.ioloop
from zonda.ioloop import IOLoop, PeriodicCallback, run


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server in a thread that sends one message back and hangs up."""

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(connection.recv(100).upper())

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


class MyClient:
    """The client of the talk: a raw socket, and a handler of its events."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    def connect(self, host: str, port: int) -> None:
        # Create our socket
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
        self.sock.connect((host, port))
        self.sock.setblocking(False)
        self.io_loop = zonda.ioloop.IOLoop.instance()

        # Append our handler to the ioloop for our socket
        events = zonda.ioloop.IOLoop.READ | zonda.ioloop.IOLoop.ERROR

        self.io_loop.add_handler(self.sock.fileno(), self._handle_events, events)

    def _handle_events(self, fd: int, events: int) -> None:
        if events & zonda.ioloop.IOLoop.READ:
            data = self.sock.recv(100)
            self.received.append(data)
            if not data:
                self.io_loop.remove_handler(fd)
                self.sock.close()
                self.io_loop.stop()


def test_client_of_the_talk(echo_port: int) -> None:
    client = MyClient()
    client.connect("127.0.0.1", echo_port)
    client.sock.send(b"hello")
    IOLoop.instance().add_timeout(time.time() + 10, pytest.fail)
    IOLoop.instance().start()
    IOLoop.instance().close()
    assert b"".join(client.received) == b"HELLO"


def test_timeouts_and_periodic_callbacks_of_the_talk() -> None:
    order: list[str] = []
    io_loop = IOLoop.instance()
    io_loop.add_timeout(time.time() + 0.03, io_loop.stop)
    io_loop.add_timeout(datetime.timedelta(seconds=0.001), lambda: order.append("timeout"))
    PeriodicCallback(lambda: order.append("periodic"), 10).start()
    io_loop.start()
    io_loop.close()
    assert order[0] == "timeout"
    assert order.count("periodic") >= 1


def test_tcp_server_on_a_raw_socket() -> None:
    """Accepts in a handler, and gives each connection to a coroutine."""
    received: list[str] = []

    async def handle_connection(connection: socket.socket, done: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(connection, 100):
            received.append(data.decode())
        connection.close()
        done.set()

    def connection_ready(server: socket.socket, done: asyncio.Event, fd: int, events: int) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN):
                    raise
                return
            connection.setblocking(False)
            IOLoop.current().spawn_callback(handle_connection, connection, done)

    async def main() -> None:
        done = asyncio.Event()
        server = socket.create_server(("127.0.0.1", 0))
        server.setblocking(False)
        io_loop = IOLoop.current()
        callback = functools.partial(connection_ready, server, done)
        io_loop.add_handler(server.fileno(), callback, io_loop.READ)
        _, writer = await asyncio.open_connection(*server.getsockname())
        writer.write(b"message from client")
        writer.close()
        await done.wait()
        io_loop.remove_handler(server.fileno())
        server.close()

    run(main)
    assert "".join(received) == "message from client"


def test_main_function_in_run_sync() -> None:
    async def main() -> str:
        await asyncio.sleep(0.001)
        return "done"

    assert IOLoop.current().run_sync(main) == "done"
    IOLoop.current().close()


def test_blocking_function_in_a_thread() -> None:
    def fibonacci(number: int) -> int:
        return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)

    async def main(pool: concurrent.futures.Executor) -> int:
        return await IOLoop.current().run_in_executor(pool, fibonacci, 12)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        assert run(main(pool)) == 144


def test_coroutine_that_runs_beside_the_program() -> None:
    """Every minute, in small: a loop of its own that is spawned and never awaited."""
    minutes: list[float] = []

    async def minute_loop(io_loop: IOLoop, enough: Callable[[], None]) -> None:
        while True:
            next_one = asyncio.sleep(0.002)
            minutes.append(io_loop.time())
            if len(minutes) == 3:
                enough()
            await next_one

    async def main() -> None:
        enough = asyncio.Event()
        IOLoop.current().spawn_callback(minute_loop, IOLoop.current(), enough.set)
        await enough.wait()

    run(main)
    assert len(minutes) == 3


def test_thread_hands_its_result_to_the_loop() -> None:
    async def main() -> str:
        result: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        io_loop = IOLoop.current()

        def work() -> None:
            io_loop.add_callback(result.set_result, threading.current_thread().name)

        threading.Thread(target=work, name="worker").start()
        return await result

    assert run(main) == "worker"


def test_worker_thread_with_its_own_loop() -> None:
    ready: concurrent.futures.Future[IOLoop] = concurrent.futures.Future()
    called: list[str] = []

    def work() -> None:
        io_loop = IOLoop()
        io_loop.add_callback(ready.set_result, io_loop)
        io_loop.start()
        io_loop.close()

    thread = threading.Thread(target=work)
    thread.start()
    other = ready.result(10)
    other.add_callback(lambda: called.append(threading.current_thread().name))
    other.add_callback(other.stop)
    thread.join(10)
    assert called == [thread.name]
