"""Fetches of every kind; as a program it prints what comes of them, and what the server reads."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import weakref
from collections.abc import Callable
from typing import Any, cast

from zonda.httpclient import (
    AsyncHTTPClient,
    ClientClosedError,
    HTTPRequest,
    HTTPResponse,
    compiled,
)
from zonda.httpclient.fetch import Fetch
from zonda.iostream import IOStream, StreamClosedError, stream_pair

URL = "http://server.example/path?query"


def answer(body: bytes = b"ok", *lines: str, status: str = "200 OK", version: str = "1.1") -> bytes:
    """A whole answer."""
    head = [f"HTTP/{version} {status}", *lines, f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


#: Pieces of an answer, each of which comes by itself; the last is None if the server then closes.
ANSWERS: dict[str, list[bytes | None]] = {
    "ordinary": [answer()],
    "longer": [answer(b"x" * 1000, "Date: now", "Content-Type: text/plain")],
    "new lines": [answer(b"abc", "X-Request-Id: 1", "dATE:\t later ", "X-1: \u00e4")],
    "the same name twice": [answer(b"abc", "Vary: A", "vary: B", "VARY:")],
    "many lines": [answer(b"abc", *(f"X-{number}: y" for number in range(127)))],
    "keep-alive": [answer(b"abc", "Connection: Keep-Alive")],
    "close": [answer(b"abc", "Connection: close"), None],
    "close, and something": [answer(b"abc", "Connection: keep-alive, close"), None],
    "a cookie": [answer(b"abc", "Set-Cookie: a=b; Path=/")],
    "a coding": [answer(b"abc", "Content-Encoding: identity")],
    "a damaged coding": [answer(b"abc", "Content-Encoding: gzip")],
    "no length": [b"HTTP/1.1 200 OK\r\n\r\nabc", b"def", None],
    "the same length twice": [answer(b"abc", "Content-Length: 3")],
    "two lengths": [answer(b"abc", "Content-Length: 4")],
    "no number": [answer(b"abc", "Content-Length: +3")],
    "an empty body": [answer(b"")],
    "no reason": [answer(b"abc", status="200 ")],
    "no reason and no space": [answer(b"abc", status="200")],
    "another reason": [answer(b"abc", status="200 Fine")],
    "HTTP/1.0": [answer(b"abc", version="1.0"), None],
    "HTTP/1.0 that stays": [answer(b"abc", "Connection: keep-alive", version="1.0")],
    "not found": [answer(b"abc", status="404 Not Found")],
    "no content": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "created": [answer(b"abc", status="201 Created")],
    "a redirect": [answer(b"abc", "Location: /ordinary", status="302 Found")],
    "interim": [b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer()],
    "chunks": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
    "in pieces": [answer(b"abcdef")[:-3], b"def"],
    "a head in pieces": [answer()[:20], answer()[20:]],
    "one byte each": [bytes([byte]) for byte in answer()],
    "too much": [answer() + b"more"],
    "too little": [answer()[:-1], None],
    "nothing": [None],
    "no HTTP": [b"hello\r\n\r\n"],
    "a folded line": [answer(b"abc", "X-Long: a\r\n b")],
    "a bad line": [answer(b"abc", "X Y: z")],
    "a control character": [answer(b"abc", "X-Y: \x01")],
    "a large head": [answer(b"abc", "X-Y: " + "z" * 9000)],
}


class Server:
    """Answers what the path asks for, over memory."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.connections = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self.answers = dict(ANSWERS)
        self.waits = asyncio.Event()

    async def open(self, host: str, port: int) -> IOStream:
        self.connections += 1
        client, server = stream_pair()
        task = asyncio.create_task(self.serve(server, self.connections))
        self.tasks.add(task)
        return client

    async def serve(self, stream: IOStream, number: int) -> None:
        with contextlib.suppress(StreamClosedError):
            while True:
                head = (await stream.read_until(b"\r\n\r\n")).decode()
                self.requests.append(f"{number}: {head!r}")
                path = head.split(" ")[1].strip("/").partition("?")[0].replace("%20", " ")
                if path == "wait":
                    await self.waits.wait()
                for piece in self.answers.get(path, [answer()]):
                    if piece is None:
                        stream.close()
                        return
                    await stream.write(piece)
                    await asyncio.sleep(0)
                    await asyncio.sleep(0)


def url_of(kind: str) -> str:
    return f"http://server.example/{kind.replace(' ', '%20')}"


