"""A connection of a server without a socket: what is written stays here."""

from __future__ import annotations

import asyncio
import re

from zonda.httpserver import HTTPServer


class Recorder(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[bytes | str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.events.append(re.sub(rb"Date: .*\r\n", b"", bytes(data)))

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.events.append("eof")

    def pause_reading(self) -> None:
        self.events.append("pause")

    def resume_reading(self) -> None:
        self.events.append("resume")

    def close(self) -> None:
        self.events.append("close")

    def abort(self) -> None:
        self.events.append("abort")


async def exchange(server: HTTPServer, segments: list[bytes]) -> list[bytes | str]:
    """What one connection writes and does when *segments* arrive, each in a turn of its own."""
    transport = Recorder()
    connection = server.connection_class(asyncio.get_running_loop(), server)
    connection.connection_made(transport)
    for segment in segments:
        connection.data_received(segment)
        for _ in range(5):
            await asyncio.sleep(0)
    connection.connection_lost(None)
    return transport.events
