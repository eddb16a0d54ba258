# mypy: ignore-errors
"""Answers every message with the same one, for clients: it costs less than any server would.

``python serve_fixed.py PORT SIZE``: each message, of SIZE bytes, is counted by its bytes, and its
answer is a text of that size.
"""

import base64
import hashlib
import os
import re
import select
import socket
import sys

from opening import KEY, frame, poll_of

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept(listener: socket.socket) -> int:
    """The file of a new connection on which the handshake is done; 0 if it was closed."""
    sock, _ = listener.accept()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        data = sock.recv(65536)
        if not data:
            sock.close()
            return 0
        request += data
    key = re.search(rb"\r\nSec-WebSocket-Key:\s*(\S+)", request, re.IGNORECASE)[1]
    digest = base64.b64encode(hashlib.sha1(key + GUID).digest())
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + digest + b"\r\n\r\n"
    )
    return sock.detach()


def main() -> None:
    port, size = int(sys.argv[1]), int(sys.argv[2])
    payload = b"m" * size
    asked, answer = len(frame(0x81, payload, KEY)), frame(0x81, payload)
    received: dict[int, int] = {}
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    poll = poll_of([listener.fileno()])
    while True:
        for file, _ in poll.poll():
            if file == listener.fileno():
                if new := accept(listener):
                    received[new] = 0
                    poll.register(new, select.EPOLLIN)
                continue
            try:
                got = len(os.read(file, 65536))
                messages, received[file] = divmod(received[file] + got, asked)
                if messages:
                    os.write(file, answer * messages)
            except ConnectionError:
                got = 0
            if not got:
                poll.unregister(file)
                os.close(file)


main()
