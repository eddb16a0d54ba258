"""What a fetch does beside sending and reading: time, cancelling, redirects, retries, callbacks."""

from __future__ import annotations

import asyncio
import gzip
import io
import zlib
from array import array
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

import pytest

from tests.httpclient.servers import OK, Close, Request, answer, serving
from zonda.httpclient import (
    AsyncHTTPClient,
    HTTPClientError,
    HTTPRequest,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    RequestError,
    ResponseError,
)
from zonda.httpclient.connection import ClientConnection
from zonda.httpclient.fetch import Fetch
from zonda.iostream import StreamClosedError


async def never(request: Request) -> None:
    """Waits until the client has enough."""
    await request.reader.read()


def nothing_left(client: AsyncHTTPClient) -> bool:
    pool = client.pool
    return (pool.active_count, pool.waiting_count, len(client.fetches.members)) == (0, 0, 0)


# Time.


async def dribble(request: Request) -> None:
    """A body that never ends and never stops."""
    request.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        request.writer.write(b"x")
        await asyncio.sleep(0.01)


async def dribble_head(request: Request) -> None:
    request.writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.writer.write(b"X: y\r\n")
        await asyncio.sleep(0.01)


async def redirect_for_ever(request: Request) -> bytes:
    await asyncio.sleep(0.02)
    return answer(b"", "302 Found", location="/")


@pytest.mark.parametrize("handler", [never, dribble, dribble_head, redirect_for_ever])
async def test_the_request_timeout_covers_all_of_it(
    client: AsyncHTTPClient, handler: Callable[[Request], Any]
) -> None:
    async with serving(handler) as server:
        with pytest.raises(HTTPTimeoutError, match="during request") as caught:
            await client.fetch(server.url, request_timeout=0.15, max_redirects=1000)
        assert caught.value.code == 599
        assert nothing_left(client)
        assert client.pool.idle_count == 0


async def test_a_timeout_in_the_queue() -> None:
    async with AsyncHTTPClient(True, max_clients=1) as client, serving(never) as server:
        first = client.fetch(server.url)
        with pytest.raises(HTTPTimeoutError, match="in request queue"):
            await client.fetch(server.url, queue_timeout=0.05)
        with pytest.raises(HTTPTimeoutError, match="in request queue"):
            await client.fetch(server.url, connect_timeout=0.05)
        assert client.pool.waiting_count == 0
        first.cancel()


