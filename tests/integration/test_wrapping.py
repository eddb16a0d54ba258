"""The wrappers of the examples, around an application with everything."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from examples.wrapping.cors import CORS
from examples.wrapping.request_ids import RequestIdFilter, RequestIds, request_id
from examples.wrapping.security_headers import DEFAULTS, SecurityHeaders
from zonda.http import HTTPServerConnectionDelegate
from zonda.httpclient import AsyncHTTPClient, HTTPResponse
from zonda.httpserver import HTTPServer
from zonda.web import Application, RequestHandler
from zonda.websocket import WebSocketHandler, websocket_connect

APP = "https://app.example"


class Page(RequestHandler):
    async def get(self) -> None:
        self.set_header("Referrer-Policy", "no-referrer")
        logging.getLogger("page").warning("answering")
        self.write(request_id.get())


class Echo(WebSocketHandler):
    async def on_message(self, message: str | bytes) -> None:
        await self.write_message(message)


@asynccontextmanager
async def serving(delegate: HTTPServerConnectionDelegate) -> AsyncIterator[str]:
    server = HTTPServer(delegate)
    [sock] = server.listen(0, "127.0.0.1")
    try:
        yield f"127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.stop()
        await server.close_all_connections()


@pytest.fixture
def site() -> Application:
    return Application([("/", Page), ("/echo", Echo)])


async def fetch(url: str, method: str = "GET", **headers: str) -> HTTPResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    client = AsyncHTTPClient(force_instance=True)
    try:
        return await client.fetch(url, method=method, headers=sent, raise_error=False)
    finally:
        client.close()


async def test_request_ids(site: Application, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(RequestIdFilter())
    async with serving(RequestIds(site)) as address:
        answer = await fetch(f"http://{address}/")
        assert answer.headers["X-Request-Id"] == answer.body.decode()
        assert len(answer.body) == 16
        given = await fetch(f"http://{address}/", X_Request_Id="proxy-7")
        assert given.body == b"proxy-7"
        harmful = await fetch(f"http://{address}/", X_Request_Id="a b")
        assert harmful.body not in (b"a b", given.body, answer.body)
    ids = [vars(record)["request_id"] for record in caplog.records if record.name == "page"]
    assert ids == [answer.body.decode(), "proxy-7", harmful.body.decode()]


async def test_security_headers(site: Application) -> None:
    async with serving(SecurityHeaders(site)) as address:
        for path, code in (("/", 200), ("/none", 404)):
            answer = await fetch(f"http://{address}{path}")
            assert answer.code == code
            for name, value in DEFAULTS.items():
                own = path == "/" and name == "Referrer-Policy"
                assert answer.headers[name] == ("no-referrer" if own else value)


async def test_pages_of_some_origins_may_use_the_site(site: Application) -> None:
    wrapped = CORS(site, [APP], headers=["Content-Type", "X-Token"], credentials=True)
    async with serving(wrapped) as address:
        url = f"http://{address}/"
        answer = await fetch(url, Origin=APP)
        assert answer.headers["Access-Control-Allow-Origin"] == APP
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert answer.headers["Vary"] == "Origin"
        for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            answer = await fetch(url, **headers)
            assert answer.code == 200
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert answer.headers["Vary"] == "Origin"


async def test_preflight_requests(site: Application) -> None:
    async with serving(CORS(site, [APP])) as address:
        url = f"http://{address}/"
        asked = {"Access_Control_Request_Method": "PUT"}
        answer = await fetch(url, "OPTIONS", Origin=APP, **asked)
        assert (answer.code, answer.body) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == APP
        assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
        assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
        assert answer.headers["Access-Control-Max-Age"] == "600"
        answer = await fetch(url, "OPTIONS", Origin="https://evil.example", **asked)
        assert answer.code == 204
        assert not [name for name in answer.headers if name.startswith("Access-Control")]
        assert (await fetch(url, "OPTIONS", Origin=APP)).code == 405


async def test_websockets_go_through_all_of_them(site: Application) -> None:
    async with serving(RequestIds(SecurityHeaders(CORS(site, [APP])))) as address:
        connection = await websocket_connect(f"ws://{address}/echo")
        await connection.write_message("hello")
        assert await connection.read_message() == "hello"
        connection.close()
