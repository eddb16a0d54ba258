"""Applications of others on Zonda's server, and a Zonda application on servers of others."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import importlib
import importlib.util
import json
import sys
import types
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from tests.integration.foreign_server import need, served_by
from tests.raw_client import Client, Received
from zonda.asgi import ASGIContainer
from zonda.http import HTTPServerConnectionDelegate
from zonda.httpserver import HTTPServer
from zonda.wsgi import WSGIContainer

SITE = "tests.integration.programs.gateway_site"


# A Zonda application on servers of others.

SERVERS = {
    "uvicorn": ["--port", "0", "--workers", "1", f"{SITE}:asgi"],
    "gunicorn": ["--bind", "127.0.0.1:0", "--threads", "4", f"{SITE}:wsgi"],
}


@pytest.fixture(scope="module", params=SERVERS)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A foreign server with the site."""
    with served_by(request.param, *SERVERS[request.param]) as port:
        yield port


@pytest.fixture
def client(port: int) -> Iterator[http.client.HTTPConnection]:
    """A connection to the server."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    yield connection
    connection.close()


def ask(client: http.client.HTTPConnection, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
    """Status and body of an answer."""
    client.request(*args, **kwargs)
    response = client.getresponse()
    return response.status, response.read()


def test_a_handler_answers(client: http.client.HTTPConnection) -> None:
    assert ask(client, "GET", "/hello/a%2Fb%20%C3%A9")[0] == 200
    client.request("GET", "/hello/you", headers={"Cookie": "visits=6"})
    response = client.getresponse()
    assert response.read() == b"Hello you, http, visit 7"
    assert response.getheader("Set-Cookie") == "visits=7; Path=/"
    assert response.getheader("Etag") is not None


def test_forms_and_coroutines(client: http.client.HTTPConnection) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = ask(client, "POST", "/hello/you", b"said=a+b", headers)
    assert (status, json.loads(body)) == (200, {"name": "you", "said": "a b"})


def test_head_and_not_modified(client: http.client.HTTPConnection) -> None:
    assert ask(client, "HEAD", "/fail")[1] == b""
    client.request("GET", "/hello/you")
    response = client.getresponse()
    response.read()
    tag = response.getheader("Etag")
    assert tag is not None
    assert ask(client, "GET", "/hello/you", headers={"If-None-Match": tag}) == (304, b"")


@pytest.mark.parametrize("chunked", [False, True])
def test_large_uploads_are_streamed(client: http.client.HTTPConnection, chunked: bool) -> None:
    pieces = [bytes(100_000)] * 50
    body: object = iter(pieces) if chunked else b"".join(pieces)
    assert ask(client, "PUT", "/upload", body, encode_chunked=chunked) == (200, b"5000000")


def test_answers_are_streamed(client: http.client.HTTPConnection) -> None:
    status, body = ask(client, "GET", "/stream")
    assert (status, len(body)) == (200, 2 * 2**20)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/fail", None, 500),
        ("DELETE", "/fail", None, 405),
        ("POST", "/hello/you", bytes(1_000_001), 413),
    ],
)
def test_errors(port: int, method: str, path: str, body: bytes | None, status: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    assert ask(client, method, path, body)[0] == status
    client.close()


def test_websockets_are_for_servers_of_asgi(
    client: http.client.HTTPConnection, request: pytest.FixtureRequest
) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    expected = 101 if request.node.callspec.params["port"] == "uvicorn" else 501
    client.request("GET", "/chat", headers=headers)
    assert client.getresponse().status == expected


# Applications of others on Zonda's server.


@contextlib.asynccontextmanager
async def serving(delegate: HTTPServerConnectionDelegate) -> AsyncIterator[Callable[..., Any]]:
    """Serve *delegate*, and ask it."""
    server = HTTPServer(delegate)
    [sock] = server.listen(0, "127.0.0.1")
    reader, writer = await asyncio.open_connection(*sock.getsockname())
    client = Client(reader, writer)

    async def ask(line: str, body: bytes = b"") -> Received:
        head = f"{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        return await client.ask(head.encode() + body)

    try:
        yield ask
    finally:
        writer.close()
        await writer.wait_closed()
        await server.drain()


async def test_starlette() -> None:
    need("starlette")
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, StreamingResponse
    from starlette.routing import Route

    events: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, object]]:
        events.append("start")
        yield {"greeting": "Hello"}
        events.append("end")

    async def hello(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.state.greeting} {request.path_params['name']}")

    async def echo(request: Request) -> StreamingResponse:
        return StreamingResponse(chunk async for chunk in request.stream())

    routes = [Route("/hello/{name}", hello), Route("/echo", echo, methods=["POST"])]
    app = Starlette(routes=routes, lifespan=lifespan)
    async with ASGIContainer(app) as container, serving(container) as ask:
        assert (await ask("GET /hello/you")).body == b"Hello you"
        assert (await ask("POST /echo", bytes(300_000))).body == bytes(300_000)
        assert (await ask("GET /nothing")).code == 404
    assert events == ["start", "end"]


async def test_flask() -> None:
    need("flask")
    import flask

    app = flask.Flask("hello")

    @app.route("/hello/<name>", methods=["GET", "POST"])
    def hello(name: str) -> str:
        return f"Hello {name} {flask.request.get_data(as_text=True)}"

    @app.route("/stream")
    def stream() -> flask.Response:
        return flask.Response((bytes(10_000) for _ in range(10)), mimetype="text/plain")

    container = WSGIContainer(app)
    async with serving(container) as ask:
        assert (await ask("GET /hello/you")).body == b"Hello you "
        assert (await ask("POST /hello/you", b"there")).body == b"Hello you there"
        assert (await ask("GET /stream")).body == bytes(100_000)
        assert (await ask("GET /nothing")).code == 404
    container.close()


def django_applications() -> tuple[Any, Any]:
    """One Django site, for ASGI and for WSGI."""
    # Django has no types: its modules are what `import_module` gives.
    django, conf, asgi, wsgi, answers, urls = (
        importlib.import_module(name)
        for name in (
            "django",
            "django.conf",
            "django.core.handlers.asgi",
            "django.core.handlers.wsgi",
            "django.http",
            "django.urls",
        )
    )

    def hello(request: Any, name: str) -> Any:
        return answers.HttpResponse(f"Hello {name} {request.body.decode()}")

    if not conf.settings.configured:
        routes = types.ModuleType("django_site_urls")
        routes.urlpatterns = [urls.path("hello/<name>", hello)]  # type: ignore[attr-defined]  # a new module
        sys.modules[routes.__name__] = routes
        conf.settings.configure(
            ROOT_URLCONF=routes.__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="s", DEBUG=False
        )
        django.setup(set_prefix=False)
    return asgi.ASGIHandler(), wsgi.WSGIHandler()


@pytest.mark.parametrize("kind", ["asgi", "wsgi"])
async def test_django(kind: str) -> None:
    need("django")
    asgi, wsgi = await asyncio.to_thread(django_applications)
    delegate = ASGIContainer(asgi) if kind == "asgi" else WSGIContainer(wsgi)
    async with serving(delegate) as ask:
        assert (await ask("GET /hello/you")).body == b"Hello you "
        assert (await ask("POST /hello/you", b"there")).body == b"Hello you there"
        assert (await ask("GET /nothing")).code == 404
    if isinstance(delegate, WSGIContainer):
        delegate.close()