async def test_a_timeout_while_connecting(client: AsyncHTTPClient) -> None:
    async def stubborn(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(stubborn, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent:
        with pytest.raises(HTTPTimeoutError, match="while connecting"):
            await client.fetch(f"https://127.0.0.1:{port}/", connect_timeout=0.1)
        while not nothing_left(client):
            await asyncio.sleep(0)


async def test_silence_is_a_timeout_of_its_own(client: AsyncHTTPClient) -> None:
    async with serving(never) as server:
        with pytest.raises(HTTPTimeoutError):
            await client.fetch(server.url, read_timeout=0.1, request_timeout=0)
    assert nothing_left(client)


async def test_a_server_that_goes_on_sending_is_not_silent(client: AsyncHTTPClient) -> None:
    came = asyncio.Event()

    def take(data: bytes) -> None:
        came.set()

    async with serving(dribble) as server:
        future = client.fetch(
            server.url, read_timeout=100, request_timeout=1000, streaming_callback=take
        )
        await came.wait()
        (fetch,) = client.fetches.members
        assert isinstance(fetch, Fetch)
        fetch.timed_out()  # the time is over, but something has been heard
        assert not future.done()
        fetch.heard -= 100
        fetch.timed_out()
        with pytest.raises(HTTPTimeoutError):
            await future
    assert nothing_left(client)


async def test_long_timeouts_are_looked_at_by_the_sweep() -> None:
    async with AsyncHTTPClient(True) as client, serving(never) as server:
        future = client.fetch(server.url, request_timeout=100)
        while not server.requests:
            await asyncio.sleep(0)
        (fetch,) = client.fetches.members
        assert isinstance(fetch, Fetch)
        fetch.deadline = fetch.ends = 0
        client.fetches._look()
        with pytest.raises(HTTPTimeoutError):
            await future


async def test_no_timeouts(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        response = await client.fetch(server.url, request_timeout=0, connect_timeout=0)
    assert response.code == 200


# Cancelling.


@pytest.mark.parametrize("by", ["future", "task", "timeout"])
async def test_cancelling_an_exchange_ends_its_connection(client: AsyncHTTPClient, by: str) -> None:
    async with serving(never) as server:
        future = client.fetch(server.url)
        while not server.requests:
            await asyncio.sleep(0)
        if by == "future":
            future.cancel()
            await asyncio.sleep(0)
        elif by == "timeout":
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await future
        else:
            task = asyncio.ensure_future(client_fetch(future))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert future.cancelled()
        assert nothing_left(client)
        while server.open_connections:
            await asyncio.sleep(0)


async def client_fetch(future: asyncio.Future[Any]) -> None:
    await future


async def test_cancelling_at_any_moment_leaves_no_broken_connection() -> None:
    """Whenever it is done, the next fetch gets its own answer."""

    async def handler(request: Request) -> bytes:
        request.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        for byte in request.target[1:7].encode():
            await asyncio.sleep(0)
            request.writer.write(bytes((byte,)))
        return b""

    async with AsyncHTTPClient(True, max_clients=2) as client, serving(handler) as server:
        for turns in range(60):
            future = client.fetch(f"{server.url}/wrong!")
            for _ in range(turns):
                await asyncio.sleep(0)
            future.cancel()
            response = await client.fetch(f"{server.url}/{turns:06}")
            assert response.body == b"%06d" % turns
    assert nothing_left(client)


async def test_cancelling_who_waits_makes_room_in_the_queue() -> None:
    release = asyncio.Event()

    async def handler(request: Request) -> bytes:
        await release.wait()
        return OK

    async with AsyncHTTPClient(True, max_clients=1) as client, serving(handler) as server:
        futures = [client.fetch(f"{server.url}/{i}") for i in range(4)]
        futures[1].cancel()
        release.set()
        await asyncio.gather(futures[0], futures[2], futures[3])
    assert [request.target for request in server.requests] == ["/0", "/2", "/3"]


# Sending twice.


def drops_second(request: Request) -> bytes | None:
    """Each connection answers once, then closes when it gets another request."""
    seen = getattr(request.writer, "seen", 0)
    request.writer.seen = seen + 1  # type: ignore[attr-defined]  # a note of the test's
    return OK if seen == 0 else None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_an_idempotent_request_is_sent_again_when_a_kept_connection_drops(
    client: AsyncHTTPClient, method: str
) -> None:
    async with serving(drops_second) as server:
        body = b"x" if method == "PUT" else None
        if method == "HEAD":
            await client.fetch(server.url, method="DELETE")
        else:
            await client.fetch(server.url, method=method, body=body)
        response = await client.fetch(server.url, method=method, body=body, raise_error=False)
        assert response.code == 200
        assert len(server.requests) == 3
        assert server.connections == 2


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_request_that_is_not_idempotent_is_never_sent_twice(
    client: AsyncHTTPClient, method: str
) -> None:
    async with serving(drops_second) as server:
        await client.fetch(server.url)
        with pytest.raises(HTTPStreamClosedError):
            await client.fetch(server.url, method=method, body=b"pay")
        assert [request.method for request in server.requests] == ["GET", method]


async def test_a_request_is_sent_again_only_once_and_not_on_a_new_connection(
    client: AsyncHTTPClient,
) -> None:
    async with serving(lambda request: OK if len(server.requests) == 1 else None) as server:
        await client.fetch(server.url)
        with pytest.raises(HTTPStreamClosedError):
            await client.fetch(server.url)
        assert len(server.requests) == 3
        with pytest.raises(HTTPStreamClosedError):
            await client.fetch(server.url)
        assert len(server.requests) == 4


async def test_a_request_whose_answer_has_begun_is_not_sent_again(
    own_client: AsyncHTTPClient,
) -> None:
    client = own_client
    async with serving(lambda r: OK if len(server.requests) == 1 else Close(b"HTT")) as server:
        await client.fetch(server.url)
        with pytest.raises(HTTPStreamClosedError):
            await client.fetch(server.url)
        assert len(server.requests) == 2


# Redirects.


def redirecting(status: str, location: str) -> Callable[[Request], bytes]:
    return lambda r: answer(b"gone", status, location=location) if r.target == "/" else OK


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_on_the_same_connection(
    client: AsyncHTTPClient, code: int
) -> None:
    async with serving(redirecting(f"{code} Go", "/there?a=b")) as server:
        response = await client.fetch(server.url)
        assert response.effective_url == f"{server.url}/there?a=b"
        assert response.request.url == server.url
        assert [request.target for request in server.requests] == ["/", "/there?a=b"]
        assert server.connections == 1


@pytest.mark.parametrize(
    ("code", "method", "after"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (302, "PUT", "PUT"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
    ],
)
async def test_what_redirects_keep(
    client: AsyncHTTPClient, code: int, method: str, after: str
) -> None:
    def handler(request: Request) -> bytes:
        if request.target == "/":
            return answer(b"", f"{code} Go", location="/there")
        return answer(b"")

    async with serving(handler) as server:
        body = None if method == "HEAD" else b"content"
        headers = {"Content-Type": "text/x", "X-Mine": "1"}
        await client.fetch(server.url, method=method, body=body, headers=headers)
        last = server.last
    assert last.method == after
    assert last.headers["x-mine"] == "1"
    if after in ("GET", "HEAD") and method != "HEAD":
        assert last.body == b""
        assert not {"content-type", "content-length"} & last.headers.keys()
    elif body is not None:
        assert (last.body, last.headers["content-type"]) == (b"content", "text/x")


async def test_redirects_end(client: AsyncHTTPClient) -> None:
    async with serving(answer(b"", "302 Found", location="/")) as server:
        with pytest.raises(HTTPClientError, match="HTTP 302: Found"):
            await client.fetch(server.url)
        assert len(server.requests) == 6
        with pytest.raises(HTTPClientError, match="302"):
            await client.fetch(server.url, follow_redirects=False)
        with pytest.raises(HTTPClientError, match="302"):
            await client.fetch(server.url, max_redirects=0)
        assert len(server.requests) == 8


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://localhost/",
        "javascript:alert(1)",
        "//a b/",
        "http://[/",
    ],
)
async def test_a_redirect_to_what_cannot_be_fetched_is_an_error(
    client: AsyncHTTPClient, location: str
) -> None:
    async with serving(answer(b"", "302 Found", location=location)) as server:
        with pytest.raises(ResponseError, match="redirects to"):
            await client.fetch(server.url)


async def test_credentials_stay_with_their_origin(client: AsyncHTTPClient) -> None:
    headers = {"Authorization": "secret", "Cookie": "secret", "Proxy-Authorization": "secret"}
    async with serving(OK) as other, serving(redirecting("302 Go", f"{other.url}/")) as server:
        await client.fetch(server.url, headers={**headers, "X-Mine": "1"})
        assert server.last.headers["authorization"] == "secret"
        assert not {name.lower() for name in headers} & other.last.headers.keys()
        assert other.last.headers["x-mine"] == "1"
        assert other.last.headers["host"] == f"localhost:{other.port}"
        for request in (
            HTTPRequest(server.url, auth_username="me", auth_password="secret"),
            HTTPRequest(server.url.replace("//", "//me:secret@")),
        ):
            await client.fetch(request)
            assert server.last.headers["authorization"].startswith("Basic ")
            assert "authorization" not in other.last.headers


async def test_credentials_of_the_defaults_stay_with_their_origin_too() -> None:
    defaults = {"auth_username": "me", "auth_password": "secret"}
    async with (
        AsyncHTTPClient(True, defaults=defaults) as client,
        serving(OK) as other,
        serving(redirecting("302 Go", f"{other.url}/")) as server,
    ):
        await client.fetch(server.url)
    assert "authorization" in server.last.headers
    assert "authorization" not in other.last.headers


async def test_credentials_go_along_within_their_origin(client: AsyncHTTPClient) -> None:
    async with serving(redirecting("302 Go", "/there")) as server:
        for request in (
            HTTPRequest(server.url, headers={"Authorization": "secret"}),
            HTTPRequest(server.url, auth_username="me", auth_password="secret"),
            HTTPRequest(server.url.replace("//", "//me:secret@")),
        ):
            await client.fetch(request)
            assert server.last.target == "/there"
            assert server.last.headers["authorization"]


@pytest.mark.parametrize("endless", [False, True])
async def test_the_body_of_a_redirect_is_not_waited_for_if_it_is_large(
    client: AsyncHTTPClient, endless: bool
) -> None:
    async def handler(request: Request) -> bytes | None:
        if request.target != "/":
            return OK
        head = answer(b"", "302 Found", location="/there")
        request.writer.write(head.replace(b"Content-Length: 0", b"Content-Length: 9999999"))
        while endless:
            request.writer.write(b"x" * 65536)
            await request.writer.drain()
        return b"x" * 9999999

    async with serving(handler) as server:
        assert (await client.fetch(server.url)).body == b"ok"
        assert server.connections == 2


# Callbacks.

variable: ContextVar[str] = ContextVar("variable", default="unset")


async def test_callbacks_get_lines_and_pieces_in_the_callers_context(
    client: AsyncHTTPClient,
) -> None:
    lines: list[str] = []
    pieces: list[bytes] = []
    seen: set[str] = set()

    def on_line(line: str) -> None:
        seen.add(variable.get())
        lines.append(line)

    def on_piece(data: bytes) -> None:
        seen.add(variable.get())
        pieces.append(data)

    async with serving(answer(b"body", x="y")) as server:
        variable.set("before")
        await client.fetch(server.url)
        variable.set("mine")
        response = await client.fetch(
            server.url, header_callback=on_line, streaming_callback=on_piece
        )
    assert lines == ["HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n", "X: y\r\n", "\r\n"]
    assert b"".join(pieces) == b"body"
    assert response.body == b""
    assert seen == {"mine"}


@pytest.mark.parametrize("is_coroutine", [False, True])
async def test_a_producer_sees_the_callers_context(
    client: AsyncHTTPClient, is_coroutine: bool
) -> None:
    """Also when it had to wait for somebody else's connection, or is called again elsewhere."""

    async def fetch(name: str) -> None:
        variable.set(name)

        async def produce(write: Callable[[bytes], Any]) -> None:
            seen.append((name, variable.get()))
            await write(b"x")

        def produce_at_once(write: Callable[[bytes], Any]) -> None:
            seen.append((name, variable.get()))
            write(b"x")

        producer: Any = produce if is_coroutine else produce_at_once
        await narrow.fetch(f"{server.url}/{name}", method="PUT", body_producer=producer)

    def redirect_once(request: Request) -> bytes:
        again = request.target.endswith("again")
        return OK if again else answer(b"", "307 Elsewhere", location=f"{request.target}/again")

    seen: list[tuple[str, str]] = []
    async with (
        serving(redirect_once) as server,
        type(client)(force_instance=True, max_clients=1) as narrow,
    ):
        await asyncio.gather(*[fetch(name) for name in "abc"])
    assert sorted(seen) == [(name, name) for name in "aabbcc"]


async def test_a_callback_that_is_awaited_holds_the_body_up(client: AsyncHTTPClient) -> None:
    running = 0
    total = 0

    async def slow(data: bytes) -> None:
        nonlocal running, total
        running += 1
        assert running == 1
        await asyncio.sleep(0.001)
        total += len(data)
        running -= 1

    async with serving(answer(b"x" * 500_000)) as server:
        await client.fetch(server.url, streaming_callback=slow)
        assert total == 500_000
        assert (await client.fetch(server.url)).body == b"x" * 500_000
        assert server.connections == 1


@pytest.mark.parametrize("waits", [False, True])
async def test_a_callback_that_raises_ends_the_fetch(client: AsyncHTTPClient, waits: bool) -> None:
    def now(data: bytes) -> None:
        raise ZeroDivisionError

    async def later(data: bytes) -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    async with serving(answer(b"x" * 100)) as server:
        with pytest.raises(ZeroDivisionError):
            await client.fetch(server.url, streaming_callback=later if waits else now)
    assert nothing_left(client)


async def cancelled(data: bytes) -> None:
    """Waits for what somebody else has cancelled."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


def cancelled_at_once(data: object) -> None:
    raise asyncio.CancelledError


async def raising(data: bytes) -> None:
    await asyncio.sleep(0)
    raise KeyError("mine")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"streaming_callback": cancelled}, HTTPStreamClosedError),
        ({"streaming_callback": cancelled_at_once}, HTTPStreamClosedError),
        ({"header_callback": cancelled_at_once}, HTTPStreamClosedError),
        ({"streaming_callback": raising}, KeyError),
        ({"method": "PUT", "body_producer": cancelled}, RequestError),
        ({"method": "PUT", "body_producer": cancelled_at_once}, RequestError),
        ({"method": "PUT", "body_producer": raising}, KeyError),
    ],
)
async def test_a_callback_that_fails_in_any_way_ends_the_fetch_and_its_connection(
    client: AsyncHTTPClient, options: dict[str, Any], error: type[Exception]
) -> None:
    async with serving(answer(b"x" * 1_000_000)) as server:
        for _ in range(2):
            with pytest.raises(error):
                await client.fetch(server.url, request_timeout=0, **options)
            assert nothing_left(client)
            assert client.pool.idle_count == 0


async def test_a_callback_may_be_the_write_of_a_file(client: AsyncHTTPClient) -> None:
    """Its result, a number, is of no interest."""
    async with serving(answer(b"x" * 1_000_000)) as server:
        file = io.BytesIO()
        await client.fetch(server.url, streaming_callback=file.write)
    assert len(file.getvalue()) == 1_000_000


async def test_a_producer_whose_own_source_is_closed(client: AsyncHTTPClient) -> None:
    async def produce(write: Callable[[bytes], Any]) -> None:
        await write(b"x")
        raise StreamClosedError(None)

    async with serving(OK) as server:
        with pytest.raises(StreamClosedError):
            await client.fetch(server.url, method="PUT", body_producer=produce, request_timeout=0)
    assert nothing_left(client)


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "1"}])
async def test_nothing_is_written_into_the_next_request(
    client: AsyncHTTPClient, headers: dict[str, str]
) -> None:
    """A producer may keep what it writes with longer than its request lasts."""
    kept: list[Callable[[bytes], Any]] = []

    async def produce(write: Callable[[bytes], Any]) -> None:
        kept.append(write)
        await write(b"x")

    async with serving(OK) as server:
        await client.fetch(server.url, method="PUT", headers=headers, body_producer=produce)
        for data in (b"GET / HTTP/1.1\r\n\r\n", b""):
            with pytest.raises(StreamClosedError):
                kept[0](data)
        assert (await client.fetch(server.url)).body == b"ok"
        assert server.connections == 1


@pytest.mark.parametrize("data", ["text", None, 5])
async def test_a_producer_writes_bytes(client: AsyncHTTPClient, data: Any) -> None:
    async def produce(write: Callable[[Any], Any]) -> None:
        await write(bytearray(b"ab"))
        await write(memoryview(array("H", [0x6463])))
        await write(b"")

    async def produce_other(write: Callable[[Any], Any]) -> None:
        await write(data)

    async with serving(OK) as server:
        await client.fetch(server.url, method="PUT", body_producer=produce)
        assert server.last.body == b"abcd"
        with pytest.raises(TypeError, match="a piece of a body is bytes"):
            await client.fetch(server.url, method="PUT", body_producer=produce_other)
    assert nothing_left(client)


async def test_a_header_callback_that_raises_ends_the_fetch(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        with pytest.raises(ZeroDivisionError):
            await client.fetch(server.url, header_callback=lambda line: 1 // 0)
    assert (nothing_left(client), client.pool.idle_count) == (True, 0)


async def test_cancelling_while_a_callback_is_awaited(client: AsyncHTTPClient) -> None:
    began = asyncio.Event()

    async def stuck(data: bytes) -> None:
        began.set()
        await asyncio.Event().wait()

    async with serving(OK) as server:
        future = client.fetch(server.url, streaming_callback=stuck)
        await began.wait()
        await asyncio.sleep(0)
        future.cancel()
    assert nothing_left(client)


# Bodies that are produced.


@pytest.mark.parametrize("length", [None, 6])
async def test_a_body_that_is_produced(client: AsyncHTTPClient, length: int | None) -> None:
    async def produce(write: Any) -> None:
        for piece in (b"ab", b"", b"cdef"):
            await write(piece)
            await asyncio.sleep(0)

    headers = {} if length is None else {"Content-Length": str(length)}
    async with serving(OK) as server:
        for _ in range(2):
            await client.fetch(server.url, method="POST", body_producer=produce, headers=headers)
            assert server.last.body == b"abcdef"
        assert server.connections == 1
    assert ("transfer-encoding" in server.last.headers) is (length is None)


@pytest.mark.parametrize("body", [b"abc", b"abcde"])
async def test_a_body_that_is_not_as_long_as_announced(
    client: AsyncHTTPClient, body: bytes
) -> None:
    async def produce(write: Any) -> None:
        await write(body)

    async with serving(OK) as server:
        with pytest.raises(RequestError, match="announced"):
            await client.fetch(
                server.url, method="PUT", body_producer=produce, headers={"Content-Length": "4"}
            )
    assert (nothing_left(client), client.pool.idle_count) == (True, 0)


async def test_a_producer_that_raises_ends_the_fetch(client: AsyncHTTPClient) -> None:
    async def produce(write: Any) -> None:
        raise ZeroDivisionError

    async with serving(OK) as server:
        with pytest.raises(ZeroDivisionError):
            await client.fetch(server.url, method="PUT", body_producer=produce)
    assert nothing_left(client)


async def test_a_producer_waits_for_a_server_that_does_not_read(client: AsyncHTTPClient) -> None:
    made = 0
    over, gone = asyncio.Event(), asyncio.Event()

    async def produce(write: Any) -> None:
        nonlocal made
        while True:
            await write(b"x" * 65536)
            made += 65536

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.transport.abort()
        gone.set()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        with pytest.raises(HTTPTimeoutError):
            await client.fetch(url, method="POST", body_producer=produce, request_timeout=0.3)
        assert made < 64 * 2**20
        over.set()
        await gone.wait()


@pytest.mark.parametrize("produced", [False, True])
async def test_an_answer_before_the_body_was_sent_ends_the_connection(
    client: AsyncHTTPClient, produced: bool
) -> None:
    """The next request would wait behind the rest of the body, which the server does not read."""
    connections = 0
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        request = await reader.readuntil(b"\r\n\r\n")
        cast(asyncio.ReadTransport, writer.transport).pause_reading()
        writer.write(OK if b"GET" in request else answer(b"too large", "413 Content Too Large"))
        await done.wait()
        writer.close()

    async def produce(write: Callable[[bytes], Any]) -> None:
        await write(b"x")
        await done.wait()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    async with listening:
        for _ in range(2):
            response = await client.fetch(
                url,
                method="POST",
                body=None if produced else b"x" * 10_000_000,
                body_producer=produce if produced else None,
                raise_error=False,
            )
            assert (response.code, response.body) == (413, b"too large")
            assert (client.pool.idle_count, client.pool.active_count) == (0, 0)
        assert (await client.fetch(url)).body == b"ok"
        assert connections == 3
        done.set()


async def test_a_large_body_that_was_sent_leaves_the_connection(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        for size in (9_000, 100_000, 3_000_000, 1):
            await client.fetch(server.url, method="POST", body=b"x" * size)
            assert len(server.last.body) == size
        assert server.connections == 1


@pytest.mark.parametrize("produced", [False, True])
async def test_a_body_that_waits_for_the_servers_consent(
    client: AsyncHTTPClient, produced: bool
) -> None:
    async def produce(write: Any) -> None:
        await write(b"content")

    body: dict[str, Any] = {"body_producer": produce} if produced else {"body": b"content"}
    async with serving(OK) as server:
        for _ in range(2):
            await client.fetch(server.url, method="POST", expect_100_continue=True, **body)
            assert server.last.headers["expect"] == "100-continue"
            assert server.last.body == b"content"
        assert server.connections == 1


async def test_a_body_that_the_server_does_not_want(own_client: AsyncHTTPClient) -> None:
    client = own_client

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"", "417 Expectation Failed"))
        assert await reader.read() == b""
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        with pytest.raises(HTTPClientError, match="417"):
            await client.fetch(url, method="PUT", body=b"x", expect_100_continue=True)


async def test_a_server_that_gives_no_consent_gets_the_body_anyway(
    client: AsyncHTTPClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zonda.httpclient.body_sender.CONTINUE_TIMEOUT", 0.05)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(await reader.readexactly(4)))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        response = await client.fetch(url, method="PUT", body=b"body", expect_100_continue=True)
    assert response.body == b"body"


# Who one is.


async def test_basic_authentication(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        await client.fetch(server.url, auth_username="Aladdin", auth_password="open sesame")
        assert server.last.headers["authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        await client.fetch(server.url.replace("//", "//Aladdin:open%20sesame@"))
        assert server.last.headers["authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        await client.fetch(server.url)
        assert "authorization" not in server.last.headers


async def test_digest_authentication(client: AsyncHTTPClient) -> None:
    def handler(request: Request) -> bytes:
        if 'username="me"' in request.headers.get("authorization", ""):
            return OK
        challenge = 'Digest realm="r", nonce="n", qop="auth"'
        return answer(b"who?", "401 Unauthorized", WWW_Authenticate=challenge)

    async with serving(handler) as server:
        who = {"auth_username": "me", "auth_password": "p"}
        await client.fetch(server.url, auth_mode="digest", **who)  # type: ignore[arg-type]  # all text
        assert [("authorization" in r.headers) for r in server.requests] == [False, True]
        with pytest.raises(HTTPClientError, match="401"):
            await client.fetch(server.url, auth_mode="digest", auth_username="you")
        with pytest.raises(HTTPClientError, match="401"):
            await client.fetch(server.url, auth_mode="digest")
        assert len(server.requests) == 5


# Content codings and sizes.


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_answers_are_decompressed(client: AsyncHTTPClient, coding: str) -> None:
    body = (gzip.compress if coding == "gzip" else zlib.compress)(b"hello" * 100)
    async with serving(answer(body, content_encoding=coding)) as server:
        response = await client.fetch(server.url)
        assert response.body == b"hello" * 100
        assert response.headers["X-Consumed-Content-Encoding"] == coding
        assert "Content-Encoding" not in response.headers
        response = await client.fetch(server.url, decompress_response=False)
        assert (response.body, response.headers["Content-Encoding"]) == (body, coding)
        assert "accept-encoding" not in server.last.headers


async def test_an_unknown_coding_is_left_alone(client: AsyncHTTPClient) -> None:
    async with serving(answer(b"???", content_encoding="secret")) as server:
        response = await client.fetch(server.url)
    assert (response.body, response.headers["Content-Encoding"]) == (b"???", "secret")


GZIPPED = gzip.compress(b"hello")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (GZIPPED + gzip.compress(b" world"), b"hello world"),
        (GZIPPED[:-5], None),
        (GZIPPED[:-8] + b"\0" * 8, None),
        (GZIPPED + b"garbage", None),
        (b"not compressed", None),
    ],
)
async def test_damaged_bodies(client: AsyncHTTPClient, body: bytes, expected: bytes | None) -> None:
    async with serving(answer(body, content_encoding="gzip")) as server:
        if expected is None:
            with pytest.raises(ResponseError, match="gzip"):
                await client.fetch(server.url)
        else:
            assert (await client.fetch(server.url)).body == expected
    assert nothing_left(client)


def sized(size: int, how: str) -> bytes:
    body = b"x" * size
    match how:
        case "length":
            return answer(body)
        case "chunked":
            chunk = b"%x\r\n%b\r\n" % (size, body) if size else b""
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            return head + chunk + b"0\r\n\r\n"
        case "close":
            return Close(b"HTTP/1.1 200 OK\r\n\r\n" + body)
        case "HTTP/1.0":
            return Close(b"HTTP/1.0 200 OK\r\n\r\n" + body)
    return answer(gzip.compress(body), content_encoding="gzip")


@pytest.mark.parametrize("how", ["length", "chunked", "close", "HTTP/1.0", "gzip"])
@pytest.mark.parametrize("streams", [False, True])
async def test_a_body_beyond_the_limit_is_an_error(how: str, streams: bool) -> None:
    pieces: list[bytes] = []
    callback = pieces.append if streams else None
    async with (
        AsyncHTTPClient(True, max_body_size=1000) as client,
        serving(lambda r: sized(int(r.target[1:]), how)) as server,
    ):
        await client.fetch(f"{server.url}/1000", streaming_callback=callback)
        with pytest.raises(ResponseError, match="1000"):
            await client.fetch(f"{server.url}/1001", streaming_callback=callback)
        response = await client.fetch(f"{server.url}/1001", max_body_size=1001)
        assert len(response.body) == 1001
    assert nothing_left(client)


async def test_a_bomb_costs_no_more_than_the_limit(client: AsyncHTTPClient) -> None:
    import tracemalloc

    bomb = gzip.compress(b"\0" * 50_000_000)
    async with serving(answer(bomb, content_encoding="gzip")) as server:
        tracemalloc.start()
        with pytest.raises(ResponseError, match="decompressed"):
            await client.fetch(server.url, max_body_size=1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 8_000_000


# An answer that comes in one piece, with the head of the one before.


@pytest.mark.parametrize(
    ("second", "body"),
    [
        (OK, b"ok"),
        (OK.replace(b"ok", b"no"), b"no"),
        (OK.replace(b": 2", b": 0").replace(b"ok", b""), b""),
        (answer(gzip.compress(b"ok"), Content_Encoding="gzip"), b"ok"),
        (answer(b"ok", Set_Cookie="a=b"), b"ok"),
    ],
)
async def test_an_answer_with_a_head_that_is_known(
    client: AsyncHTTPClient, second: bytes, body: bytes
) -> None:
    replies = [OK, OK, second, OK]
    async with serving(lambda request: replies.pop(0)) as server:
        found = [(await client.fetch(server.url)).body for _ in range(4)]
        assert found == [b"ok", b"ok", body, b"ok"]
        assert server.connections == 1


async def test_a_head_that_is_known_changes_nothing_of_what_was_asked_for(
    client: AsyncHTTPClient,
) -> None:
    lines: list[str] = []
    pieces: list[bytes] = []
    async with serving(lambda request: OK[:-2] if request.method == "HEAD" else OK) as server:
        first = await client.fetch(server.url)
        first.headers["X"] = "y"
        with pytest.raises(ResponseError, match="Content-Length too long"):
            await client.fetch(server.url, max_body_size=1)
        assert (await client.fetch(server.url)).headers == {"Content-Length": "2"}
        assert (await client.fetch(server.url, header_callback=lines.append)).body == b"ok"
        assert (await client.fetch(server.url, streaming_callback=pieces.append)).body == b""
        assert (await client.fetch(server.url, method="HEAD")).body == b""
        async with client.stream(server.url) as stream:
            assert await stream.read() == b"ok"
        assert (lines[1], pieces) == ("Content-Length: 2\r\n", [b"ok"])
        assert (await client.fetch(server.url)).body == b"ok"


async def test_bytes_behind_an_answer_whose_head_is_known_end_the_connection(
    own_client: AsyncHTTPClient,
) -> None:
    replies = [OK, OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", OK]
    async with serving(lambda request: replies.pop(0)) as server:
        assert [(await own_client.fetch(server.url)).body for _ in range(3)] == [b"ok"] * 3
        assert server.connections == 2


# Cancelled in the turn of the loop in which something else happens.


@pytest.mark.parametrize(
    "reply", [OK, answer(b"", "302 Found", location="/never")], ids=["answer", "redirect"]
)
async def test_nothing_is_sent_for_who_has_just_cancelled(reply: bytes) -> None:
    def handler(request: Request) -> bytes:
        return b"" if request.target == "/first" else OK

    async with AsyncHTTPClient(True, max_clients=1) as client, serving(handler) as server:
        first = client.fetch(f"{server.url}/first")
        second = client.fetch(f"{server.url}/never")
        while not server.requests:
            await asyncio.sleep(0)
        (connection,) = client.pool._homes
        assert isinstance(connection, ClientConnection)
        second.cancel()
        if reply is not OK:
            first.cancel()
        connection.data_received(reply)
        assert (await client.fetch(f"{server.url}/third")).body == b"ok"
        assert nothing_left(client)
    assert [request.target for request in server.requests] == ["/first", "/third"]
