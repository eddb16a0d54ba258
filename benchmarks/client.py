# /// script
# requires-python = ">=3.11"
# dependencies = ["aiohttp", "httpx", "pycurl", "tornado", "uvloop"]
# ///
"""Fetches per second: Zonda's clients beside aiohttp, httpx, Tornado and pycurl, in one run.

``nox -s bench -- benchmarks/client.py --rounds 3 --seconds 2``

One server, a bare uvloop protocol that answers every request with the same 100 bytes of text, runs
on the first core; each client in a process of its own on the last, with 1, 32 and 256 fetches in
flight, each of which looks at the status and at one header.  "pycurl" is curl's own loop without an
event loop around it, which no coroutine can use; "pycurl-bare" asks for the same page again and
again and takes nothing but the body, which no program can use.  "zonda+curl" and "tornado+curl" are
what programs have of it.  Rounds are interleaved, figures are medians and mean something only
beside those of the same run.  ``CPU us`` is the processor time of the client for one fetch, which
other programs on the machine disturb least.  Clients run on asyncio's own loop unless
``--loop uvloop`` is given.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from benchmarks.programs import (
    LOAD_CORE,
    SAY_SECONDS,
    CannotRun,
    Started,
    finished,
    last_line,
    module,
    pinned,
    versions,
)
from benchmarks.recording import CPU, Measure, Recording, arguments, progress

FLIGHTS = (1, 32, 256)
BODY = b"x" * 100
LENGTH = "100"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 100\r\n\r\n" + BODY
)
MAX_CLIENTS = 300
WARM_UP_SECONDS = 0.3

Get = Callable[[], Awaitable[bytes]]
Figure = dict[str, float]


class Answering(asyncio.Protocol):
    """Answers each request, which comes in one piece from all of these clients."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


# The clients: each measures with its own way to fetch.


async def run_zonda(url: str, flight: int, seconds: float) -> Figure:
    from zonda.httpclient import AsyncHTTPClient

    async with AsyncHTTPClient(force_instance=True, max_clients=MAX_CLIENTS) as client:

        async def get() -> bytes:
            response = await client.fetch(url)
            assert response.headers["Content-Length"] == LENGTH
            return response.body

        return await measure(get, flight, seconds)


async def run_zonda_curl(url: str, flight: int, seconds: float) -> Figure:
    from zonda.httpclient import CurlAsyncHTTPClient

    async with CurlAsyncHTTPClient(force_instance=True, max_clients=MAX_CLIENTS) as client:

        async def get() -> bytes:
            response = await client.fetch(url)
            assert response.headers["Content-Length"] == LENGTH
            return response.body

        return await measure(get, flight, seconds)


async def run_aiohttp(url: str, flight: int, seconds: float) -> Figure:
    aiohttp: Any = import_module("aiohttp")
    connector = aiohttp.TCPConnector(limit=MAX_CLIENTS)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def get() -> bytes:
            async with session.get(url, raise_for_status=True) as response:
                assert response.headers["Content-Length"] == LENGTH
                body: bytes = await response.read()
                return body

        return await measure(get, flight, seconds)


async def run_httpx(url: str, flight: int, seconds: float) -> Figure:
    httpx: Any = import_module("httpx")
    limits = httpx.Limits(max_connections=MAX_CLIENTS, max_keepalive_connections=MAX_CLIENTS)
    async with httpx.AsyncClient(limits=limits) as client:

        async def get() -> bytes:
            response = (await client.get(url)).raise_for_status()
            assert response.headers["Content-Length"] == LENGTH
            body: bytes = response.content
            return body

        return await measure(get, flight, seconds)


async def run_tornado(url: str, flight: int, seconds: float) -> Figure:
    kind = import_module("tornado.simple_httpclient").SimpleAsyncHTTPClient
    return await run_a_tornado(kind, url, flight, seconds)


async def run_tornado_curl(url: str, flight: int, seconds: float) -> Figure:
    kind = import_module("tornado.curl_httpclient").CurlAsyncHTTPClient
    return await run_a_tornado(kind, url, flight, seconds)


async def run_a_tornado(kind: Any, url: str, flight: int, seconds: float) -> Figure:
    client = kind(force_instance=True, max_clients=MAX_CLIENTS)

    async def get() -> bytes:
        response = await client.fetch(url)
        assert response.headers["Content-Length"] == LENGTH
        body: bytes = response.body
        return body

    return await measure(get, flight, seconds)


async def run_pycurl(url: str, flight: int, seconds: float) -> Figure:
    """Curl's own loop, with what a fetch is asked for: an address, and a status and headers."""
    pycurl: Any = import_module("pycurl")

    def ask(handle: Any) -> None:
        handle.lines = []
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.HEADERFUNCTION, handle.lines.append)

    def check(handle: Any) -> None:
        assert handle.getinfo(pycurl.RESPONSE_CODE) == 200
        fields = (line.decode("latin-1").rstrip().split(": ", 1) for line in handle.lines[1:-1])
        assert dict(fields)["Content-Length"] == LENGTH

    return run_curl_loop(pycurl, url, flight, seconds, ask, check)


