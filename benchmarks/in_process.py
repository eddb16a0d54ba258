"""Processor time of one request inside Zonda: no socket, no kernel, no event loop in between.

``nox -s bench -- benchmarks/in_process.py``
``nox -s bench -- --compiled benchmarks/in_process.py``

The bytes of a request are given to a connection of the server whose transport only counts what is
written.  A figure is the best of the rounds, in microseconds of processor time, so that what else
the machine does matters little.  Where the compiled functions are installed, the Python code alone
is measured in turns with them.

With ``--threads 2`` two threads serve one application at once, and a figure is that of the slower
thread.  Where Python has no global lock, it says what they cost each other.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from benchmarks.programs import CannotRun, finished, last_line
from zonda.httpserver import HTTPServer
from zonda.template import DictLoader
from zonda.web import Application, RequestHandler, compiled
from zonda.websocket import WebSocketHandler

# For the other process of one round, on a machine that does other work.
ANSWER_SECONDS = 900.0

TEXT = "text/plain; charset=utf-8"
PAGE = "<h1>{{ title }}</h1>{% for n, text in rows %}<p>{{ n }} {{ text }}</p>{% end %}"
ROWS = [(number, f"<item> & {number}") for number in range(10)]

BROWSER = (
    b"Host: localhost:8888\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n"
    b'sec-ch-ua: "Chromium";v="131"\r\nsec-ch-ua-mobile: ?0\r\nUpgrade-Insecure-Requests: 1\r\n'
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n"
    b"Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\nSec-Fetch-Site: none\r\n"
    b"Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n"
)
HOST = b"Host: localhost:8888\r\n"


class Plain(RequestHandler):
    def get(self) -> None:
        self.set_header("Content-Type", TEXT)
        self.write(b"Hello, world")


class Waiting(RequestHandler):
    async def get(self) -> None:
        self.set_header("Content-Type", TEXT)
        self.write(b"Hello, world")


class Item(RequestHandler):
    def get(self, item: str) -> None:
        self.write({"id": int(item), "name": "zonda", "tags": ["wind", "warm", "dry"]})


class Form(RequestHandler):
    def post(self) -> None:
        self.write(self.get_body_argument("name") + (self.get_cookie("user") or ""))


class Page(RequestHandler):
    def get(self) -> None:
        self.render("page.html", title="Ten <rows>", rows=ROWS)


class Echo(WebSocketHandler):
    def on_message(self, message: str | bytes) -> None:
        self.write_message(message)


class CountingTransport(asyncio.Transport):
    """Takes what is written, and forgets it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0
        self.protocol: object = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += 1

    def writelines(self, list_of_data: object) -> None:
        self.written += 1

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return cast(asyncio.BaseProtocol, self.protocol)

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass


Feed = Callable[[bytes], None]


def varying(feed: Feed) -> Callable[[], None]:
    """Browsers behind one proxy: three of the header lines are new each time."""
    count = 0

    def once() -> None:
        nonlocal count
        count += 1
        lines = b"X-Request-Id: %d\r\nCookie: session=%d\r\nIf-Modified-Since: %d\r\n"
        feed(b"GET / HTTP/1.1\r\n" + BROWSER + lines % (count, count, count) + b"\r\n")

    return once


def repeating(request: bytes) -> Callable[[Feed], Callable[[], None]]:
    return lambda feed: lambda: feed(request)


