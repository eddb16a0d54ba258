"""Whether a client of Zonda leaks: ten thousand downloads, sockets and memory before and after.

``nox -s bench -- benchmarks/downloads.py --count 10000 --client curl``

A server in a process of its own answers in every way that ends a connection or keeps it: with a
length, in chunks, compressed, until it closes, in the middle of a body, too late.  Open descriptors
and memory are looked at after a fifth of the downloads, and at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import gzip
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

from benchmarks.programs import Started, module
from zonda.httpclient import AsyncHTTPClient, CurlAsyncHTTPClient, HTTPClientError

FLIGHT = 20
BODY = b"x" * 10_000
HEAD = b"HTTP/1.1 200 OK\r\n"
GZIPPED = gzip.compress(BODY)
ANSWERS = {
    "/length": HEAD + b"Content-Length: 10000\r\n\r\n" + BODY,
    "/chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2710\r\n" + BODY + b"\r\n0\r\n\r\n",
    "/gzip": HEAD
    + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(GZIPPED)
    + GZIPPED,
    "/close": HEAD + b"Connection: close\r\n\r\n" + BODY,
    "/cut": HEAD + b"Content-Length: 10000\r\n\r\n" + BODY[:5000],
    "/late": b"",
}
PATHS = [*["/length"] * 5, "/chunks", "/gzip", "/close", "/cut", "/late"]


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split(b" ")[1].decode()
            writer.write(ANSWERS[path])
            await writer.drain()
            if path == "/late":
                await reader.read()
            if path in ("/close", "/cut", "/late"):
                break
    writer.close()


async def serve() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def download(client: AsyncHTTPClient, url: str, count: int) -> None:
    async def one(path: str) -> None:
        timeout = 0.01 if path == "/late" else 20
        with contextlib.suppress(HTTPClientError):
            response = await client.fetch(url + path, request_timeout=timeout)
            assert response.body == BODY
            return
        assert path in ("/cut", "/late"), path

    async def worker(number: int) -> None:
        for i in range(number, count, FLIGHT):
            await one(PATHS[i % len(PATHS)])

    await asyncio.gather(*[worker(number) for number in range(FLIGHT)])


async def run(kind: type[AsyncHTTPClient], url: str, count: int) -> None:
    async with kind(force_instance=True) as client:
        await download(client, url, count // 10)
        tracemalloc.start()
        await download(client, url, count // 10)
        print(f"after {count // 5:>6} downloads: {state()}")
        await download(client, url, count - count // 5)
        print(f"after {count:>6} downloads: {state()}")
    print(f"when the client is closed: {state()}")


def state() -> str:
    """Open descriptors, what Python holds since counting began, what the process has."""
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] / 1024
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
    descriptors = len(os.listdir("/proc/self/fd"))
    return f"{descriptors} descriptors, {held:.0f} KiB held, {resident:.1f} MiB resident"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--client", choices=["own", "curl"], default="own")
    options = parser.parse_args()
    kind = CurlAsyncHTTPClient if options.client == "curl" else AsyncHTTPClient
    with Started(module("downloads", "--serve"), stdout=subprocess.PIPE) as server:
        asyncio.run(run(kind, f"http://127.0.0.1:{server.line()}", options.count))


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        asyncio.run(serve())
    else:
        main()
