"""What the project promises about its speed: which figure beside whose, and how much is wanted.

These are the lines of the table in ``docs/performance.md``.  A ratio above 1 is in Zonda's favour.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.recording import CPU, Recording


class Ratio(NamedTuple):
    """How Zonda stands to another program, and how it should."""

    other: str
    found: float
    wanted: float

    @property
    def enough(self) -> bool:
        """Whether the promise is kept."""
        return self.found >= self.wanted


@dataclasses.dataclass(frozen=True)
class Promise:
    """One line: Zonda's figure, and who it is compared with.

    :ivar others: programs, each with the ratio that is wanted: above 1 is ahead.
    :ivar only_beside: a program without which this line makes no sense.
    :ivar other_case: the case of the others, if it is not the same.
    """

    what: str
    discipline: str
    case: str
    program: str
    others: dict[str, float]
    unit: str | None = None
    only_beside: str | None = None
    other_case: str | None = None

    def is_measured(self, recording: Recording) -> bool:
        """Whether there is anything to say."""
        needed = (self.program, self.only_beside or self.program)
        return all(recording.median(self.case, name, self.unit) is not None for name in needed)

    def ratios(self, recording: Recording) -> Iterator[Ratio]:
        """Of each other program that was measured."""
        for other, wanted in self.others.items():
            found = recording.ratio(self.case, self.program, other, self.unit, self.other_case)
            if found is not None:
                yield Ratio(other, found, wanted)


def ahead_of(*others: str, **wanted: float) -> dict[str, float]:
    """At least as good as each of these, or as many times as good as is said."""
    return dict.fromkeys(others, 1.0) | wanted


_SERVERS = ahead_of("socketify", "granian", "blacksheep", "aiohttp", "starlette", "tornado")
_SOCKETS = ahead_of("uvicorn", picows=0.7, aiohttp=3.0, websockets=3.0, tornado=8.0)
_LARGE_MESSAGES = ahead_of("aiohttp", "websockets", "uvicorn", "tornado", picows=0.7)
_CLIENTS = ahead_of("httpx", "pycurl", "tornado+curl", aiohttp=1.7, tornado=6.0)
_ENGINES = ahead_of("minijinja", "mako", "chameleon", jinja2=3.0, tornado=4.0)
_STREAMS = ahead_of("asyncio", "anyio", tornado=2.5)
_PEERS = ahead_of("aiohttp", "uvicorn", "tornado")
_HANDLER, _PURE = "zonda-uvloop", "zonda-pure"

HTTP = (
    Promise(
        "a `RequestHandler`, plain text",
        "http",
        "plain",
        _HANDLER,
        _SERVERS | {"limit": 0.5, "tornado": 14.0},
    ),
    Promise(
        "the same, with functions in C",
        "http",
        "plain",
        _HANDLER,
        {"limit": 0.62, _PURE: 1.0},
        only_beside=_PURE,
    ),
    Promise(
        "the same, without them",
        "http",
        "plain",
        _PURE,
        _SERVERS | {"limit": 0.5, "tornado": 10.0},
    ),
    Promise("the same, a browser's headers", "http", "plain-browser", _HANDLER, _SERVERS),
    Promise(
        "the same, beside plain ones",
        "http",
        "plain-browser",
        _HANDLER,
        {_HANDLER: 0.8},
        other_case="plain",
    ),
    Promise("the same, some new each time", "http", "plain-varying", _HANDLER, _SERVERS),
    Promise("JSON with a path parameter", "http", "json", _HANDLER, _SERVERS),
    Promise("a coroutine", "http", "async", _HANDLER, _SERVERS),
    Promise("a page of 50 rows", "http", "page", _HANDLER, ahead_of("tornado")),
    Promise(
        "static file, 8 KiB",
        "http",
        "file-8k",
        _HANDLER,
        ahead_of("tornado", nginx=0.5, aiohttp=3.0),
    ),
    Promise(
        "static file, 1 MiB", "http", "file-1m", _HANDLER, ahead_of("tornado", "nginx", aiohttp=1.5)
    ),
    Promise(
        "plain text over TLS",
        "https",
        "plain",
        _HANDLER,
        ahead_of("granian", "aiohttp", "starlette", "tornado"),
    ),
    Promise(
        "the last of 2,000 routes beside the first",
        "growth",
        "route 2000 of 2000",
        _HANDLER,
        {_HANDLER: 0.5},
        other_case="route 1 of 2000",
    ),
    Promise("upload of 1 GiB into a handler", "uploads", "1024 MiB", _HANDLER, {"limit": 0.7}),
    Promise(
        "the same, by the server's processor time",
        "uploads",
        "1024 MiB",
        _HANDLER,
        ahead_of("aiohttp", "starlette", "tornado"),
        CPU.unit,
    ),
    Promise(
        "p99 at half the capacity",
        "latency",
        "p99, half of capacity",
        _HANDLER,
        ahead_of("socketify", "granian", "aiohttp", "starlette", "tornado"),
    ),
    Promise(
        "a request with two workers beside one", "workers", "zonda", "2 workers", {"1 worker": 0.9}
    ),
    Promise(
        "a page of 50 rows from two workers on two cores",
        "workers",
        "zonda",
        "2 workers",
        {"1 worker": 1.8},
        "pages/s",
    ),
)

WEBSOCKET = (
    *(
        Promise(f"{what}, 32 bytes, one at a time", "websocket", case, "zonda", _SOCKETS)
        for what, case in (("websocket echo", "echo 32 text"), ("websocket client", "client 32"))
    ),
    *(
        Promise(f"{what}, 32 at a time", "websocket", case, "zonda", _SOCKETS)
        for what, case in (
            ("websocket echo", "burst 32"),
            ("websocket client", "client burst 32"),
        )
    ),
    *(
        Promise(f"{what}, 16 KiB", "websocket", case, "zonda", _LARGE_MESSAGES)
        for what, case in (
            ("websocket echo", "echo 16384 text"),
            ("websocket client", "client 16384"),
        )
    ),
    Promise(
        "websocket echo, 1 KiB compressed",
        "websocket",
        "echo 1024 deflate",
        "zonda",
        ahead_of("aiohttp", "websockets", "tornado"),
    ),
    Promise(
        "a message to a room of 2,000",
        "websocket",
        "room of 2000",
        "zonda",
        ahead_of("picows", "aiohttp", "websockets", "uvicorn", "tornado"),
    ),
)

REST = (
    *(
        Promise(f"HTTP client, {case}", "client", case, "zonda", wanted)
        for case, wanted in (
            ("1 in flight", ahead_of("aiohttp", "tornado", "pycurl")),
            ("32 in flight", _CLIENTS),
            ("256 in flight", ahead_of("aiohttp", "tornado", "pycurl")),
        )
    ),
    *(
        Promise(f"template, {case}", "template", case, "zonda", _ENGINES | {"by hand": 1 / 1.6})
        for case in (
            "table of 50 rows of 6 cells",
            "40 small includes",
            "8 levels of inheritance",
            "long text",
        )
    ),
    *(
        Promise(f"echo over streams, {case}", "streams", case, "zonda", _STREAMS)
        for case in ("line TCP", "line TLS", "lines TCP", "lines TLS", "block TCP", "block TLS")
    ),
    *(
        Promise(f"{case}, on uvloop", "loop", f"uvloop: {case}", "zonda", {"asyncio": 1 / 1.15})
        for case in (
            "add_callback, chained / call_soon_threadsafe",
            "add_callback, bursts / call_soon_threadsafe",
            "add_callback, from a thread / call_soon_threadsafe",
            "call_later, remove_timeout / call_later, cancel",
            "PeriodicCallback / a timer by hand",
            "add_handler READ / add_reader",
        )
    ),
    *(
        Promise(f"database: {case}", "database", case, "zonda", {"bare": 0.6})
        for case in (
            "sqlite, get by key",
            "sqlite, query 100 rows",
            "mysql, get by key",
            "mysql, query 100 rows",
            "postgresql, get by key",
            "postgresql, query 100 rows",
        )
    ),
    *(
        Promise(f"import of {what}", "imports", case, "zonda", ahead_of(*others))
        for what, case, others in (
            ("the template engine", "template", ("tornado", "jinja2", "mako")),
            ("the loop", "loop", ("tornado",)),
            ("the framework", "web", ("tornado", "aiohttp", "starlette")),
            ("the HTTP client", "client", ("tornado", "aiohttp", "httpx")),
            ("websockets", "websocket", ("tornado", "websockets")),
        )
    ),
    *(
        Promise(f"memory of an idle {what}", "memory", case, "zonda", ahead_of(*others))
        for what, case, others in (
            ("connection", "http keep-alive", ("aiohttp", "uvicorn", "tornado")),
            ("websocket", "websocket", ("aiohttp", "picows", "websockets", "uvicorn", "tornado")),
            ("stream", "stream", ("asyncio", "tornado")),
        )
    ),
)

HARDSHIP = (
    Promise(
        "1,000 pipelined requests", "hardship", "pipelined requests", "zonda", _PEERS, "per second"
    ),
    *(
        Promise(what, "hardship", what, "zonda", _PEERS)
        for what in (
            "unread pipelined requests: MiB taken in",
            "cookies of 60 KB, worst: ms",
            "form of 1 MiB, worst: ms",
            "1 GiB unread: MiB grown",
            "SIGTERM: s until the end",
            "SIGKILL: s until there is another worker",
            "no descriptors: CPU s in 4 s",
            "heads that drip: s until closed",
            "silent connections: s until closed",
            "bodies that drip: s until closed",
            "TLS handshakes that stall: s until closed",
        )
    ),
)

PROMISES = (*HTTP, *WEBSOCKET, *REST, *HARDSHIP)