FORM = b"name=J%C3%BCrgen&city=Bremen&more=a+b+c"
CASES = {
    "plain": repeating(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "browser": repeating(b"GET / HTTP/1.1\r\n" + BROWSER + b"\r\n"),
    "varying": varying,
    "async": repeating(b"GET /async HTTP/1.1\r\n" + HOST + b"\r\n"),
    "json": repeating(b"GET /items/42 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "form": repeating(
        b"POST /form HTTP/1.1\r\n" + HOST + b"Cookie: user=ann\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%b"
        % (len(FORM), FORM)
    ),
    "page": repeating(b"GET /page HTTP/1.1\r\n" + HOST + b"\r\n"),
    "websocket": repeating(b"\x81\xa0\x01\x02\x03\x04" + b"0123456789abcdef" * 2),
}
UPGRADE = (
    b"GET /echo HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ROUND_SECONDS = 0.15


def connected(server: HTTPServer, case: str) -> tuple[CountingTransport, Feed]:
    """A transport with a connection of *server*, which takes bytes."""
    transport = CountingTransport()
    connection = server.connection_class(asyncio.get_running_loop(), server)
    connection.connection_made(transport)
    if case != "websocket":
        return transport, connection.data_received
    connection.data_received(UPGRADE)
    return transport, transport.get_protocol().data_received  # type: ignore[attr-defined]


def make_application() -> Application:
    return Application(
        [
            (r"/", Plain),
            (r"/async", Waiting),
            (r"/items/([0-9]+)", Item),
            (r"/form", Form),
            (r"/page", Page),
            (r"/echo", Echo),
        ],
        template_loader=DictLoader({"page.html": PAGE}),
    )


def measure_threads(threads: int, cases: list[str], rounds: int) -> dict[str, float]:
    """What `measure` finds in the slowest of some threads that serve one application."""
    application = make_application()
    with ThreadPoolExecutor(threads) as pool:
        found = list(
            pool.map(
                lambda _: asyncio.run(measure(application, cases, rounds)),
                range(threads),
            )
        )
    return {case: max(figures[case] for figures in found) for case in cases}


async def measure(application: Application, cases: list[str], rounds: int) -> dict[str, float]:
    """The best of the rounds of each case, in microseconds."""
    server = HTTPServer(application)
    server.add_sockets([])
    best: dict[str, float] = {}
    for case in cases:
        transport, feed = connected(server, case)
        once = CASES[case](feed)
        for _ in range(200):
            once()
        await asyncio.sleep(0)
        before = transport.written
        once()
        if transport.written != before + 1:
            raise AssertionError(f"{case}: {transport.written - before} writes, not one")
        started = time.thread_time()
        for _ in range(1000):
            once()
        number = int(1000 * ROUND_SECONDS / max(time.thread_time() - started, 1e-6)) + 1
        for _ in range(rounds):
            numbers = range(number)
            started = time.thread_time()
            for _ in numbers:
                once()
            time_of_one = (time.thread_time() - started) / number * 1e6
            best[case] = min(best.get(case, time_of_one), time_of_one)
            await asyncio.sleep(0)
    return best


def ask(pure: bool, options: argparse.Namespace) -> dict[str, float]:
    """The figures of one round, in another process."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.in_process",
        "--answer",
        "--rounds=3",
        f"--threads={options.threads}",
        "--cases",
        *options.cases,
    ]
    env = {**os.environ, "ZONDA_PURE": "1" if pure else ""}
    done = finished(command, "a round in another process", ANSWER_SECONDS, env=env)
    if done.returncode:
        raise CannotRun(last_line(done.stderr))
    return cast("dict[str, float]", json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES), metavar="CASE")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.answer:
        print(json.dumps(measure_threads(options.threads, options.cases, options.rounds)))
        return
    best: dict[bool, dict[str, float]] = {True: {}, False: {}} if compiled else {True: {}}
    for _ in range(options.rounds):
        for pure, figures in best.items():
            for case, time_of_one in ask(pure, options).items():
                figures[case] = min(figures.get(case, time_of_one), time_of_one)
    print(f"Python {platform.python_version()}, microseconds of processor time for a request")
    print(f"{'':12}{'Python':>10}" + (f"{'compiled':>10}{'ratio':>8}" if compiled else ""))
    for case in options.cases:
        line = f"{case:12}{best[True][case]:10.2f}"
        if compiled:
            line += f"{best[False][case]:10.2f}{best[False][case] / best[True][case]:8.2f}"
        print(line)


if __name__ == "__main__":
    main()
