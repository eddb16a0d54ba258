"""`serve` takes whatever answers requests: Zonda's applications, ASGI with its lifespan, WSGI."""

from __future__ import annotations

import http.client
import signal
import textwrap

import pytest

from tests.integration.program import running

PREAMBLE = """
from zonda.httpserver import open_sockets, serve

sockets = open_sockets(["127.0.0.1:0"], reuse_port=True)
def listening():
    print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}/", flush=True)
"""

PROGRAMS = {
    "web": """
        from zonda.web import Application, RequestHandler

        class Hello(RequestHandler):
            async def get(self):
                self.write("hello")

        make = lambda: Application([("/", Hello)])
        serve(make, sockets, workers=2, started=lambda server: listening())
        """,
    "asgi": """
        from zonda.asgi import ASGIContainer

        async def app(scope, receive, send):
            if scope["type"] == "lifespan":
                await receive()
                await send({"type": "lifespan.startup.complete"})
                await receive()
                print("lifespan ended", flush=True)
                await send({"type": "lifespan.shutdown.complete"})
                return
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"hello"})

        serve(lambda: ASGIContainer(app), sockets, workers=2, started=lambda server: listening())
        """,
    "wsgi": """
        from zonda.wsgi import WSGIContainer

        def app(environ, start_response):
            start_response("200 OK", [("Content-Length", "5")])
            return [b"hello"]

        serve(lambda: WSGIContainer(app), sockets, started=lambda server: listening())
        """,
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_what_serve_takes(kind: str) -> None:
    with running("-W", "error", "-c", PREAMBLE + textwrap.dedent(PROGRAMS[kind])) as program:
        client = http.client.HTTPConnection("127.0.0.1", program.port, timeout=10)
        client.request("GET", "/")
        assert client.getresponse().read() == b"hello"
        client.close()
        status, output = program.end(signal.SIGTERM)
    assert status == 0, output
    assert ("lifespan ended" in output) is (kind == "asgi")
