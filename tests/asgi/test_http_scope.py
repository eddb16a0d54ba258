"""What an application is told about a request."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.asgi.containing import answer, serving
from tests.raw_client import Client
from zonda.asgi import ASGIContainer, Receive, Scope, Send
from zonda.httpserver import HTTPServer
from zonda.iostream import bind_unix_socket


async def scope_of(request: bytes, root_path: str = "") -> Scope:
    """The scope that an application gets for *request*."""
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await answer(send)

    async with serving(ASGIContainer(app, root_path)) as site:
        assert (await (await site.connect()).ask(request)).code == 200
        assert scopes[0].pop("client")[0] == "127.0.0.1"
        assert scopes[0].pop("server") == ("127.0.0.1", site.port)
    return scopes[0]


async def test_every_key() -> None:
    request = (
        b"PUT /a%20b/%C3%A9?q=1%202 HTTP/1.1\r\nHost: x.y:8\r\nX-Two: 1\r\nX-TWO: \xe9\r\n\r\n"
    )
    scope = await scope_of(request, "/mount/")
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": "/a b/é",
        "raw_path": b"/a%20b/%C3%A9",
        "query_string": b"q=1%202",
        "root_path": "/mount",
        "headers": [(b"host", b"x.y:8"), (b"x-two", b"1"), (b"x-two", b"\xe9")],
        "state": {},
        "extensions": {"http.response.early_hint": {}},
    }


@pytest.mark.parametrize(
    ("line", "path", "query", "host"),
    [
        (b"GET http://real/x?y HTTP/1.1", "/x", b"y", b"real"),
        (b"GET http://real HTTP/1.1", "/", b"", b"real"),
        (b"OPTIONS * HTTP/1.1", "*", b"", b"said"),
        (b"GET /?a?b HTTP/1.1", "/", b"a?b", b"said"),
    ],
)
async def test_targets(line: bytes, path: str, query: bytes, host: bytes) -> None:
    scope = await scope_of(line + b"\r\nHost: said\r\n\r\n")
    assert (scope["path"], scope["query_string"]) == (path, query)
    assert [value for name, value in scope["headers"] if name == b"host"] == [host]


async def test_http_1_0() -> None:
    assert (await scope_of(b"GET / HTTP/1.0\r\n\r\n"))["http_version"] == "1.0"


async def test_unix_sockets_have_a_path_and_no_client(short_path: Path) -> None:
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await answer(send)

    path = str(short_path / "s")
    server = HTTPServer(ASGIContainer(app))
    server.add_socket(bind_unix_socket(path))
    client = Client(*await asyncio.open_unix_connection(path))
    await client.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    client.writer.close()
    await server.drain()
    assert (scopes[0]["client"], scopes[0]["server"]) == (None, (path, None))
