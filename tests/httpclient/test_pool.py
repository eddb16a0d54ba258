"""Which connection a fetch gets, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.growth import LINEAR, growth
from tests.httpclient.servers import OK, Close, Request, Server, answer, serving
from zonda.httpclient import AsyncHTTPClient, HTTPTimeoutError
from zonda.httpclient.channel import Channel, Owner
from zonda.httpclient.pool import Pool
from zonda.httpclient.route import Route


class Gate:
    """A handler that holds requests until each is let go by its path."""

    def __init__(self) -> None:
        self.doors: dict[str, asyncio.Event] = {}
        self.order: list[str] = []

    async def __call__(self, request: Request) -> bytes:
        name = request.target
        self.order.append(name)
        await self.door(name).wait()
        return answer(str(request.connection).encode())

    def door(self, name: str) -> asyncio.Event:
        return self.doors.setdefault(name, asyncio.Event())

    async def seen(self, count: int) -> None:
        while len(self.order) < count:
            await asyncio.sleep(0)


async def test_connections_are_used_again(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        for _ in range(20):
            await client.fetch(server.url)
        await client.fetch(server.url, method="POST", body=b"x")
        await client.fetch(f"{server.url}/other?path")
    assert server.connections == 1


@pytest.mark.parametrize(
    "reply",
    [
        Close(OK),
        OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        OK.replace(b"1.1", b"1.0"),
        OK + b"more",
    ],
)
async def test_connections_that_cannot_be_used_again(client: AsyncHTTPClient, reply: bytes) -> None:
    async with serving(reply) as server:
        for _ in range(3):
            await client.fetch(server.url)
    assert server.connections == 3


@pytest.mark.parametrize("value", ["close", "Close", "x-other, close"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_that_says_close_is_the_last_one_of_its_connection(
    client: AsyncHTTPClient, method: str, value: str
) -> None:
    body = b"x" if method == "POST" else None
    async with serving(OK) as server:  # which keeps the connection all the same
        for _ in range(2):
            await client.fetch(server.url)
            await client.fetch(server.url, method=method, body=body, headers={"Connection": value})
            assert server.last.headers["connection"] == value
    assert server.connections == 2


async def test_connections_are_not_kept_if_that_is_not_wanted() -> None:
    async with AsyncHTTPClient(True, idle_timeout=0) as client, serving(OK) as server:
        for _ in range(3):
            await client.fetch(server.url)
    assert server.connections == 3


@pytest.mark.parametrize(
    "options",
    [
        {"network_interface": "127.0.0.2"},
        {"allow_ipv6": False},
    ],
)
async def test_what_makes_connections_different(
    client: AsyncHTTPClient, options: dict[str, Any]
) -> None:
    async with serving(OK) as server:
        url = server.url.replace("localhost", "127.0.0.1")
        for _ in range(2):
            await client.fetch(url)
            await client.fetch(url, **options)
        assert server.connections == 2


async def test_hosts_do_not_share(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        await client.fetch(server.url)
        await client.fetch(server.url.replace("localhost", "127.0.0.1"))
        assert server.connections == 2
        assert client.pool.idle_count == 2


async def test_what_was_used_last_is_used_first() -> None:
    gate = Gate()
    async with AsyncHTTPClient(True) as client, serving(gate) as server:
        futures = [client.fetch(f"{server.url}/{name}") for name in "abc"]
        await gate.seen(3)
        for name, future in zip("bca", (futures[1], futures[2], futures[0]), strict=True):
            gate.door(f"/{name}").set()
            last = (await future).body
        gate.door("/d").set()
        for _ in range(3):
            assert (await client.fetch(f"{server.url}/d")).body == last
        assert client.pool.idle_count == 3


async def test_who_is_one_too_many_waits_in_turn() -> None:
    gate = Gate()
    async with AsyncHTTPClient(True, max_clients=2) as client, serving(gate) as server:
        futures = [client.fetch(f"{server.url}/{i}") for i in range(6)]
        await gate.seen(2)
        assert (client.pool.active_count, client.pool.waiting_count) == (2, 4)
        clock = asyncio.get_running_loop().time
        began = clock()
        while clock() == began:  # that of uvloop has milliseconds
            await asyncio.sleep(0)
        for i in range(6):
            gate.door(f"/{i}").set()
        responses = await asyncio.gather(*futures)
        assert gate.order[2:] == ["/2", "/3", "/4", "/5"]
        assert server.connections == 2
        assert responses[0].time_info["queue"] == 0
        assert responses[5].time_info["queue"] > 0


async def test_a_slow_host_does_not_hold_up_the_others() -> None:
    gate = Gate()
    async with (
        AsyncHTTPClient(True, max_clients=10, max_clients_per_host=1) as client,
        serving(gate) as slow,
        serving(OK) as quick,
    ):
        futures = [client.fetch(f"{slow.url}/{i}") for i in range(3)]
        await gate.seen(1)
        for _ in range(5):
            await client.fetch(quick.url)
        assert client.pool.waiting_count == 2
        assert quick.connections == 1
        for i in range(3):
            gate.door(f"/{i}").set()
        await asyncio.gather(*futures)
        assert slow.connections == 1


async def test_the_longest_waiting_is_next_whatever_the_host() -> None:
    gate = Gate()
    async with (
        AsyncHTTPClient(True, max_clients=1) as client,
        serving(gate) as one,
        serving(gate) as two,
    ):
        urls = [f"{one.url}/0", f"{one.url}/1", f"{two.url}/2", f"{one.url}/3", f"{two.url}/4"]
        for i in range(5):
            gate.door(f"/{i}").set()
        await asyncio.gather(*map(client.fetch, urls))
        assert gate.order == ["/0", "/1", "/2", "/3", "/4"]
        assert client.pool.idle_count == 1


async def test_what_is_free_makes_room_for_another_host() -> None:
    async with AsyncHTTPClient(True, max_clients=2) as client:
        servers: list[Server] = []
        async with serving(OK) as one, serving(OK) as two, serving(OK) as three:
            servers += [one, two, three]
            for server in servers:
                await client.fetch(server.url)
            assert client.pool.idle_count == 2
            while one.open_connections:
                await asyncio.sleep(0)
            await client.fetch(two.url)
            await client.fetch(three.url)
            assert [server.connections for server in servers] == [1, 1, 1]


async def test_a_connection_that_fails_makes_room_for_who_waits() -> None:
    gate = Gate()
    gate.door("/").set()
    async with AsyncHTTPClient(True, max_clients=1) as client, serving(gate) as server:
        futures = [
            client.fetch("http://127.0.0.1:1/"),
            client.fetch("http://127.0.0.1:1/"),
            client.fetch(f"{server.url}/"),
        ]
        first, second, third = await asyncio.gather(*futures, return_exceptions=True)
    assert isinstance(first, ConnectionRefusedError)
    assert isinstance(second, ConnectionRefusedError)
    assert not isinstance(third, BaseException) and third.code == 200


async def test_free_connections_expire(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        await client.fetch(server.url)
        (connection,) = client.pool._kept
        deadline = connection.deadline - client.sweep.now
        assert 50 <= deadline <= 52
        connection.deadline = 0
        client.sweep._look()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert client.pool.idle_count == 0
        await client.fetch(server.url)
        assert server.connections == 2


async def test_a_connection_in_use_does_not_expire_as_if_it_were_free(
    client: AsyncHTTPClient,
) -> None:
    gate = Gate()
    async with serving(gate) as server:
        gate.door("/").set()
        await client.fetch(f"{server.url}/")
        (connection,) = client.pool._kept
        connection.deadline = client.sweep.now  # it is used at the last moment
        future = client.fetch(f"{server.url}/slow")
        await gate.seen(2)
        client.sweep._look()
        gate.door("/slow").set()
        assert (await future).body == b"1"


async def test_routes_without_connections_are_forgotten(client: AsyncHTTPClient) -> None:
    async with serving(Close(OK)) as server:
        for _ in range(3):
            await client.fetch(server.url)
        with pytest.raises(ConnectionRefusedError):
            await client.fetch("http://127.0.0.1:1/")
        await asyncio.sleep(0)
    assert client.pool._branches == {}
    assert client.pool._homes == {}


@pytest.mark.deadline(60)
async def test_thousands_of_fetches_leave_nothing_behind(client: AsyncHTTPClient) -> None:
    import gc
    import os
    import tracemalloc

    async def some(count: int, server: Server) -> None:
        async def one(i: int) -> None:
            if i % 7 == 0:
                with pytest.raises(HTTPTimeoutError):
                    await client.fetch(f"{server.url}/never", request_timeout=0.001)
            elif i % 5 == 0:
                client.fetch(server.url).cancel()
            else:
                await client.fetch(f"{server.url}/{i % 10}")

        for start in range(0, count, 20):
            await asyncio.gather(*[one(i) for i in range(start, start + 20)])
        server.requests.clear()

    async def handler(request: Request) -> bytes | None:
        if request.target != "/never":
            return answer(b"x" * 1000)
        await request.reader.read()
        return None

    async with serving(handler) as server:
        await some(200, server)
        gc.collect()
        descriptors = len(os.listdir("/proc/self/fd"))
        tracemalloc.start()
        await some(100, server)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        await some(300, server)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert grown < 150_000  # a fetch with its answer is several thousand
        assert abs(len(os.listdir("/proc/self/fd")) - descriptors) < 40
    assert client.pool.active_count == 0


class Waiting:
    """Somebody who waits for a connection, and gets none."""

    is_waiting = True
    route = Route("h", 80, None)

    def connecting(self, task: asyncio.Task[None]) -> None:
        """One is being made."""

    def connected(self, connection: Channel) -> None:
        """Here is one."""

    def failed(self, error: Exception) -> None:
        """None could be made."""


class Never:
    """Makes no connection."""

    async def make(self, route: Route, owner: Owner) -> Channel:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    def close(self) -> None:
        """Nothing is held."""


async def test_giving_up_is_linear_however_many_wait() -> None:
    """All may give up at the same moment."""
    loop = asyncio.get_running_loop()
    pool = Pool(loop, Never(), max_clients=1, max_per_host=None, idle_timeout=1)
    pool.acquire(Waiting())
    assert (pool.active_count, pool.waiting_count) == (1, 0)

    def run(size: int) -> Callable[[], None]:
        customers = [Waiting() for _ in range(size)]

        def come_and_go() -> None:
            for customer in customers:
                pool.acquire(customer)
            assert pool.waiting_count == size
            for customer in customers:
                pool.left(customer)
            assert pool.waiting_count == 0

        return come_and_go

    assert growth(run) < LINEAR
    pool.close()
    await pool.wait_closed()