def described(value: HTTPResponse | BaseException) -> str:
    if isinstance(value, BaseException):
        response = getattr(value, "response", None)
        cause = "" if value.__cause__ is None else f" from {value.__cause__!r}"
        return f"{type(value).__name__}: {value}{cause}, response: {response}"
    timed = value.request_time == value.time_info["total"] - value.time_info["queue"]
    return (
        f"{value.code} {value.reason} {list(value.headers.get_all())} {value.body[:20]!r} "
        f"{len(value.body)} {value.effective_url} {value.error} {list(value.time_info)} {timed} "
        f"{value.start_time == value.request.start_time} {value.request.url} "
        f"{value.request.method} {value.request.body!r} {value.buffer.read(2)!r}"
    )


async def result(future: asyncio.Future[HTTPResponse]) -> str:
    try:
        return described(await future)
    except (Exception, asyncio.CancelledError) as error:
        return described(error)


def state_of(client: AsyncHTTPClient) -> str:
    pool = client.pool
    counts = (pool.idle_count, pool.active_count, pool.waiting_count, len(client.fetches.members))
    used = [getattr(connection, "used", 0) for connection in pool._kept]
    return f"idle, active, waiting, fetches: {counts}, used: {used}"


Setting = tuple[str, dict[str, Any]]
SETTINGS: list[Setting] = [
    ("as it is", {}),
    ("nothing is kept", {"idle_timeout": 0}),
    ("a whole number of seconds", {"idle_timeout": 5}),
    ("small", {"max_body_size": 3, "max_header_size": 8000}),
    ("with a short time", {"defaults": {"request_timeout": 5, "read_timeout": 3}}),
    ("one connection", {"max_clients": 1}),
    ("an agent", {"defaults": {"user_agent": "somebody"}}),
]


async def answers_of_each_kind() -> None:
    for name, settings in SETTINGS:
        for kind in ANSWERS:
            server = Server()
            async with AsyncHTTPClient(True, opener=server.open, **settings) as client:
                for wanted in ("ordinary", kind, "ordinary", "longer", kind):
                    print(name, "|", wanted, "|", await result(client.fetch(url_of(wanted))))
                    print(state_of(client))
                print(*server.requests, sep="\n")


def unusual_fetches(client: AsyncHTTPClient) -> list[Callable[[], asyncio.Future[HTTPResponse]]]:
    """Each is called twice."""
    request = HTTPRequest(url_of("ordinary"))
    odd = HTTPRequest(url_of("ordinary"))
    odd.method = "HEAD"
    named: Any = type("Text", (str,), {})
    kind = type("Request", (HTTPRequest,), {"has_headers": True})
    pieces: list[bytes] = []
    return [
        lambda: client.fetch(request),
        lambda: client.fetch(odd),
        lambda: client.fetch(kind(url_of("ordinary"))),
        lambda: client.fetch(named(url_of("ordinary"))),
        lambda: client.fetch(url_of("not found"), raise_error=False),
        lambda: client.fetch(url_of("not found"), False),
        lambda: client.fetch(HTTPRequest(url_of("not found")), raise_error=False),
        lambda: client.fetch(url_of("ordinary"), True),
        lambda: client.fetch(request=url_of("ordinary")),
        lambda: client.fetch(url_of("ordinary"), cast(bool, lambda response: print(response))),
        lambda: client.fetch(url_of("nothing"), callback=lambda response: print(response)),
        lambda: client.fetch(url_of("ordinary"), method="POST", body="a=b"),
        lambda: client.fetch(url_of("ordinary"), headers={"X-Y": "z"}),
        lambda: client.fetch(url_of("ordinary"), request_timeout=0),
        lambda: client.fetch(url_of("ordinary"), request_timeout=1),
        lambda: client.fetch(url_of("ordinary"), request_timeout=15, read_timeout=1),
        lambda: client.fetch(url_of("ordinary"), max_body_size=1),
        lambda: client.fetch(url_of("ordinary"), streaming_callback=pieces.append),
        lambda: client.fetch(url_of("ordinary"), header_callback=lambda line: print(repr(line))),
        lambda: client.fetch("http://name:word@server.example/ordinary"),
        lambda: client.fetch("ftp://server.example/"),
        lambda: client.fetch("http://server.example/a b"),
        lambda: client.fetch("http://SERVER.example:80#part"),
    ]