async def run_pycurl_bare(url: str, flight: int, seconds: float) -> Figure:
    """Curl's own loop and the same request again and again, of which only the body is taken."""

    def nothing(handle: Any) -> None:
        pass

    return run_curl_loop(import_module("pycurl"), url, flight, seconds, nothing, nothing)


def run_curl_loop(
    pycurl: Any,
    url: str,
    flight: int,
    seconds: float,
    ask: Callable[[Any], None],
    check: Callable[[Any], None],
) -> Figure:
    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_MAXCONNECTS, MAX_CLIENTS)

    def begin(handle: Any) -> None:
        handle.pieces = []
        handle.setopt(pycurl.WRITEFUNCTION, handle.pieces.append)
        ask(handle)
        multi.add_handle(handle)

    handles = [pycurl.Curl() for _ in range(flight)]
    for handle in handles:
        handle.setopt(pycurl.URL, url)
        begin(handle)

    def spin(until: float) -> int:
        count = 0
        while time.perf_counter() < until:
            multi.perform()
            _, done, failed = multi.info_read()
            assert not failed
            for handle in done:
                assert b"".join(handle.pieces) == BODY
                check(handle)
                multi.remove_handle(handle)
                begin(handle)
            count += len(done)
            if not done:
                multi.select(1.0)
        return count

    spin(time.perf_counter() + WARM_UP_SECONDS)
    began, busy = time.perf_counter(), time.process_time()
    count = spin(began + seconds)
    return figure(count, time.perf_counter() - began, time.process_time() - busy)


CLIENTS = {
    "zonda": run_zonda,
    "zonda+curl": run_zonda_curl,
    "aiohttp": run_aiohttp,
    "httpx": run_httpx,
    "tornado": run_tornado,
    "tornado+curl": run_tornado_curl,
    "pycurl": run_pycurl,
    "pycurl-bare": run_pycurl_bare,
}


async def measure(get: Get, flight: int, seconds: float) -> Figure:
    """Keep *flight* fetches under way."""

    async def worker(until: float) -> int:
        count = 0
        while time.perf_counter() < until:
            assert await get() == BODY
            count += 1
        return count

    async def spin(until: float) -> int:
        return sum(await asyncio.gather(*[worker(until) for _ in range(flight)]))

    await spin(time.perf_counter() + WARM_UP_SECONDS)
    began, busy = time.perf_counter(), time.process_time()
    count = await spin(began + seconds)
    return figure(count, time.perf_counter() - began, time.process_time() - busy)


def figure(count: int, elapsed: float, busy: float) -> Figure:
    return {"rate": count / elapsed, "cpu": busy / count * 1e6}


# The run.


def run_child(name: str, url: str, flight: int, seconds: float, loop: str) -> Figure:
    command = module("client", "--child", name, url, flight, seconds, loop)
    done = finished(pinned(LOAD_CORE, command), f"the client {name}", seconds + SAY_SECONDS)
    if done.returncode:
        raise CannotRun(last_line(done.stderr))
    found: Figure = json.loads(done.stdout)
    return found


def child(name: str, url: str, flight: str, seconds: str, loop: str) -> None:
    import uvloop

    run = uvloop.run if loop == "uvloop" else asyncio.run
    print(json.dumps(run(CLIENTS[name](url, int(flight), float(seconds)))))


def run_rounds(recording: Recording, chosen: argparse.Namespace) -> None:
    with Started(module("client", "--serve"), stdout=subprocess.PIPE) as server:
        url = f"http://127.0.0.1:{server.line()}/"
        for number in range(chosen.rounds):
            progress(f"round {number + 1}/{chosen.rounds}")
            for flight in FLIGHTS:
                for name in chosen.only:
                    if name in recording.failures:
                        continue
                    try:
                        found = run_child(name, url, flight, chosen.seconds, chosen.loop)
                    except CannotRun as error:
                        recording.failed(name, str(error))
                        continue
                    recording.add(f"{flight} in flight", name, found["rate"])
                    recording.add(f"{flight} in flight", name, found["cpu"], CPU.unit)


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=3, seconds=2)
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    parser.add_argument("--only", nargs="*", choices=[*CLIENTS], default=[*CLIENTS])
    chosen = parser.parse_args()
    recording = Recording("client", (Measure("fetches/s"), CPU), ("aiohttp", "tornado+curl"))
    names = ["zonda-httpclient", "aiohttp", "httpx", "pycurl", "tornado"]
    recording.versions = {name: versions([name]) for name in names}
    run_rounds(recording, chosen)
    return recording.finish(chosen.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        import uvloop

        uvloop.run(serve())
    elif sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        sys.exit(main())
