"""A connection answers requests in order, and refuses what is no request."""

from __future__ import annotations

import asyncio
import contextvars
import socket
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.httpserver.server_fixture import answer, echo, serving
from tests.raw_client import Client
from zonda.http import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.httpserver import AnswerError, HTTP1Connection, Limits
from zonda.iostream import StreamClosedError

HOST = b"Host: x\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"


def get(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode("latin-1")


def post(body: bytes, *lines: str) -> bytes:
    head = ["POST / HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines, "", ""]
    return "\r\n".join(head).encode() + body


async def test_requests_on_one_connection() -> None:
    async with serving() as running:
        client = await running.connect()
        for path in ("/", "/a", "/a", "/b?c"):
            received = await client.ask(get(path))
            assert (received.code, received.body) == (200, f"GET {path} ".encode())
            assert received.headers["Date"].endswith(" GMT")
            assert "Connection" not in received.headers


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with serving() as running:
        client = await running.connect()
        client.send(b"".join(get(f"/{number}") for number in range(1000)))
        for number in range(1000):
            assert (await client.read()).body == f"GET /{number} ".encode()


async def test_pipelined_requests_wait_for_a_handler_that_suspends() -> None:
    order: list[str] = []

    def later(request: HTTPServerRequest) -> None:
        order.append(request.path)
        asyncio.get_running_loop().call_soon(answer, request, 200, request.path.encode())

    async with serving(later) as running:
        client = await running.connect()
        client.send(get("/1") + get("/2"))
        client.send(post(b"body") + get("/3"))
        assert [(await client.read()).body for _ in range(4)] == [b"/1", b"/2", b"/", b"/3"]
        assert order == ["/1", "/2", "/", "/3"]


async def test_pipelined_requests_do_not_see_each_others_context_variables() -> None:
    variable = contextvars.ContextVar("variable", default="unset")
    arrived = [asyncio.Event(), asyncio.Event()]

    async def later(request: HTTPServerRequest, event: asyncio.Event) -> None:
        before = variable.get()
        variable.set(request.path)
        event.set()
        await go_on.wait()
        answer(request, 200, before.encode())

    def handle(request: HTTPServerRequest) -> None:
        tasks.append(asyncio.ensure_future(later(request, arrived[len(tasks) % 2])))

    tasks: list[asyncio.Task[None]] = []
    async with serving(handle) as running:
        client = await running.connect()
        for _ in range(3):  # what was kept is read at once, what comes then by the loop
            go_on = asyncio.Event()
            client.send(get("/1"))
            await arrived[0].wait()
            arrived[0].clear()
            client.send(get("/2"))  # reading ends with it until the first one is answered
            (connection,) = running.server._connections
            assert isinstance(connection, HTTP1Connection)
            while not connection._reading_paused:
                await asyncio.sleep(0)
            go_on.set()
            assert [(await client.read()).body for _ in range(2)] == [b"unset", b"unset"]


REFUSED = [
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    (b"GE(T / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"X" * 100_000, 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b" folded\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n folded\r\n" + HOST + b"\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: \x00\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A : b\r\n\r\n", 400),
    (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    (b"GET / HTTP/0.9\r\n" + HOST + b"\r\n", 505),
    (b"GET /\r\n\r\n", 400),
    (b"CONNECT a:443 HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET foo HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
        400,
    ),
    (b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999\r\n\r\n", 413),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2001\r\n\r\n", 413),
    (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n7d1\r\n" + b"x" * 2001,
        413,
    ),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"a" * 70_000, 431),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 200 + b"\r\n", 431),
    (b"GET /" + b"a" * 70_000, 414),
    (b"\r\n" * 9, 400),
    (b"\n", 400),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nExpect: miracles\r\n\r\n", 417),
]


@pytest.mark.parametrize(("data", "status"), REFUSED)
async def test_what_is_no_request_is_refused_and_others_are_served(
    data: bytes, status: int
) -> None:
    async with serving(limits=Limits(max_body_size=2000)) as running:
        client = await running.connect()
        received = await client.ask(data)
        assert received.code == status
        assert received.headers["Connection"] == "close"
        assert received.body.startswith(f"{status}: ".encode())
        client.send(GET)
        assert await client.at_end()
        assert (await running.ask(GET)).code == 200


async def test_a_good_request_is_answered_before_the_bad_one_behind_it() -> None:
    async with serving() as running:
        client = await running.connect()
        client.send(GET + b"garbage\r\n\r\n" + GET)
        assert (await client.read()).code == 200
        assert (await client.read()).code == 400
        assert await client.at_end()


@pytest.mark.parametrize("size", [1, 2, 7])
async def test_a_request_in_pieces(size: int) -> None:
    data = b"\r\n" + post(b"hello", "A: b") + get("/next")
    async with serving() as running:
        client = await running.connect()
        client.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), size):
            client.send(data[start : start + size])
            await asyncio.sleep(0)
        assert (await client.read()).body == b"POST / hello"
        assert (await client.read()).body == b"GET /next "


