"""The tour's chat in four worker processes, joined by Redis."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import sys
import urllib.parse
from pathlib import Path

import pytest

from tests.integration.program import Program, running
from zonda.http import CookieJar
from zonda.httpclient import AsyncHTTPClient
from zonda.websocket import WebSocketClientConnection, websocket_connect

# What is tested runs in processes of its own, on whatever loop it chooses.
pytestmark = pytest.mark.own_process

REDIS = "redis://127.0.0.1:6379/0"
WORKERS = 4
# The system gives connections to workers by chance; that so many miss one of them has a chance of
# one in a million millions.
MOST_TRIES = 100


def children(pid: int) -> list[int]:
    """The processes that *pid* has started, and those that these have."""
    found = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [pid for child in found for pid in children(child)]


def worker_of(tour: Program, client_port: int) -> int | None:
    """The process at the server's end of a connection."""
    server, client = f":{tour.port:04X}", f":{client_port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(server) and fields[2].endswith(client):
            name = f"socket:[{fields[9]}]"
            for pid in children(tour.process.pid):
                for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                    with contextlib.suppress(OSError):
                        if str(descriptor.readlink()) == name:
                            return pid
    return None


async def sign_up(tour: Program, name: str) -> str:
    """Make an account; the cookies of who is logged in."""
    async with AsyncHTTPClient(force_instance=True, cookie_jar=CookieJar()) as client:
        page = await client.fetch(f"{tour.url}signup")
        found = re.search(rb'name="_xsrf" value="([^"]+)"', page.body)
        assert found is not None
        form = {"_xsrf": found[1], "name": name, "password": "a long password"}
        answer = await client.fetch(
            f"{tour.url}signup",
            method="POST",
            body=urllib.parse.urlencode(form),
            follow_redirects=False,
            raise_error=False,
        )
    assert answer.code == 303, answer.body
    cookies = answer.headers.get_list("Set-Cookie")
    return "; ".join(cookie.partition(";")[0] for cookie in cookies)


async def members_of_all_workers(
    tour: Program, cookie: str, stack: contextlib.AsyncExitStack
) -> list[WebSocketClientConnection]:
    """A websocket to each of the workers."""
    address = tour.url.replace("http", "ws") + "chat/socket"
    members: dict[int, WebSocketClientConnection] = {}
    for _ in range(MOST_TRIES):
        websocket = await websocket_connect(address, headers={"Cookie": cookie})
        transport = websocket._connection.transport
        pid = worker_of(tour, transport.get_extra_info("sockname")[1])
        assert pid is not None
        if pid in members:
            websocket.close()
            await websocket.closed()
            continue
        members[pid] = await stack.enter_async_context(websocket)
        if len(members) == WORKERS:
            return list(members.values())
    raise AssertionError(f"{MOST_TRIES} connections came to {len(members)} workers only")


async def heard(websocket: WebSocketClientConnection) -> str:
    message = await websocket.read_message()
    assert message is not None
    return str(json.loads(message)["html"])


async def until_heard(member: WebSocketClientConnection, text: str) -> None:
    """Wait until a message comes that has *text*, whatever comes before."""
    while text not in await heard(member):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="which worker it is stands in /proc")
@pytest.mark.deadline(120)
async def test_what_one_worker_hears_the_others_tell(tmp_path: Path) -> None:
    pytest.importorskip("redis")
    try:
        socket.create_connection(("127.0.0.1", 6379), timeout=2).close()
    except OSError:
        pytest.skip("no Redis at 127.0.0.1:6379")
    arguments = [f"--workers={WORKERS}", f"--redis={REDIS}", f"--database={tmp_path}/tour.sqlite3"]
    with running("-m", "examples.tour", "--port=0", *arguments) as tour:
        async with contextlib.AsyncExitStack() as stack:
            members = await members_of_all_workers(tour, await sign_up(tour, "ada"), stack)
            # A member is in the room when it hears itself.
            for number, member in enumerate(members):
                await member.write_message({"text": f"member {number} is here"})
                await until_heard(member, f"member {number} is here")
            await members[0].write_message({"text": "all are here"})
            for member in members:
                await until_heard(member, "all are here")
            for number, member in enumerate(members):
                await member.write_message({"text": f"hello from {number}"})
                for other in members:
                    assert f"hello from {number}" in await heard(other)
        status, output = await asyncio.to_thread(tour.end)
    assert status == 0
    assert "Traceback" not in output
