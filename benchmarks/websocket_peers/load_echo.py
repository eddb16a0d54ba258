# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""Connections that send messages, wait for their echoes and send them again.

``python load_echo.py PORT SIZE text|binary plain|compress WINDOW CONNECTIONS SECONDS``: prints a
line when the measuring begins and the number of echoes per second when it ends.  A connection sends
WINDOW messages in one piece, as a source of telemetry does, and the next ones when all have come
back.  Nothing is decoded: frames are counted by their headers, or by their bytes if there are
several, so that this side costs as little as possible and the same for everyone.
"""

import asyncio
import os
import sys
import time
import zlib

import uvloop

WARM_UP = 0.5
KEY = b"\x12\x34\x56\x78"


def content(size: int) -> bytes:
    """Text that compresses about as well as messages do."""
    words = [b"zonda", b"wind", b"message", b"room", b"value", b"user", b"time", b"42", b"3.14"]
    text = b""
    number = 7
    while len(text) < size:
        number = number * 1103515245 + 12345 & 0x7FFFFFFF
        text += words[number % len(words)] + b" " + str(number).encode() + b" "
    return text[:size]


def frame(payload: bytes, text: bool, compress: bool) -> bytes:
    """A masked frame that can be sent again and again: it refers to no other."""
    first = 0x81 if text else 0x82
    if compress:
        stream = zlib.compressobj(6, zlib.DEFLATED, -15)
        payload = (stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]
        first |= 0x40
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65536:
        head = bytes((first, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + KEY + bytes([byte ^ KEY[i & 3] for i, byte in enumerate(payload)])


class Peer(asyncio.Protocol):
    """One connection."""

    count = 0

    def __init__(self, port: int, message: bytes, window: int, compress: bool) -> None:
        extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n" if compress else ""
        self.request = (
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Sec-WebSocket-Version: 13\r\n{extension}\r\n"
        ).encode()
        self.message = message * window
        self.window = window
        # Bytes of the echoes: frames without a key.
        self.answer = (len(message) - len(KEY)) * window
        self.open = False
        self.missing = 0
        self.left = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if not self.open:
            self.left += data
            if b"\r\n\r\n" in self.left:
                if b" 101 " not in self.left.partition(b"\r\n")[0]:
                    sys.exit(f"refused: {self.left[:200]!r}")
                self.left = b""
                self.open = True
                self.transport.write(self.message)
            return
        if self.window > 1 and not self.missing:
            self.missing = self.answer
        if self.missing:
            self.missing -= len(data)
            if self.missing <= 0:
                self.echoed()
            return
        if self.left:
            data, self.left = self.left + data, b""
        if len(data) < 2:
            self.left = data
            return
        size = data[1] + 2
        if size > 127:
            wide = 4 if size == 128 else 10
            if len(data) < wide:
                self.left = data
                return
            size = int.from_bytes(data[2:wide], "big") + wide
        if len(data) < size:
            self.missing = size - len(data)
        else:
            self.echoed()

    def echoed(self) -> None:
        self.missing = 0
        Peer.count += self.window
        self.transport.write(self.message)


async def main() -> None:
    port, size, kind, compress, window, connections, seconds = sys.argv[1:]
    message = frame(content(int(size)), kind == "text", compress == "compress")
    loop = asyncio.get_running_loop()
    for _ in range(int(connections)):
        await loop.create_connection(
            lambda: Peer(int(port), message, int(window), compress == "compress"),
            "127.0.0.1",
            int(port),
        )
    await asyncio.sleep(WARM_UP)
    print("begin", flush=True)
    before, start = Peer.count, time.perf_counter()
    await asyncio.sleep(float(seconds))
    print((Peer.count - before) / (time.perf_counter() - start), flush=True)
    os._exit(0)


uvloop.run(main())
