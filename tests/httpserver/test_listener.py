"""Accepting connections: when there is no room for more, and at the end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.httpserver.serve_program import finish, running
from tests.httpserver.server_fixture import echo, serving
from zonda.httpserver import HTTPServer

GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

EXHAUSTED = """
import resource
from zonda.iostream import acceptor
acceptor.ACCEPT_PAUSE = 0.05
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
serve(lambda: answer, [sock], started=started, uvloop=False)
"""


def processor_time(pid: int) -> float:
    """Seconds of the processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads Linux's /proc")
def test_no_descriptors_left() -> None:
    """HS-35: no spinning, one line in the log, and it goes on when there is room again."""
    with running(EXHAUSTED) as program:
        program.wait_for("serving")
        clients = [socket.create_connection(("127.0.0.1", program.port), 10) for _ in range(60)]
        program.wait_for("log: cannot accept connections")
        before = processor_time(program.process.pid)
        signal.sigtimedwait([], 0.5)
        assert processor_time(program.process.pid) - before < 0.25
        for client in clients[:-1]:
            client.close()
        clients[-1].sendall(GET)
        finish(clients[-1])
        clients[-1].close()
        assert program.ask()[1] == "None"
        program.tell(signal.SIGTERM)
        assert program.end() == 0
    assert sum("cannot accept" in line for line in program.seen) == 1


async def test_who_has_connected_before_the_end_is_heard() -> None:
    """The connection was in the backlog when the server was told to end."""
    server = HTTPServer(echo)
    [sock] = server.listen(0, "127.0.0.1")
    address = sock.getsockname()
    clients = [socket.create_connection(address, 10) for _ in range(5)]
    for client in clients:
        client.sendall(GET)
    draining = asyncio.ensure_future(server.drain(grace=5))
    for client in clients:
        assert (await asyncio.to_thread(client.recv, 1000)).startswith(b"HTTP/1.1 200 ")
        client.close()
    assert await draining


async def test_an_answer_is_sent_at_once() -> None:
    """Without TCP_NODELAY the second piece of an answer waits for an acknowledgement."""
    async with serving() as running_server:
        client = await running_server.connect()
        await client.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        [connection] = running_server.server._connections
        sock = connection.transport.get_extra_info("socket")  # type: ignore[attr-defined]  # it has one
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_socket_that_is_closed_cannot_be_served_on() -> None:
    sock = socket.socket()
    sock.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        HTTPServer(echo).add_socket(sock)
