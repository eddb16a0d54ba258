# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""The limit: whatever arrives is answered with the same bytes, nothing is parsed."""

import asyncio
import sys

import uvloop

BODY = b"Hello, world"
RESPONSE = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)


class FixedAnswer(asyncio.Protocol):
    """One answer for every read; right only for a client that does not pipeline."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.write = transport.write

    def data_received(self, data: bytes) -> None:
        self.write(RESPONSE)


async def main(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(FixedAnswer, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