async def fetches_of_each_kind() -> None:
    server = Server()
    async with AsyncHTTPClient(True, opener=server.open) as client:
        for fetch in unusual_fetches(client):
            for _ in range(2):
                print(await result(fetch()))
                print(state_of(client))
        for wrong in ((), (url_of("ordinary"), True, None), (1,), (None,)):
            try:
                print(await result(client.fetch(*cast(Any, wrong))))
            except Exception as error:
                print(type(error).__name__)
        for arguments in ({"no_option": 1}, {"callback": None}):
            try:
                print(await result(client.fetch(url_of("ordinary"), **cast(Any, arguments))))
            except Exception as error:
                print(type(error).__name__, error)
    print(*server.requests, sep="\n")
    try:
        client.fetch(url_of("ordinary"))
    except ClientClosedError as error:
        print(error)


async def many_at_once() -> None:
    server = Server()
    async with AsyncHTTPClient(True, opener=server.open, max_clients=3) as client:
        for _ in range(3):
            every = [client.fetch(f"{url_of('ordinary')}?{number}") for number in range(9)]
            print(*[await result(future) for future in every], sep="\n")
            print(state_of(client))
    print(*server.requests, sep="\n")


def cancel(future: asyncio.Future[HTTPResponse]) -> None:
    future.cancel()


def fail(future: asyncio.Future[HTTPResponse]) -> None:
    future.set_exception(LookupError("somebody else's"))


async def ended_early() -> None:
    server = Server()
    async with AsyncHTTPClient(True, opener=server.open) as client:
        await client.fetch(URL)
        for end in (cancel, fail):
            for turns in range(3):
                future = client.fetch(url_of("wait"))
                for _ in range(turns):
                    await asyncio.sleep(0)
                end(future)
                print(await result(future), state_of(client))
                await asyncio.sleep(0)
                print(state_of(client), await result(client.fetch(URL)), state_of(client))
        waiting = client.fetch(url_of("wait"))
        await asyncio.sleep(0)
        (fetch,) = client.fetches.members
        assert isinstance(fetch, Fetch)
        print(fetch.phase, fetch.deadline - fetch.start, fetch.ends - fetch.start)
        fetch.ends = fetch.start  # it is late already
        fetch.timed_out()
        print(await result(waiting), state_of(client))
    server.waits.set()


async def with_other_methods() -> None:
    """What a program puts in place of methods is called."""
    begin, init = AsyncHTTPClient.begin, cast(Any, HTTPRequest.__init__)

    def noisy(self: AsyncHTTPClient, request: HTTPRequest, *args: Any, **kwargs: Any) -> Fetch:
        print("begin", request.url, args, sorted(kwargs))
        return begin(self, request, *args, **kwargs)

    def made(self: HTTPRequest, url: str, **kwargs: Any) -> None:
        print("request", url)
        init(self, f"{url}?made", **kwargs)

    server = Server()

    class Client(AsyncHTTPClient):
        begin = noisy

    for kind in (AsyncHTTPClient, Client):
        async with kind(True, opener=server.open) as client:
            setattr(AsyncHTTPClient, "begin", noisy)  # noqa: B010  # mypy would object
            print(await result(client.fetch(URL)))
            setattr(AsyncHTTPClient, "begin", begin)  # noqa: B010
            setattr(HTTPRequest, "__init__", made)  # noqa: B010
            print(await result(client.fetch(URL)))
            setattr(HTTPRequest, "__init__", init)  # noqa: B010
            setattr(client, "begin", functools.partial(noisy, client))  # noqa: B010
            print(await result(client.fetch(URL)))


async def nothing_is_left() -> None:
    """No cycle is left of a fetch, and so nothing for the collector of garbage."""
    server = Server()
    async with AsyncHTTPClient(True, opener=server.open) as client:
        for kind in ("ordinary", "new lines", "longer", "not found"):
            await client.fetch(url_of(kind), raise_error=False)
            gc.collect()
            gc.disable()
            future = client.fetch(url_of(kind), raise_error=False)
            (fetch,) = client.fetches.members
            seen: list[Callable[[], object]] = [weakref.ref(future), weakref.ref(await future)]
            del fetch, future
            await asyncio.sleep(0)
            print(kind, "left:", [reference() for reference in seen])
            gc.enable()


async def main() -> None:
    asyncio.get_running_loop().slow_callback_duration = 60  # in debug mode all of this is slow
    await answers_of_each_kind()
    await fetches_of_each_kind()
    await many_at_once()
    await ended_early()
    await with_other_methods()
    await nothing_is_left()
    print("compiled" if compiled else "pure")


if __name__ == "__main__":
    asyncio.run(main())
