"""The table of phases is true: connections do all that it has, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from types import MemberDescriptorType

import pytest

from tests.httpserver.in_memory import Exchange
from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.httpserver import HTTP1Connection
from zonda.httpserver.phases import TRANSITIONS, Phase
from zonda.httpserver.reading import ReadingConnection

Steps = set[tuple[Phase, Phase]]


def watched(steps: Steps) -> type[HTTP1Connection]:
    """A class of connections that note their phases."""

    class Watched(HTTP1Connection):
        __slots__ = ("_now",)

        @property
        def _phase(self) -> Phase:
            return self._now

        @_phase.setter
        def _phase(self, phase: Phase) -> None:
            if hasattr(self, "_now"):
                steps.add((self._now, phase))
            self._now: Phase = phase

    return Watched


class Obedient(HTTPMessageDelegate):
    """Does what the path of its request says, when it says so."""

    def __init__(self, connection: HTTPConnection, gate: asyncio.Future[None]) -> None:
        self.connection = connection
        self.gate = gate
        self.orders = ""

    def obey(self, moment: str) -> Awaitable[None] | None:
        if f"answer-{moment}" in self.orders:
            headers = HTTPHeaders({"Content-Length": "0"})
            self.connection.write_headers(ResponseStartLine("", 200, ""), headers)
            self.connection.finish()
        if f"fail-{moment}" in self.orders:
            raise RuntimeError(moment)
        return self.gate if f"wait-{moment}" in self.orders else None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        self.orders = start_line.path
        return self.obey("head")

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        if "answer-meanwhile" in self.orders:
            self.gate.add_done_callback(lambda _: self.answer_later())
        return self.obey("data")

    def finish(self) -> None:
        self.obey("end")
        if "answer-later" in self.orders:
            self.gate.add_done_callback(lambda _: self.answer_later())

    def answer_later(self) -> None:
        self.orders = "answer-now"
        self.obey("now")


class Site(HTTPServerConnectionDelegate):
    """Has one gate for all that wait."""

    def __init__(self) -> None:
        self.gate = asyncio.get_running_loop().create_future()

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        return Obedient(request_conn, self.gate)


def request(orders: str, body: str | None = None, more: str = "") -> bytes:
    length = "" if body is None else "Content-Length: 3\r\n"
    return f"POST /{orders} HTTP/1.1\r\nHost: a\r\n{length}{more}\r\n{body or ''}".encode()


LAST = "Connection: close\r\n"
EXCHANGES = [
    request("answer-end"),
    request("answer-end", "abc"),
    request("wait-head,answer-end"),
    request("wait-head,answer-end", "abc"),
    request("wait-data,answer-end", "abc"),
    request("answer-later"),
    request("answer-later", more=LAST) + b"and so on",
    b"nonsense\r\n\r\n",
    request("answer-head", "ab"),
    request("answer-data", "ab"),
    request("wait-data,answer-data", "ab"),
    request("wait-data,answer-meanwhile", "ab"),
    request("wait-data,answer-meanwhile", "abc"),
    request("wait-data", "ab"),
    request("fail-data", "abc"),
    request("fail-end"),
    request("fail-head", "ab"),
    request("answer-end", "abc", more="Expect: nothing\r\n"),
]


@pytest.mark.parametrize("body", [None, "ab"])
async def test_a_delegate_that_has_answered_and_waits_holds_up_nobody(body: str | None) -> None:
    """What comes next is read, and a connection that lingers keeps its deadline."""
    exchange = Exchange(Site())
    exchange.feed([request("answer-head,wait-head", body), request("answer-end")])
    assert exchange.transport.reading
    assert exchange.connection.deadline < float("inf")
    outcome = exchange.finish()
    assert outcome.statuses == [200] * (2 if body is None else 1)
    assert outcome.ended is (body is not None)


async def steps_of(data: bytes) -> Steps:
    """The transitions of a connection that gets these bytes, then waits for the gate."""
    steps: Steps = set()
    site = Site()
    exchange = Exchange(site, watched(steps))
    exchange.feed([data])
    site.gate.set_result(None)
    await exchange.settle()
    exchange.finish()
    return steps


@pytest.mark.skipif(
    not isinstance(vars(ReadingConnection).get("_phase"), MemberDescriptorType),
    reason="what is compiled has no slots to watch",
)
async def test_connections_do_what_the_table_has_and_nothing_else() -> None:
    seen: Steps = set()
    for data in EXCHANGES:
        seen |= await steps_of(data)
    assert seen == set(TRANSITIONS)
