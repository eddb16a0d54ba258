from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

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
