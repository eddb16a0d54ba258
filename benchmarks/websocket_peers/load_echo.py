# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""Connections that send messages, wait for their echoes and send them again.

``python load_echo.py PORT SIZE text|binary plain|compress WINDOW CONNECTIONS SECONDS``: prints a
line when the measuring begins; when it ends, the number of echoes per second and which part of the
time this program was busy.  A connection sends WINDOW messages in one piece, as a source of
telemetry does, and the next ones when all have come back.  Nothing is decoded: echoes are counted
by their bytes, or by the headers of frames if they are compressed, on plain sockets, so that this
side costs as little as possible and the same for everyone.
"""

import os
import sys
import time
import zlib

from opening import KEY, connect, frame, poll_of, read

WARM_UP = 0.5


def content(size: int) -> bytes:
    """Text that compresses about as well as messages do."""
    words = [b"zonda", b"wind", b"message", b"room", b"value", b"user", b"time", b"42", b"3.14"]
    text = b""
    number = 7
    while len(text) < size:
        number = number * 1103515245 + 12345 & 0x7FFFFFFF
        text += words[number % len(words)] + b" " + str(number).encode() + b" "
    return text[:size]


def message_of(payload: bytes, text: bool, compress: bool) -> bytes:
    """A masked frame that can be sent again and again: it refers to no other."""
    first = 0x81 if text else 0x82
    if compress:
        stream = zlib.compressobj(6, zlib.DEFLATED, -15)
        payload = (stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]
        first |= 0x40
    return frame(first, payload, KEY)


class Plain:
    """Counts echoes whose bytes are known."""

    def __init__(self, files: list[int], message: bytes, window: int) -> None:
        self.message = message * window
        self.window = window
        self.answer = (len(message) - len(KEY)) * window
        self.missing = dict.fromkeys(files, self.answer)

    def turn(self, ready: list[tuple[int, int]]) -> int:
        """Read what is there; the number of echoes."""
        answer, missing, message = self.answer, self.missing, self.message
        count = 0
        for file, _ in ready:
            left = missing[file] - len(read(file, answer))
            if left:
                missing[file] = left
            else:
                missing[file] = answer
                os.write(file, message)
                count += self.window
        return count


class Framed:
    """Counts echoes that come as one frame each."""

    def __init__(self, files: list[int], message: bytes, window: int) -> None:
        self.message = message * window
        self.window = window
        self.unread = dict.fromkeys(files, b"")
        self.frames = dict.fromkeys(files, 0)

    def turn(self, ready: list[tuple[int, int]]) -> int:
        """Read what is there; the number of echoes."""
        count = 0
        for file, _ in ready:
            data = self.unread[file] + read(file, 65536)
            while (end := end_of_frame(data)) <= len(data):
                data = data[end:]
                self.frames[file] += 1
            self.unread[file] = data
            if self.frames[file] == self.window:
                self.frames[file] = 0
                os.write(file, self.message)
                count += self.window
        return count


def end_of_frame(data: bytes) -> int:
    """Where the first frame ends; beyond the data if that is not there."""
    size = data[1] if len(data) > 1 else 0
    wide = {126: 4, 127: 10}.get(size, 2)
    if len(data) < wide:
        return len(data) + 1
    return wide + (size if wide == 2 else int.from_bytes(data[2:wide], "big"))


def main() -> None:
    port, size, kind, compress, window, connections, seconds = sys.argv[1:]
    compressed = compress == "compress"
    extensions = "permessage-deflate" if compressed else ""
    files = [connect(int(port), "/", extensions) for _ in range(int(connections))]
    message = message_of(content(int(size)), kind == "text", compressed)
    load = (Framed if compressed else Plain)(files, message, int(window))
    poll = poll_of(files).poll
    for file in files:
        os.write(file, load.message)

    def run(seconds: float) -> int:
        count, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            count += load.turn(poll(seconds))
        return count

    run(WARM_UP)
    print("begin", flush=True)
    start, cpu = time.perf_counter(), time.process_time()
    count = run(float(seconds))
    passed = time.perf_counter() - start
    print(count / passed, (time.process_time() - cpu) / passed, flush=True)
    os._exit(0)


main()
