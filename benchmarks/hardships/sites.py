"""The servers that have a hard time, and what it takes to talk to them without a client library."""

from __future__ import annotations

import socket
import time

from benchmarks.programs import CannotRun, Server

SITES = {
    site.name: site
    for site in (
        Server("zonda", "http_peers/hard_handlers.py", ("zonda",)),
        Server("aiohttp", "http_peers/hard_aiohttp.py", (), ("aiohttp", "uvloop")),
        Server(
            "uvicorn",
            "http_peers/hard_uvicorn.py",
            (),
            ("uvicorn", "websockets", "httptools", "uvloop", "starlette", "python-multipart"),
        ),
        Server("tornado", "http_peers/hard_handlers.py", ("tornado",), ("tornado",)),
    )
}

HELLO = b"Hello, world"
PATIENCE = 20.0


def get(path: str, *fields: str) -> bytes:
    """The bytes of a GET."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *fields, "", ""]).encode()


def connect(port: int) -> socket.socket:
    """A connection to a server on this machine."""
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def answer(sock: socket.socket) -> tuple[int, bytes]:
    """Status and body of one answer that has a length.

    :raises CannotRun: the connection was closed before its end.
    """
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(sock)
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += _more(sock)
    return int(head.split(b" ")[1]), body


def _more(sock: socket.socket) -> bytes:
    try:
        data = sock.recv(65536)
    except OSError as error:
        raise CannotRun(f"no answer: {error!r}") from error
    if not data:
        raise CannotRun("the connection was closed before the answer")
    return data


def ask(port: int, path: str) -> bytes:
    """The body of one answer, on a connection of its own."""
    with connect(port) as sock:
        sock.sendall(get(path, "Connection: close"))
        return answer(sock)[1]


def wait_until(deadline: float, pause: float = 0.002) -> bool:
    """Sleep a little; whether there is time left."""
    time.sleep(pause)
    return time.monotonic() < deadline
