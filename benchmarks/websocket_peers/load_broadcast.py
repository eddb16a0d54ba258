# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""Members of one room: one of them speaks, all of them count what they hear.

``python load_broadcast.py PORT MEMBERS SECONDS``: prints a line when all members are connected,
waits for one on its input, prints one when the measuring begins and the deliveries per second
when it ends.
"""

import asyncio
import os
import resource
import sys
import time

import uvloop

WARM_UP = 1.0
# Messages that are on their way at a time: the server must not wait for this side.
WINDOW = 8
MESSAGE = b"m" * 32
FRAME = bytes((0x81, 0x80 | len(MESSAGE))) + bytes(4) + MESSAGE
ANSWER = len(FRAME) - 4


class Member(asyncio.Protocol):
    """One connection."""

    connected = 0
    received = 0
    sent = 0
    members = 0
    speaker: "Member"

    def __init__(self, port: int) -> None:
        self.port = port
        self.open = False
        self.left = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.write(
            (
                f"GET /room HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self.open:
            self.left += data
            if self.left.endswith(b"\r\n\r\n"):
                self.open = True
                Member.connected += 1
            return
        Member.received += len(data)
        while Member.received >= (Member.sent - WINDOW + 1) * Member.members * ANSWER:
            Member.sent += 1
            Member.speaker.transport.write(FRAME)


async def main() -> None:
    port, members, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    loop = asyncio.get_running_loop()
    Member.members = members
    for _ in range(members):
        _, member = await loop.create_connection(lambda: Member(port), "127.0.0.1", port)
        Member.speaker = member
    while Member.connected < members:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)
    print("connected", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    Member.sent += 1
    Member.speaker.transport.write(FRAME)
    await asyncio.sleep(WARM_UP)
    print("begin", flush=True)
    before, start = Member.received, time.perf_counter()
    await asyncio.sleep(seconds)
    print((Member.received - before) / ANSWER / (time.perf_counter() - start), flush=True)
    os._exit(0)


uvloop.run(main())
