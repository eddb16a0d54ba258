# mypy: ignore-errors
# Used in the peers' environment, which the type checker does not see.
"""Websockets on plain sockets, for programs that must cost less than what they measure."""

import os
import select
import socket

KEY = b"\x12\x34\x56\x78"


def frame(first: int, payload: bytes, key: bytes = b"") -> bytes:
    """A frame; with a key it is a client's."""
    size = len(payload)
    masked = 0x80 if key else 0
    if size < 126:
        head = bytes((first, masked | size))
    elif size < 65536:
        head = bytes((first, masked | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, masked | 127)) + size.to_bytes(8, "big")
    if key:
        payload = bytes([byte ^ key[i & 3] for i, byte in enumerate(payload)])
    return head + key + payload


def read(file: int, size: int) -> bytes:
    """What is there, up to *size* bytes."""
    data = os.read(file, size)
    if not data:
        raise SystemExit("the server has closed a connection")
    return data


def connect(port: int, path: str = "/", extensions: str = "") -> int:
    """The file of a socket on which the handshake is done.

    It blocks: who writes no more than the buffers of both sides hold does not wait.
    """
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wanted = f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions else ""
    sock.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Version: 13\r\n{wanted}\r\n".encode()
    )
    # A server says no more before it is spoken to.
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += read(sock.fileno(), 4096)
    if b" 101 " not in answer.partition(b"\r\n")[0]:
        raise SystemExit(f"refused: {answer[:200]!r}")
    return sock.detach()


def poll_of(files: list[int]) -> select.epoll:
    """What tells which of the files can be read."""
    poll = select.epoll()
    for file in files:
        poll.register(file, select.EPOLLIN)
    return poll
