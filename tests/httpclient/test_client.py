from __future__ import annotations

import asyncio
import gc
import json
import warnings
from typing import Any

import pytest

from tests.at_once import at_once
from tests.httpclient.servers import OK, Request, answer, serving
from zonda.http import CookieJar
from zonda.httpclient import (
    AsyncHTTPClient,
    ClientClosedError,
    HTTPClientError,
    HTTPError,
    HTTPRequest,
    HTTPResponse,
    RequestError,
)


def echo(request: Request) -> bytes:
    """What the server has understood, as JSON."""
    seen: dict[str, Any] = {
        "method": request.method,
        "target": request.target,
        "headers": request.headers,
        "body": request.body.decode("latin-1"),
    }
    return answer(json.dumps(seen).encode(), content_type="application/json")


async def test_an_answer_has_all_its_parts(client: AsyncHTTPClient) -> None:
    async with serving(answer(b"hello", "200 Fine", x_a="1", X_a="2")) as server:
        response = await client.fetch(f"{server.url}/path?q=1#fragment")
    assert (response.code, response.reason, response.body) == (200, "Fine", b"hello")
    assert response.headers.get_list("X-A") == ["1", "2"]
    assert response.buffer.read() == b"hello"
    assert response.error is None
    assert response.effective_url == f"{server.url}/path?q=1#fragment"
    assert response.request.method == "GET"
    assert response.request_time is not None and 0 <= response.request_time < 20
    assert response.time_info.keys() >= {"queue", "connect", "starttransfer", "total"}
    assert server.last.target == "/path?q=1"


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
async def test_methods_without_a_body(client: AsyncHTTPClient, method: str) -> None:
    async with serving(echo) as server:
        seen = json.loads((await client.fetch(server.url, method=method)).body)
    assert (seen["method"], seen["target"], seen["body"]) == (method, "/", "")
    assert "content-length" not in seen["headers"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("size", [0, 5, 300_000])
async def test_methods_with_a_body(client: AsyncHTTPClient, method: str, size: int) -> None:
    async with serving(echo) as server:
        response = await client.fetch(server.url, method=method, body=b"x" * size)
    seen = json.loads(response.body)
    assert (seen["method"], seen["body"]) == (method, "x" * size)
    assert seen["headers"]["content-length"] == str(size)


async def test_a_head_has_no_body_whatever_its_length(client: AsyncHTTPClient) -> None:
    async with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n") as server:
        for _ in range(2):
            response = await client.fetch(server.url, method="HEAD")
            assert response.body == b""
            assert response.headers["Content-Length"] == "1000"
    assert server.connections == 1


async def test_headers_are_sent(client: AsyncHTTPClient) -> None:
    async with serving(echo) as server:
        request = HTTPRequest(server.url, headers={"X-One": "1"}, user_agent="me")
        seen = json.loads((await client.fetch(request)).body)["headers"]
    assert seen["x-one"] == "1"
    assert seen["user-agent"] == "me"
    assert seen["host"] == f"localhost:{server.port}"
    assert "gzip" in seen["accept-encoding"]


async def test_text_is_sent_as_utf8_and_posts_as_forms(client: AsyncHTTPClient) -> None:
    async with serving(echo) as server:
        seen = json.loads((await client.fetch(server.url, method="POST", body="é")).body)
    assert seen["body"].encode("latin-1").decode() == "é"
    assert seen["headers"]["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("status", ["304 Not Modified", "404 Not Found", "500 Oops"])
async def test_an_answer_that_is_no_success_is_raised(client: AsyncHTTPClient, status: str) -> None:
    async with serving(answer(b"" if status[0] == "3" else b"why", status)) as server:
        with pytest.raises(HTTPError) as caught:
            await client.fetch(server.url)
        response = await client.fetch(server.url, raise_error=False)
    code, _, reason = status.partition(" ")
    assert (caught.value.code, caught.value.message) == (int(code), reason)
    assert str(caught.value) == f"HTTP {code}: {reason}"
    assert caught.value.response is not None
    assert caught.value.response.body == response.body
    assert isinstance(response.error, HTTPClientError)
    with pytest.raises(HTTPClientError):
        response.rethrow()


async def test_a_callback_gets_the_response(client: AsyncHTTPClient) -> None:
    got: asyncio.Queue[HTTPResponse] = asyncio.Queue()
    async with serving(lambda r: answer(b"x", "404 No" if r.target == "/no" else "200 OK")) as s:
        client.fetch(f"{s.url}/yes", got.put_nowait)
        assert (await got.get()).code == 200
        client.fetch(f"{s.url}/no", callback=got.put_nowait)
        response = await got.get()
        assert (response.code, response.body) == (404, b"x")
    client.fetch(s.url, got.put_nowait)
    response = await got.get()
    assert response.code == 599
    assert isinstance(response.error, ConnectionRefusedError)
    with pytest.raises(ConnectionRefusedError):
        response.rethrow()


async def test_a_callback_of_a_cancelled_fetch_is_not_called(client: AsyncHTTPClient) -> None:
    got: list[HTTPResponse] = []
    async with serving(OK) as server:
        future = client.fetch(server.url, got.append)
        future.cancel()
        await client.fetch(server.url)
    assert got == []


async def test_a_request_has_nothing_of_the_one_before(client: AsyncHTTPClient) -> None:
    """HC-11: on the same connection, and with the same handle of curl."""

    def handler(request: Request) -> bytes:
        return answer(b"", set_cookie="server=1; Path=/")

    full = {"Cookie": "own=1", "Authorization": "secret", "Proxy-Authorization": "s", "X-Own": "1"}
    async with serving(handler) as server:
        for first in (
            HTTPRequest(server.url, headers=full, user_agent="own"),
            HTTPRequest(server.url, auth_username="me", auth_password="secret"),
            HTTPRequest(server.url.replace("//", "//me:secret@")),
            HTTPRequest(server.url, method="POST", body="x", headers={"Content-Type": "a/b"}),
            HTTPRequest(server.url, if_modified_since=1e9),
        ):
            await client.fetch(first)
            await client.fetch(server.url)
            assert server.last.method == "GET"
            assert server.last.headers.keys() <= {
                *("host", "connection", "user-agent", "accept", "accept-encoding")
            }
            assert server.last.headers.get("user-agent") != "own"
        assert server.connections == 1


async def test_there_is_one_client_for_each_loop() -> None:
    first = AsyncHTTPClient()
    assert AsyncHTTPClient() is first
    assert AsyncHTTPClient(force_instance=True) is not first
    first.close()
    second = AsyncHTTPClient()
    assert second is not first
    assert await asyncio.to_thread(other_loops_client) is not second
    second.close()


def other_loops_client() -> AsyncHTTPClient:
    async def make() -> AsyncHTTPClient:
        client = AsyncHTTPClient()
        assert AsyncHTTPClient() is client
        return client

    return asyncio.run(make())


async def test_clients_of_loops_that_are_closed_are_forgotten() -> None:
    await asyncio.to_thread(other_loops_client)
    AsyncHTTPClient().close()
    assert not [loop for loop in AsyncHTTPClient._clients if loop.is_closed()]


class Special(AsyncHTTPClient):
    """An implementation of somebody's own."""


@pytest.mark.parametrize("impl", [Special, f"{__name__}.Special"])
async def test_configure(
    impl: type[AsyncHTTPClient] | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AsyncHTTPClient, "_configured", None)
    AsyncHTTPClient.configure(impl, defaults={"user_agent": "special"})
    async with AsyncHTTPClient(force_instance=True) as client, serving(echo) as server:
        assert type(client).__name__ == "Special"
        seen = json.loads((await client.fetch(server.url)).body)
    assert seen["headers"]["user-agent"] == "special"
    AsyncHTTPClient.configure(None)
    async with AsyncHTTPClient(force_instance=True) as client:
        assert type(client) is AsyncHTTPClient


@pytest.mark.parametrize("impl", [int, "plain", "json.dumps"])
def test_configure_refuses_what_is_no_client(impl: Any) -> None:
    with pytest.raises(TypeError):
        AsyncHTTPClient.configure(impl)


async def test_defaults_hold_where_the_request_says_nothing() -> None:
    defaults = {"user_agent": "default", "use_gzip": False, "request_timeout": 3, "ca_certs": None}
    async with AsyncHTTPClient(True, defaults=defaults) as client, serving(echo) as server:
        seen = json.loads((await client.fetch(server.url)).body)["headers"]
        assert seen["user-agent"] == "default"
        assert "accept-encoding" not in seen
        seen = json.loads((await client.fetch(server.url, user_agent="own")).body)["headers"]
        assert seen["user-agent"] == "own"


@pytest.mark.parametrize(
    "settings",
    [
        {"defaults": {"colour": "red"}},
        {"max_clients": 0},
        {"max_clients_per_host": 0},
        {"idle_timeout": -1},
        {"idle_timeout": "50"},
        {"max_header_size": "64"},
        {"max_body_size": -1},
        {"max_buffer_size": 1.5},
    ],
)
async def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    for force_instance in (True, False):
        with pytest.raises((TypeError, ValueError)):
            AsyncHTTPClient(force_instance, **settings)
    client = AsyncHTTPClient()  # what was refused is not kept
    with pytest.raises(RequestError):
        await client.fetch("gopher://localhost/")
    client.close()


async def test_arguments_beside_a_request_are_refused(client: AsyncHTTPClient) -> None:
    with pytest.raises(ValueError, match="into the HTTPRequest"):
        client.fetch(HTTPRequest("http://localhost/"), method="POST")


@pytest.mark.parametrize("request_", [None, 5, b"http://localhost/"])
async def test_what_is_no_request_is_refused(client: AsyncHTTPClient, request_: Any) -> None:
    with pytest.raises(TypeError, match="a URL or an HTTPRequest"):
        client.fetch(request_)


async def test_a_request_that_cannot_be_sent_fails_in_the_future(client: AsyncHTTPClient) -> None:
    future = client.fetch("gopher://localhost/")
    with pytest.raises(RequestError):
        await future


async def test_a_closed_client_fetches_nothing() -> None:
    client = AsyncHTTPClient(force_instance=True)
    client.close()
    client.close()
    with pytest.raises(ClientClosedError):
        client.fetch("http://localhost/")


async def test_closing_ends_what_is_under_way() -> None:
    async def never(request: Request) -> None:
        await asyncio.Event().wait()

    async with serving(never) as server:
        client = AsyncHTTPClient(force_instance=True, max_clients=2)
        futures = [client.fetch(server.url) for _ in range(4)]
        while not server.requests:
            await asyncio.sleep(0)
        async with client:
            pass
        results = await asyncio.gather(*futures, return_exceptions=True)
    assert {type(result) for result in results} == {ClientClosedError}
    assert (client.pool.active_count, client.pool.waiting_count) == (0, 0)


async def test_a_client_belongs_to_its_loop(client: AsyncHTTPClient) -> None:
    def elsewhere() -> None:
        async def fetch() -> None:
            await client.fetch("http://127.0.0.1:1/")

        with pytest.raises(RuntimeError, match="another event loop"):
            asyncio.run(fetch())

    await asyncio.to_thread(elsewhere)
    assert (client.pool.active_count, len(client.fetches.members)) == (0, 0)


async def test_a_client_that_nobody_has_any_more_is_closed(client: AsyncHTTPClient) -> None:
    async with serving(OK) as server:
        forgotten = type(client)(force_instance=True)
        await forgotten.fetch(server.url)
        assert server.open_connections == 1
        with pytest.warns(ResourceWarning, match="unclosed <.*HTTPClient"):
            del forgotten
            gc.collect()
        while server.open_connections:
            await asyncio.sleep(0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            unused = type(client)(force_instance=True)
            del unused
            gc.collect()


async def test_a_fetch_keeps_its_client(client: AsyncHTTPClient) -> None:
    async with serving(answer(b"ok", connection="close")) as server:
        future = type(client)(force_instance=True).fetch(server.url)
        gc.collect()
        assert (await future).body == b"ok"


async def test_names_can_be_mapped() -> None:
    mapping = {"example.org": "127.0.0.1"}
    async with AsyncHTTPClient(True, hostname_mapping=mapping) as client, serving(OK) as server:
        response = await client.fetch(f"http://example.org:{server.port}/")
    assert response.body == b"ok"
    assert server.last.headers["host"] == f"example.org:{server.port}"


async def test_a_cookie_jar_keeps_cookies() -> None:
    def handler(request: Request) -> bytes:
        return answer(b"", Set_Cookie="id=7; Path=/", set_cookie="other=x; Path=/elsewhere")

    jar = CookieJar()
    async with AsyncHTTPClient(True, cookie_jar=jar) as client, serving(handler) as server:
        await client.fetch(server.url)
        assert "cookie" not in server.last.headers
        await client.fetch(server.url)
        assert server.last.headers["cookie"] == "id=7"
        await client.fetch(server.url, headers={"Cookie": "a=b"})
        assert server.last.headers["cookie"] == "a=b; id=7"
        await client.fetch(server.url.replace("localhost", "127.0.0.1"))
        assert "cookie" not in server.last.headers
    assert len(jar) == 4


def test_threads_have_shared_clients_of_their_own() -> None:
    def use() -> None:
        for _ in range(200):
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            client = AsyncHTTPClient()
            assert AsyncHTTPClient() is client and client.loop is loop
            asyncio.set_event_loop(None)
            loop.close()  # which the client is not told

    at_once([use] * 4)
