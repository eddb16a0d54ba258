"""Both clients against three servers: ours, nginx, and one that cuts its answers to pieces.

The servers answer the same paths in the same way, so each test is a rule for all six pairs.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import h11
import pytest

from tests.httpclient.servers import Request, serving
from zonda.httpclient import AsyncHTTPClient, CurlAsyncHTTPClient, HTTPClientError
from zonda.httpserver import HTTPServer
from zonda.iostream import bind_sockets
from zonda.web import Application, RedirectHandler, RequestHandler, StaticFileHandler

SMALL = b"hello from a file\n"
LARGE = bytes(range(256)) * 4096  # 1 MiB
TEXT = b"the same line again and again\n" * 1000

NGINX = """
daemon off; master_process off; pid {root}/pid; error_log stderr error;
events {{ worker_connections 256; }}
http {{
    access_log off; default_type application/octet-stream; gzip on;
    types {{ text/plain txt; }} gzip_types text/plain; gzip_min_length 1000;
    client_body_temp_path {root}/body; proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi; uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location /files/ {{ alias {files}/; dav_methods PUT; dav_access all:rw; }}
        location = /moved {{ return 302 /files/small; }}
        location = /gone {{ return 404 "not here\\n"; }}
        location = /nothing {{ return 204; }}
        location = /once {{ keepalive_timeout 0; return 200 "once\\n"; }}
    }}
}}
"""


class Files(StaticFileHandler):
    """Files that can be put."""

    SUPPORTED_METHODS = ("GET", "HEAD", "PUT")

    async def put(self, path: str) -> None:
        await asyncio.to_thread(Path(self.root, path).write_bytes, self.request.body)
        self.set_status(201)


class Fixed(RequestHandler):
    """One answer."""

    def initialize(self, status: int, body: bytes, close: bool = False) -> None:
        self.answer = status, body, close

    def get(self) -> None:
        status, body, close = self.answer
        self.set_status(status)
        if close:
            self.set_header("Connection", "close")
        if body:
            self.write(body)


@contextlib.asynccontextmanager
async def zonda(files: Path) -> AsyncIterator[int]:
    application = Application(
        [
            (r"/files/text\.txt", Fixed, {"status": 200, "body": TEXT}),
            (r"/files/(.*)", Files, {"path": str(files)}),
            (r"/moved", RedirectHandler, {"url": "/files/small", "permanent": False}),
            (r"/gone", Fixed, {"status": 404, "body": b"not here\n"}),
            (r"/nothing", Fixed, {"status": 204, "body": b""}),
            (r"/once", Fixed, {"status": 200, "body": b"once\n", "close": True}),
        ],
        compress_response=True,
        xsrf_cookies=False,
    )
    server = HTTPServer(application)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    try:
        yield sockets[0].getsockname()[1]
    finally:
        server.stop()
        await server.close_all_connections()


@contextlib.asynccontextmanager
async def nginx(files: Path) -> AsyncIterator[int]:
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("no nginx on this machine")
    root = files.parent
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    conf = root / "nginx.conf"
    conf.write_text(NGINX.format(root=root, files=files, port=port))
    process = await asyncio.create_subprocess_exec(
        *(program, "-p", str(root), "-c", str(conf), "-e", "stderr")
    )
    try:
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                break
            assert process.returncode is None, "nginx has ended"
            await asyncio.sleep(0.01)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def chopping(files: Path) -> AsyncIterator[int]:
    """Answers made by h11, in pieces, behind interim answers."""

    async def handler(request: Request) -> bytes | None:
        status, headers, body = respond(files, request)
        connection = h11.Connection(h11.SERVER)
        head = f"{request.method} / HTTP/1.1\r\nHost: h\r\n\r\n".encode()
        connection.receive_data(head if request.method != "PUT" else head.replace(b"PUT", b"GET"))
        connection.next_event()
        connection.next_event()
        out = connection.send(h11.InformationalResponse(status_code=103, headers=[("x", "y")]))
        for event in (
            h11.Response(status_code=status, headers=headers),
            *([h11.Data(data=body)] if body else []),
            h11.EndOfMessage(),
        ):
            out = (out or b"") + (connection.send(event) or b"")
        assert out is not None
        for start in range(0, len(out), 7 if len(out) < 2000 else 70_001):
            request.writer.write(out[start : start + (7 if len(out) < 2000 else 70_001)])
            await asyncio.sleep(0)
        return None if ("connection", "close") in headers else b""

    async with serving(handler) as server:
        yield server.port


def respond(files: Path, request: Request) -> tuple[int, list[tuple[str, str]], bytes]:
    match request.method, request.target:
        case "PUT", target:
            (files / target.rpartition("/")[2]).write_bytes(request.body)
            return 201, [("content-length", "0")], b""
        case method, ("/files/small" | "/files/large" | "/files/text.txt" | "/files/put") as target:
            body = (files / target.rpartition("/")[2]).read_bytes()
            if request.headers.get("range"):
                begin, end = request.headers["range"].removeprefix("bytes=").split("-")
                size = len(body)
                body = body[int(begin) : int(end) + 1]
                return 206, [("content-range", f"bytes {begin}-{end}/{size}")], body
            if target == "/files/text.txt" and "gzip" in request.headers.get("accept-encoding", ""):
                return 200, [("content-encoding", "gzip")], gzip.compress(body)
            length = [("content-length", str(len(body)))]
            return 200, length, b"" if method == "HEAD" else body
        case _, "/moved":
            return 302, [("location", "/files/small"), ("content-length", "0")], b""
        case _, "/nothing":
            return 204, [], b""
        case _, "/once":
            return 200, [("connection", "close")], b"once\n"
    return 404, [], b"not here\n"


SERVERS = {"zonda": zonda, "nginx": nginx, "chopping": chopping}


@pytest.fixture(params=SERVERS)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    files = tmp_path / "files"
    files.mkdir()
    for name, data in {"small": SMALL, "large": LARGE, "text.txt": TEXT}.items():
        (files / name).write_bytes(data)
    async with SERVERS[request.param](files) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(params=[AsyncHTTPClient, CurlAsyncHTTPClient], ids=["own", "curl"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[AsyncHTTPClient]:
    if request.param is CurlAsyncHTTPClient:
        pytest.importorskip("pycurl", reason="pycurl is not installed")
    async with request.param(force_instance=True, max_clients=8) as client:
        yield client


async def test_answers_of_every_kind_over_one_connection(client: AsyncHTTPClient, url: str) -> None:
    for _ in range(2):
        assert (await client.fetch(f"{url}/files/small")).body == SMALL
        assert (await client.fetch(f"{url}/files/large")).body == LARGE
        head = await client.fetch(f"{url}/files/large", method="HEAD")
        assert (head.body, head.headers["Content-Length"]) == (b"", str(len(LARGE)))
        assert (await client.fetch(f"{url}/nothing")).code == 204
        part = await client.fetch(f"{url}/files/large", headers={"Range": "bytes=5-1004"})
        assert (part.code, part.body) == (206, LARGE[5:1005])
        moved = await client.fetch(f"{url}/moved")
        assert (moved.body, moved.effective_url) == (SMALL, f"{url}/files/small")
        with pytest.raises(HTTPClientError) as caught:
            await client.fetch(f"{url}/gone")
        assert caught.value.code == 404
        assert caught.value.response is not None
        assert caught.value.response.body == b"not here\n"
    assert (client.pool.active_count, client.pool.idle_count) == (0, 1)


async def test_text_comes_compressed(client: AsyncHTTPClient, url: str) -> None:
    response = await client.fetch(f"{url}/files/text.txt")
    assert response.body == TEXT
    assert response.headers["X-Consumed-Content-Encoding"] in ("gzip", "br", "zstd")
    assert (await client.fetch(f"{url}/files/text.txt", decompress_response=False)).body == TEXT


@pytest.mark.parametrize("consent", [False, True])
@pytest.mark.parametrize("how", ["whole", "produced", "produced with a length"])
async def test_bodies_are_sent(client: AsyncHTTPClient, url: str, how: str, consent: bool) -> None:
    async def produce(write: Any) -> None:
        for start in range(0, len(LARGE), 100_000):
            await write(LARGE[start : start + 100_000])

    options: dict[str, Any] = {"expect_100_continue": consent}
    if how == "whole":
        options["body"] = LARGE
    else:
        options["body_producer"] = produce
    if how.endswith("length"):
        options["headers"] = {"Content-Length": str(len(LARGE))}
    response = await client.fetch(f"{url}/files/put", method="PUT", **options)
    assert response.code == 201
    assert (await client.fetch(f"{url}/files/put")).body == LARGE


async def test_a_connection_that_the_server_closes_is_not_used_again(
    client: AsyncHTTPClient, url: str
) -> None:
    for _ in range(3):
        assert (await client.fetch(f"{url}/once")).body == b"once\n"
        assert client.pool.idle_count == 0


async def test_many_at_once_share_a_few_connections(client: AsyncHTTPClient, url: str) -> None:
    paths = ["small", "large", "text.txt"] * 20
    responses = await asyncio.gather(*[client.fetch(f"{url}/files/{path}") for path in paths])
    bodies = {"small": SMALL, "large": LARGE, "text.txt": TEXT}
    assert [response.body for response in responses] == [bodies[path] for path in paths]
    assert (client.pool.active_count, client.pool.waiting_count) == (0, 0)
    assert 1 <= client.pool.idle_count <= 8


async def test_a_body_is_read_piece_by_piece(client: AsyncHTTPClient, url: str) -> None:
    async with client.stream(f"{url}/files/large") as response:
        assert response.code == 200
        assert b"".join([piece async for piece in response]) == LARGE
    async with client.stream(f"{url}/files/large") as response:
        assert await anext(response)
    assert (await client.fetch(f"{url}/files/small")).body == SMALL


async def test_who_gives_up_leaves_no_broken_connection(client: AsyncHTTPClient, url: str) -> None:
    for turns in range(0, 40, 4):
        future = client.fetch(f"{url}/files/large")
        for _ in range(turns):
            await asyncio.sleep(0)
        future.cancel()
        assert (await client.fetch(f"{url}/files/small")).body == SMALL
    assert client.pool.active_count == 0
