from __future__ import annotations

import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.at_once import at_once
from zonda.httpclient import AsyncHTTPClient, HTTPClient, HTTPClientError


class Counting(AsyncHTTPClient):
    """Another implementation."""


@pytest.fixture
def url() -> Iterator[str]:
    """A server in a thread that answers all requests of one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                while data := connection.recv(65536):
                    status = b"404 No" if b"/no" in data else b"200 OK"
                    connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize("implementation", [None, Counting])
def test_it_waits_for_the_answer(url: str, implementation: type[AsyncHTTPClient] | None) -> None:
    with HTTPClient(implementation, max_clients=3) as client:
        assert client.fetch(url).body == b"ok"
        assert client.fetch(url, method="POST", body="x").code == 200
        with pytest.raises(HTTPClientError, match="404"):
            client.fetch(f"{url}/no")
        assert client.fetch(f"{url}/no", raise_error=False).code == 404
    with pytest.raises(RuntimeError, match="closed"):
        client.fetch(url)


def test_closing_what_was_never_used() -> None:
    client = HTTPClient()
    client.close()
    client.close()


async def test_it_refuses_to_block_a_loop() -> None:
    client = HTTPClient()
    with pytest.raises(RuntimeError, match="AsyncHTTPClient"):
        client.fetch("http://localhost:1/")


def test_threads_take_turns(url: str) -> None:
    with HTTPClient() as client, ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: client.fetch(url).body, range(20)))
    assert answers == [b"ok"] * 20


FORKING = """
import os, sys, traceback
from zonda.httpclient import HTTPClient

with HTTPClient() as client:
    parents = client.fetch(sys.argv[1]).body
    child = os.fork()
    if not child:
        try:
            own = client.fetch(sys.argv[1], request_timeout=10).body
            assert own != parents, "the child uses the connection of its parent"
            assert client.fetch(sys.argv[1]).body == own
            client.close()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert client.fetch(sys.argv[1]).body == parents, "the child has ended it"
"""


def test_a_forked_process_has_connections_of_its_own() -> None:
    """In a process with one thread: to fork one with several is nobody's intention."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline() > b"\r\n":
                while self.rfile.readline() > b"\r\n":
                    pass
                self.wfile.write(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n%5d" % self.client_address[1]
                )

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}/"
            done = subprocess.run(
                [sys.executable, "-c", FORKING, url], capture_output=True, text=True, timeout=60
            )
        finally:
            server.shutdown()
            thread.join()
    assert done.returncode == 0, done.stderr


def test_a_client_that_is_closed_has_answered_or_says_so(url: str) -> None:
    client = HTTPClient()
    assert client.fetch(url).body == b"ok"

    def fetch() -> str:
        try:
            return client.fetch(url).body.decode()
        except RuntimeError as error:
            return str(error)

    def close() -> str:
        client.close()
        return "closed"

    answers = at_once([fetch, fetch, close, fetch, close])
    assert {*answers} <= {"ok", "the client is closed", "closed"}
