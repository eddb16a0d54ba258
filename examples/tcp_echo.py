"""Lines over TCP: a server that says back what it hears, with `zonda.iostream` alone.

``python -m examples.tcp_echo`` and then ``nc 127.0.0.1 8888``.
"""

from __future__ import annotations

import asyncio

from zonda.iostream import IOStream, StreamClosedError, TCPServer, UnsatisfiableReadError

#: Bytes of a line; whoever sends a longer one is cut off.
MAX_LINE = 64 * 1024


class EchoServer(TCPServer):
    """Says every line back; each client is served by a task of its own."""

    async def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        """Serve one client until it goes away."""
        try:
            while True:
                line = await stream.read_until(b"\n", max_bytes=MAX_LINE)
                await stream.write(line)
        except (StreamClosedError, UnsatisfiableReadError):
            stream.close()


async def main() -> None:
    server = EchoServer()
    server.listen(8888, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