STREAMS = [
    post(b"hello") + get("/a") + post(b""),
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n" + GET,
    GET + b"\r\nGET /x HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n",
    GET + b"bad request\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + GET,
    b"GET /upgrade HTTP/1.1\r\nHost: x\r\nUpgrade: foo\r\nConnection: upgrade\r\n"
    b"Content-Length: 2\r\n\r\nab" + GET,
]


class FakeTransport(asyncio.Transport):
    """Collects what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def close(self) -> None:
        self.ended = True

    def abort(self) -> None:
        self.ended = True


@given(st.sampled_from(STREAMS), st.lists(st.integers(1, 250), max_size=12))
async def test_any_cuts_give_the_same_answers(data: bytes, cuts: list[int]) -> None:
    from zonda.httpserver import HTTPServer

    server = HTTPServer(echo)
    loop = asyncio.get_running_loop()
    server._prepare(loop)
    outcomes = []
    for ends in ([len(data)], [*sorted(cut for cut in set(cuts) if cut < len(data)), len(data)]):
        connection = HTTP1Connection(loop, server)
        transport = FakeTransport()
        connection.connection_made(transport)
        start = 0
        for end in ends:
            connection.data_received(data[start:end])
            start = end
        outcomes.append((transport.written, transport.ended, connection._phase))
        connection.connection_lost(None)
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0].count(b"HTTP/1.1 ") >= 2


@pytest.mark.parametrize(
    ("lines", "closes"),
    [
        ([], False),
        (["Connection: keep-alive"], False),
        (["Connection: close"], True),
        (["Connection: CLOSE"], True),
        (["Connection: foo, close"], True),
        (["Connection: keep-alive, close"], True),
        (["Connection: keep-alive", "Connection: close"], True),
    ],
)
async def test_connection_close_is_obeyed(lines: list[str], closes: bool) -> None:
    async with serving() as running:
        client = await running.connect()
        client.send(get("/1", *lines) + get("/2"))
        first = await client.read()
        assert (first.headers.get("Connection") == "close") is closes
        if closes:
            assert await client.at_end()
        else:
            assert (await client.read()).body == b"GET /2 "


@pytest.mark.parametrize(
    ("line", "says"), [("Connection: keep-alive", "Keep-Alive"), ("A: b", None)]
)
async def test_http_1_0(line: str, says: str | None) -> None:
    def stream(request: HTTPServerRequest) -> None:
        assert request.connection is not None
        start_line = ResponseStartLine("HTTP/1.1", 200, "OK")
        request.connection.write_headers(start_line, HTTPHeaders(), b"part")
        request.connection.write(b"ial")
        request.connection.finish()

    data = f"GET / HTTP/1.0\r\n{line}\r\n\r\n".encode()
    async with serving() as running:
        client = await running.connect()
        assert (await client.ask(data)).headers.get("Connection") == says
        assert says is not None or await client.at_end()
    async with serving(stream) as running:
        client = await running.connect()
        received = await client.ask(data)
        assert received.body == b"partial"
        assert "Transfer-Encoding" not in received.headers
        assert await client.at_end()


async def test_no_keep_alive() -> None:
    async with serving(no_keep_alive=True) as running:
        client = await running.connect()
        assert (await client.ask(GET)).headers["Connection"] == "close"
        assert await client.at_end()


async def test_head_has_no_body() -> None:
    def chunked(request: HTTPServerRequest) -> None:
        assert request.connection is not None
        request.connection.write_headers(ResponseStartLine("", 200, ""), HTTPHeaders(), b"part")
        request.connection.write(b"more")
        request.connection.finish()

    head = b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n"
    for callback in (echo, chunked):
        async with serving(callback) as running:
            client = await running.connect()
            client.send(head + GET)
            received = await client.read("HEAD")
            assert received.code == 200
            assert (await client.read()).code == 200


async def test_an_answer_in_pieces_is_chunked() -> None:
    async def pieces(request: HTTPServerRequest) -> None:
        connection = request.connection
        assert connection is not None
        await connection.write_headers(ResponseStartLine("", 200, ""), HTTPHeaders({"A": "b"}))
        for piece in (b"a", b"", b"bc"):
            await connection.write(piece)
        connection.finish()

    tasks: list[asyncio.Task[None]] = []

    def callback(request: HTTPServerRequest) -> None:
        tasks.append(asyncio.create_task(pieces(request)))

    async with serving(callback) as running:
        client = await running.connect()
        for _ in range(2):
            received = await client.ask(GET)
            assert received.body == b"abc"
            assert received.headers["Transfer-Encoding"] == "chunked"
            assert received.headers["A"] == "b"


async def test_early_hints_come_before_the_answer() -> None:
    def hint(request: HTTPServerRequest) -> None:
        assert request.connection is not None
        link = HTTPHeaders({"Link": "</a.css>; rel=preload"})
        request.connection.write_headers(ResponseStartLine("", 103, "Early Hints"), link)
        answer(request, 200, b"done")

    async with serving(hint) as running:
        client = await running.connect()
        first = await client.ask(GET)
        assert (first.code, first.headers["Link"]) == (103, "</a.css>; rel=preload")
        assert (await client.read()).body == b"done"


@pytest.mark.parametrize("said", ["100-continue", "100-Continue"])
async def test_expectations_are_met_before_the_body(said: str) -> None:
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: {said}\r\n\r\n".encode()
    async with serving(limits=Limits(max_body_size=10)) as running:
        client = await running.connect()
        assert (await client.ask(head)).code == 100
        assert (await client.ask(b"ab")).body == b"POST / ab"
        old = head.replace(b"HTTP/1.1", b"HTTP/1.0")
        assert (await running.ask(old + b"ab")).code == 200
        too_long = head.replace(b"Length: 2", b"Length: 11")
        assert (await running.ask(too_long)).code == 413


async def test_trailers_never_become_headers() -> None:
    seen: list[HTTPServerRequest] = []

    def remember(request: HTTPServerRequest) -> None:
        seen.append(request)
        echo(request)

    data = (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\na\r\n0\r\nHost: evil\r\nAuthorization: x\r\nContent-Length: 3\r\n\r\n"
    )
    async with serving(remember) as running:
        client = await running.connect()
        client.send(data + GET)
        assert (await client.read()).body == b"POST / a"
        assert (await client.read()).code == 200
    assert seen[0].headers["Host"] == "x"
    assert "Authorization" not in seen[0].headers


async def test_an_upgrade_that_nobody_takes_is_an_ordinary_request() -> None:
    data = post(b"ab", "Connection: upgrade", "Upgrade: foo")
    async with serving() as running:
        client = await running.connect()
        client.send(data + GET)
        assert (await client.read()).body == b"POST / ab"
        assert (await client.read()).code == 200


async def test_a_failing_callback_is_a_500_and_a_log_entry(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(request: HTTPServerRequest) -> None:
        raise RuntimeError("secret")

    async with serving(fail) as running:
        received = await running.ask(GET)
    assert received.code == 500
    assert b"secret" not in received.body
    assert "secret" in caplog.text


async def test_failing_after_the_head_cuts_the_connection() -> None:
    def fail(request: HTTPServerRequest) -> None:
        assert request.connection is not None
        request.connection.write_headers(ResponseStartLine("", 200, ""), HTTPHeaders(), b"par")
        raise RuntimeError

    async with serving(fail) as running:
        client = await running.connect()
        client.send(GET)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError, ValueError)):
            await client.read()


@pytest.mark.parametrize("written", [b"too long", b"x"])
async def test_a_body_must_be_as_long_as_announced(written: bytes) -> None:
    errors: list[Exception] = []

    def lie(request: HTTPServerRequest) -> None:
        assert request.connection is not None
        headers = HTTPHeaders({"Content-Length": "3"})
        try:
            request.connection.write_headers(ResponseStartLine("", 200, ""), headers)
            request.connection.write(written)
            request.connection.finish()
        except AnswerError as error:
            errors.append(error)

    async with serving(lie) as running:
        client = await running.connect()
        client.send(GET)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await client.read()
    assert len(errors) == 1


async def test_answers_out_of_order_are_errors() -> None:
    errors: list[str] = []

    def misuse(request: HTTPServerRequest) -> None:
        connection = request.connection
        assert isinstance(connection, HTTP1Connection)
        calls: list[Callable[[], object]] = [lambda: connection.write(b"x"), connection.finish]
        for call in calls:
            with pytest.raises(AnswerError) as raised:
                call()
            errors.append(str(raised.value))
        answer(request, 200, b"ok")
        calls = [lambda: answer(request, 200, b"ok"), lambda: connection.respond(200, "", b"")]
        for again in calls:
            with pytest.raises(AnswerError) as raised:
                again()
            errors.append(str(raised.value))

    async with serving(misuse) as running:
        assert (await running.ask(GET)).body == b"ok"
    assert len(errors) == 4


class Recorder(HTTPServerConnectionDelegate, HTTPMessageDelegate):
    """A delegate that notes its calls."""

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.gates: list[asyncio.Future[None]] = []
        self.closed = asyncio.Event()
        self.connection: HTTP1Connection | None = None

    def start_request(self, server_conn: object, request_conn: object) -> HTTPMessageDelegate:
        assert isinstance(request_conn, HTTP1Connection)
        self.connection = request_conn
        return self

    def _gate(self) -> asyncio.Future[None]:
        gate = asyncio.get_running_loop().create_future()
        self.gates.append(gate)
        return gate

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> asyncio.Future[None]:
        self.calls.append("headers")
        return self._gate()

    def data_received(self, chunk: bytes) -> asyncio.Future[None]:
        self.calls.append(chunk)
        return self._gate()

    def finish(self) -> None:
        self.calls.append("finish")
        assert self.connection is not None
        self.connection.respond(200, "", b"done")

    def on_connection_close(self) -> None:
        self.calls.append("close")

    def on_close(self, server_conn: object) -> None:
        self.closed.set()


async def until(condition: object) -> None:
    """Let the loop run until *condition* holds."""
    assert callable(condition)
    while not condition():
        await asyncio.sleep(0.001)


async def test_reading_waits_for_the_delegate() -> None:
    recorder = Recorder()
    async with serving(recorder) as running:
        client = await running.connect()
        client.send(post(b"ab"))
        await until(lambda: recorder.gates)
        assert recorder.calls == ["headers"]
        recorder.gates[0].set_result(None)
        await until(lambda: len(recorder.gates) == 2)
        assert recorder.calls == ["headers", b"ab"]
        recorder.gates[1].set_result(None)
        assert (await client.read()).body == b"done"
        assert recorder.calls == ["headers", b"ab", "finish"]
        client.send(GET)
        await until(lambda: len(recorder.gates) == 3)
        recorder.gates[2].set_result(None)
        assert (await client.read()).body == b"done"


@pytest.mark.parametrize("outcome", ["error", "cancel"])
async def test_a_delegate_that_fails_later(outcome: str, caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder()
    async with serving(recorder) as running:
        client = await running.connect()
        client.send(post(b"ab"))
        await until(lambda: recorder.gates)
        if outcome == "error":
            recorder.gates[0].set_exception(RuntimeError("late"))
            assert (await client.read()).code == 500
            assert "late" in caplog.text
        else:
            recorder.gates[0].cancel()
            assert await client.at_end()
        assert recorder.calls == ["headers", "close"]


async def test_the_delegate_hears_when_the_client_goes() -> None:
    recorder = Recorder()
    async with serving(recorder) as running:
        client = await running.connect()
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab")
        await until(lambda: recorder.gates)
        sock = client.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.writer.transport.abort()
        recorder.gates[0].set_result(None)
        await until(lambda: len(recorder.gates) == 2)
        recorder.gates[1].set_result(None)
        await recorder.closed.wait()
        assert recorder.calls[-1] == "close"


@pytest.mark.parametrize("data", [GET, post(b"ab")])
async def test_a_delegate_that_had_asked_to_wait_hears_when_the_client_goes(data: bytes) -> None:
    class Slow(Recorder):
        def finish(self) -> None:
            self.calls.append("finish")

    recorder = Slow()
    async with serving(recorder) as running:
        client = await running.connect()
        client.send(data)
        steps = ["headers", b"ab"] if data != GET else ["headers"]
        for number, step in enumerate(steps):
            await until(lambda number=number: len(recorder.gates) > number)
            assert recorder.calls[-1] == step
            recorder.gates[number].set_result(None)
        await until(lambda: recorder.calls[-1] == "finish")
        client.writer.close()
        await recorder.closed.wait()
        assert recorder.calls[-1] == "close"


async def test_a_limit_that_a_delegate_raises_holds_for_one_request() -> None:
    class Generous(Recorder):
        def headers_received(self, start_line: object, headers: HTTPHeaders) -> None:  # type: ignore[override]  # answers at once
            assert self.connection is not None
            if "Large" in headers:
                self.connection.set_max_body_size(100)

        def data_received(self, chunk: bytes) -> None:  # type: ignore[override]  # answers at once
            self.calls.append(chunk)

    limits = Limits(max_body_size=5)
    async with serving(Generous(), limits=limits) as running:
        client = await running.connect()
        assert (await client.ask(post(b"x" * 50, "Large: yes"))).code == 200
        assert (await client.ask(post(b"x" * 50))).code == 413


async def test_an_answer_before_the_body_ends_the_connection() -> None:
    class Early(Recorder):
        def headers_received(self, start_line: object, headers: HTTPHeaders) -> None:  # type: ignore[override]  # answers at once
            assert self.connection is not None
            self.connection.respond(200, "", b"no need")

    async with serving(Early()) as running:
        client = await running.connect()
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)
        assert (await client.read()).body == b"no need"
        assert await client.at_end()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", None),
        (b"GET / HTT", 408),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab", 408),
        (GET, 200),
    ],
)
async def test_slow_and_silent_peers_are_closed(sent: bytes, status: int | None) -> None:
    limits = Limits(header_timeout=0.05, body_timeout=0.05, idle_connection_timeout=0.05)
    async with serving(limits=limits) as running:
        running.server.sweep.interval = 0.02
        client = await running.connect()
        client.send(sent)
        if status is not None:
            assert (await client.read()).code == status
        assert await client.at_end()


async def test_a_body_that_drips_is_closed() -> None:
    async with serving(limits=Limits(body_timeout=0.05, min_body_rate=1000)) as running:
        running.server.sweep.interval = 0.02
        client = await running.connect()
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")

        async def drip() -> None:
            while not client.writer.is_closing():
                client.send(b"x")
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        assert (await client.read()).code == 408
        dripping.cancel()


async def test_a_peer_that_does_not_read_is_cut_and_costs_no_memory() -> None:
    waiting: list[asyncio.Task[None]] = []
    written = 0

    async def pour(request: HTTPServerRequest) -> None:
        nonlocal written
        connection = request.connection
        assert connection is not None
        await connection.write_headers(ResponseStartLine("", 200, ""), HTTPHeaders())
        while True:
            await connection.write(b"x" * 65536)
            written += 65536

    async with serving(
        lambda r: waiting.append(asyncio.create_task(pour(r))), limits=Limits(write_timeout=0.1)
    ) as running:
        running.server.sweep.interval = 0.02
        client = await running.connect()
        client.send(GET)
        await until(lambda: waiting)
        with pytest.raises(StreamClosedError):
            await waiting[0]
    assert written < 64 * 1024 * 1024


async def test_pipelined_requests_that_are_not_read_are_not_taken_in() -> None:
    async def never(request: HTTPServerRequest) -> None:
        await asyncio.Event().wait()

    tasks: list[asyncio.Task[None]] = []
    async with serving(lambda r: tasks.append(asyncio.create_task(never(r)))) as running:
        client = await running.connect()
        client.send(GET)
        await until(lambda: tasks)
        client.send(GET * 500_000)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await client.writer.drain()
        [connection] = running.server._connections
        assert isinstance(connection, HTTP1Connection)
        assert len(connection._buffer) < 1024 * 1024
        tasks[0].cancel()
        client.writer.transport.abort()


async def test_detach_gives_transport_and_what_came_behind() -> None:
    taken: list[tuple[asyncio.Transport, bytes]] = []

    def take(request: HTTPServerRequest) -> None:
        assert isinstance(request.connection, HTTP1Connection)
        taken.append(request.connection.detach())

    async with serving(take) as running:
        client = await running.connect()
        client.send(get("/", "Upgrade: foo") + b"behind")
        await until(lambda: taken)
        transport, left = taken[0]
        assert left == b"behind"
        assert running.server.connection_count == 0
        transport.write(b"hello")
        assert await client.reader.readexactly(5) == b"hello"
        transport.close()


async def test_logs_one_line_for_a_bad_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with serving() as running:
        await running.ask(b"bad\r\n\r\n")
    assert len([record for record in caplog.records if record.name.startswith("zonda")]) == 1
    assert isinstance(Client, type)
