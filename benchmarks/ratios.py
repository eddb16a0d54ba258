"""What the project promises about its speed: which figure beside whose, and how much is wanted.

These are the lines of the table in ``docs/performance.md``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from benchmarks.recording import Recording


@dataclasses.dataclass(frozen=True)
class Promise:
    """One line: Zonda's figure, and who it is compared with.

    :ivar others: programs, each with the ratio that is wanted: above 1 is ahead.
    :ivar only_beside: a program without which this line makes no sense.
    """

    what: str
    discipline: str
    case: str
    program: str
    others: dict[str, float]
    unit: str | None = None
    only_beside: str | None = None

    def is_measured(self, recording: Recording) -> bool:
        """Whether there is anything to say."""
        needed = (self.program, self.only_beside or self.program)
        return all(recording.median(self.case, name, self.unit) is not None for name in needed)

    def ratios(self, recording: Recording) -> Iterator[tuple[str, float, bool]]:
        """Of each other program that was measured the ratio, and whether it is what is wanted."""
        for other, wanted in self.others.items():
            ratio = recording.ratio(self.case, self.program, other, self.unit)
            if ratio is not None:
                yield other, ratio, ratio >= wanted


def ahead_of(*others: str) -> dict[str, float]:
    """At least as good as each of these."""
    return dict.fromkeys(others, 1.0)


_SERVERS = ahead_of("socketify", "granian", "blacksheep", "aiohttp", "starlette", "tornado")
_SOCKETS = ahead_of("picows", "aiohttp", "websockets", "uvicorn", "tornado")
_ENGINES = ahead_of("minijinja", "mako", "jinja2", "tornado", "chameleon")
_PEERS = ahead_of("aiohttp", "uvicorn", "tornado")
_HANDLER, _PURE = "zonda-uvloop", "zonda-pure"
RATE = "per second"

PROMISES = (
    Promise("a `RequestHandler`, plain text", "http", "plain", _HANDLER, {"limit": 0.5} | _SERVERS),
    Promise(
        "the same, with functions in C",
        "http",
        "plain",
        _HANDLER,
        {"limit": 2 / 3, _PURE: 1.0},
        only_beside=_PURE,
    ),
    Promise("the same, without them", "http", "plain", _PURE, {"limit": 0.5} | _SERVERS),
    Promise("the same, a browser's headers", "http", "plain-browser", _HANDLER, _SERVERS),
    Promise("the same, some new each time", "http", "plain-varying", _HANDLER, _SERVERS),
    Promise("JSON with a path parameter", "http", "json", _HANDLER, _SERVERS),
    Promise("a page of 50 rows", "http", "page", _HANDLER, ahead_of("tornado")),
    Promise(
        "static file, 8 KiB", "http", "file-8k", _HANDLER, ahead_of("nginx", "aiohttp", "tornado")
    ),
    Promise(
        "plain text over TLS",
        "https",
        "plain",
        _HANDLER,
        ahead_of("granian", "aiohttp", "starlette", "tornado"),
    ),
    Promise(
        "upload of 1 GiB into a handler",
        "uploads",
        "1024 MiB",
        _HANDLER,
        ahead_of("aiohttp", "starlette", "tornado"),
    ),
    Promise("websocket echo, 32 bytes", "websocket", "echo 32 text", "zonda", _SOCKETS),
    Promise("websocket echo, 16 KiB", "websocket", "echo 16384 text", "zonda", _SOCKETS),
    Promise(
        "the same, 32 of 32 bytes at a time",
        "websocket",
        "burst 32",
        "zonda",
        _SOCKETS | {"aiohttp": 3.0, "tornado": 8.0},
    ),
    Promise(
        "the same, 1 KiB compressed",
        "websocket",
        "echo 1024 deflate",
        "zonda",
        ahead_of("aiohttp", "websockets", "tornado"),
    ),
    Promise("a message to a room of 2,000", "websocket", "room of 2000", "zonda", _SOCKETS),
    Promise(
        "HTTP client, 32 in flight",
        "client",
        "32 in flight",
        "zonda",
        ahead_of("aiohttp", "tornado+curl", "tornado", "httpx", "pycurl"),
    ),
    Promise(
        "template, 50 rows of 6 cells", "template", "table of 50 rows of 6 cells", "zonda", _ENGINES
    ),
    Promise(
        "line echo over streams",
        "streams",
        "line TCP",
        "zonda",
        ahead_of("asyncio", "anyio", "tornado"),
    ),
    Promise("import of the template engine", "imports", "template", "zonda", ahead_of("tornado")),
    Promise("import of the loop", "imports", "loop", "zonda", ahead_of("tornado")),
    Promise("import of the framework", "imports", "web", "zonda", ahead_of("tornado", "aiohttp")),
    Promise(
        "memory of an idle connection",
        "memory",
        "http keep-alive",
        "zonda",
        ahead_of("aiohttp", "uvicorn", "tornado"),
        "KiB each",
    ),
    Promise(
        "memory of an idle websocket",
        "memory",
        "websocket",
        "zonda",
        ahead_of("picows", "aiohttp", "websockets", "uvicorn", "tornado"),
        "KiB each",
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
    Promise("1,000 pipelined requests", "hardship", "pipelined requests", "zonda", _PEERS, RATE),
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
