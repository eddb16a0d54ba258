"""A line to a server that a test can cut, or make silent."""

from __future__ import annotations

import asyncio
from types import TracebackType


class CutLine:
    """Passes bytes between its clients and a server, until it is told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self.server_address = (host, port)
        self.connections = 0
        self._passing = asyncio.Event()
        self._passing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._listener: asyncio.Server | None = None
        self.port = 0
        self.to_server = bytearray()  # what has passed
        self.to_client = bytearray()

    async def __aenter__(self) -> CutLine:
        await self.listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()
        self.refuse()

    async def listen(self) -> None:
        """Take connections, at the same port as before."""
        self._listener = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Take no more connections."""
        if self._listener is not None:
            self._listener.close()
        self._listener = None

    def cut(self) -> None:
        """End all connections, without a word."""
        for writer in list(self._writers):
            writer.transport.abort()
        self.sound()

    def silence(self) -> None:
        """Pass nothing any more, but keep the connections."""
        self._passing.clear()

    def sound(self) -> None:
        """Pass again."""
        self._passing.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        server_reader, server_writer = await asyncio.open_connection(*self.server_address)
        self._writers |= {writer, server_writer}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, server_writer, self.to_server))
                group.create_task(self._pass(server_reader, writer, self.to_client))
        finally:
            self._writers -= {writer, server_writer}

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passed: bytearray
    ) -> None:
        try:
            while data := await reader.read(65536):
                await self._passing.wait()
                if writer.is_closing():
                    break
                writer.write(data)
                passed += data
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort()
