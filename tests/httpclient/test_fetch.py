"""What a fetch does beside sending and reading: time, cancelling, redirects, retries, callbacks."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from typing import Any

import pytest

from tests.httpclient.leftovers import nothing_left
from tests.httpclient.servers import OK, Close, Request, answer, serving
from zonda.httpclient import (
    AsyncHTTPClient,
    HTTPClientError,
    HTTPRequest,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    ResponseError,
)
from zonda.httpclient.connection import ClientConnection
from zonda.httpclient.fetch import Fetch


async def never(request: Request) -> None:
    """Waits until the client has enough."""
    await request.reader.read()


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
