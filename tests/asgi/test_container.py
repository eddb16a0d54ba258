"""ASGI applications answer what Zonda's server receives."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import pytest

from tests.asgi.containing import GET, answer, body, read_body, sending, serving, start
from zonda.asgi import ASGICallable, ASGIContainer, Message, Receive, Scope, Send


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    messages = await read_body(receive)
    await answer(send, b"".join([message["body"] for message in messages]))


async def test_bodies_go_both_ways_on_one_connection() -> None:
    async with serving(echo) as site:
        client = await site.connect()
        for text in (b"first", b"second"):
            head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(text)
            received = await client.ask(head + text)
            assert (received.code, received.body) == (200, text)
            assert received.headers["Content-Length"] == str(len(text))
        chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert (await client.ask(chunked + b"3\r\nabc\r\n0\r\n\r\n")).body == b"abc"
        assert (await client.ask(GET)).body == b""


async def test_an_application_that_ignores_a_short_body_keeps_the_connection() -> None:
    async with serving(sending(start(404), body(b"no"))) as site:
        client = await site.connect()
        for _ in range(2):
            received = await client.ask(
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
            )
            assert (received.code, received.body) == (404, b"no")


async def test_pieces_are_received_and_sent_as_they_come() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        while True:
            message = await receive()
            await send(body(message["body"].upper(), message["more_body"]))
            if not message["more_body"]:
                return

    async with serving(app) as site:
        client = await site.connect()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n")
        for piece in (b"abc", b"def"):
            client.send(piece)
            if piece == b"abc":
                assert (await client.read_head())[0] == 200
            assert await client.reader.readexactly(8) == b"3\r\n" + piece.upper() + b"\r\n"
        assert await client.reader.readexactly(5) == b"0\r\n\r\n"


async def test_a_body_that_nobody_receives_stops_the_client() -> None:
    go_on = asyncio.Event()
    size = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal size
        await go_on.wait()
        for message in await read_body(receive):
            size += len(message["body"])
        await answer(send)

    total = 64 * 1024 * 1024
    async with serving(app) as site:
        client = await site.connect()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % total)
        for _ in range(total // 2**20):
            client.send(bytes(2**20))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.writer.drain(), 0.3)
        go_on.set()
        assert (await client.read()).code == 200
    assert size == total


async def test_a_client_that_does_not_read_stops_the_application() -> None:
    sent = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        await send(start())
        for _ in range(64):
            await send(body(bytes(2**20), more=True))
            sent += 1
        await send(body(b""))

    async with serving(app) as site:
        client = await site.connect()
        client.send(GET)
        await client.read_head()
        await asyncio.sleep(0.2)
        assert sent < 40
        while sent < 64:
            await client.reader.read(2**20)


async def test_the_client_that_goes_away_is_told_to_receive_and_send() -> None:
    told: asyncio.Queue[object] = asyncio.Queue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(start())
        await send(body(b"x", more=True))
        told.put_nowait(await receive())
        try:
            await send(body(b"y"))
        except OSError as error:
            told.put_nowait(error)
            raise

    async with serving(app) as site:
        client = await site.connect()
        client.send(GET)
        await client.read_head()
        client.writer.close()
        assert await told.get() == {"type": "http.disconnect"}
        assert "went away" in str(await told.get())


async def test_after_the_answer_receive_says_disconnect_and_work_may_go_on() -> None:
    last: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"done")
        last.set_result(await receive())

    async with serving(app) as site:
        assert (await (await site.connect()).ask(GET)).body == b"done"
        assert await last == {"type": "http.disconnect"}


async def test_two_may_receive_at_once_and_one_may_be_cancelled() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        first, second = (asyncio.ensure_future(receive()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await answer(send)
        assert (await second)["type"] == "http.disconnect"

    async with serving(app) as site:
        assert (await (await site.connect()).ask(GET)).code == 200


async def test_100_continue_waits_until_the_body_is_asked_for() -> None:
    ask = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await ask.wait()
        await echo(scope, receive, send)

    async with serving(app) as site:
        client = await site.connect()
        client.send(
            b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        )
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.read(1), 0.1)
        ask.set()
        assert (await client.read_head())[0] == 100
        assert (await client.ask(b"abc")).body == b"abc"


@pytest.mark.parametrize("together", [False, True], ids=["told", "untold"])
async def test_100_continue_is_said_at_once_to_who_asks_at_once(together: bool) -> None:
    """A client that does not wait for it is read all the same."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    async with serving(echo) as site:
        client = await site.connect()
        for _ in range(2):
            client.send(head + b"abc" if together else head)
            if not together:
                assert (await client.read_head())[0] == 100
                client.send(b"abc")
            assert (await client.read()).body == b"abc"


async def test_an_unknown_expectation_is_417() -> None:
    async with serving(echo) as site:
        received = await (await site.connect()).ask(
            b"POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 3\r\n\r\nabc"
        )
        assert received.code == 417


async def test_a_body_can_be_refused_before_it_is_sent() -> None:
    async with serving(sending(start(403), body(b"no"))) as site:
        client = await site.connect()
        received = await client.ask(
            b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        )
        assert (received.code, received.headers["Connection"]) == (403, "close")


async def raises(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("wrong")


async def starts_and_raises(scope: Scope, receive: Receive, send: Send) -> None:
    await send(start())
    raise ValueError("wrong")


@pytest.mark.parametrize(
    "app",
    [
        raises,
        starts_and_raises,
        sending(),
        sending(start()),
        sending(body(b"no head")),
        sending(start(99)),
        sending({"type": "http.response.start", "status": "200"}),
        sending({"type": "http.response.start", "status": 200, "trailers": True}),
        sending(start(200, (b"a", b"b\r\nc: d"))),
        sending(start(200, (b"bad name", b"b"))),
        sending(start(200, ("text", "text"))),  # type: ignore[arg-type]  # what is refused
        sending(start(200, (b"content-length", b"-1"))),
        sending(start(), {"type": "http.response.body", "body": "text"}),
        sending({"type": "websocket.accept"}),
        sending({}),
        sending(start(), start()),
    ],
)
async def test_what_fails_before_its_head_is_sent_is_a_500(
    app: ASGICallable, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "zonda.application"):
        async with serving(app) as site:
            received = await (await site.connect()).ask(GET)
            assert (received.code, received.body) == (500, b"500: the server failed\n")
    assert "GET / (127.0.0.1)" in caplog.text


@pytest.mark.parametrize(
    "app",
    [
        sending(start(), body(b"x", more=True)),
        sending(start(), body(b"x", more=True), start()),
        sending(start(200, (b"content-length", b"9")), body(b"x")),
        sending(start(200, (b"content-length", b"1")), body(b"x", more=True), body(b"y")),
    ],
)
async def test_what_fails_later_cuts_the_connection(
    app: ASGICallable, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "zonda.application"):
        async with serving(app) as site:
            client = await site.connect()
            client.send(GET)
            received = b""
            with contextlib.suppress(ConnectionResetError):
                received = await client.reader.read()
            assert not received.endswith(b"0\r\n\r\n")
    assert "GET / (127.0.0.1)" in caplog.text


async def test_more_after_the_end_is_an_error_that_does_not_reach_the_client(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(sending(start(), body(b"x"), body(b"y"))) as site:
        client = await site.connect()
        assert (await client.ask(GET)).body == b"x"
        assert (await client.ask(GET)).body == b"x"
    assert "'http.response.body' may not come when the application has sent all" in caplog.text


@pytest.mark.parametrize(
    ("status", "method", "length"),
    [(204, "GET", None), (304, "GET", None), (200, "HEAD", None), (200, "GET", "0")],
)
async def test_answers_without_a_body(status: int, method: str, length: str | None) -> None:
    async with serving(sending(start(status), body(b""))) as site:
        client = await site.connect()
        for _ in range(2):
            received = await client.ask(GET.replace(b"GET", method.encode()), method)
            assert received.code == status
            assert received.headers.get("Content-Length") == length
            assert "Transfer-Encoding" not in received.headers


async def test_head_has_the_length_that_the_application_says() -> None:
    app = sending(start(200, (b"content-length", b"5")), body(b"hello"))
    async with serving(app) as site:
        client = await site.connect()
        received = await client.ask(GET.replace(b"GET", b"HEAD"), "HEAD")
        assert received.headers["Content-Length"] == "5"
        assert (await client.ask(GET)).body == b"hello"


async def test_the_server_decides_on_the_framing() -> None:
    app = sending(start(200, (b"transfer-encoding", b"chunked"), (b"x-a", b"1")), body(b"hello"))
    async with serving(app) as site:
        received = await (await site.connect()).ask(GET)
        assert received.body == b"hello"
        assert "Transfer-Encoding" not in received.headers
        assert received.headers["X-A"] == "1"


async def test_a_204_has_no_length() -> None:
    async with serving(sending(start(204, (b"content-length", b"0")), body(b""))) as site:
        assert "Content-Length" not in (await (await site.connect()).ask(GET)).headers


async def test_early_hints() -> None:
    hint = {"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]}
    async with serving(sending(hint, start(), body(b"x"))) as site:
        client = await site.connect()
        client.send(GET)
        code, headers = await client.read_head()
        assert (code, headers["Link"]) == (103, "</a.css>; rel=preload")
        assert (await client.read()).body == b"x"


async def test_a_refused_body_disconnects_the_application() -> None:
    told: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        if message["type"] != "http.disconnect":
            message = await receive()
        told.set_result(message)

    async with serving(app, max_body_size=10) as site:
        chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
        client = await site.connect()
        client.send(chunked)
        assert (await client.ask(b"9\r\nabcdefghi\r\n")).code == 413
        assert await told == {"type": "http.disconnect"}


async def test_work_behind_answers_gets_a_grace_and_is_then_cancelled() -> None:
    ended: list[str] = []
    late = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan")
        await answer(send)
        try:
            await (late.wait() if scope["path"] == "/late" else asyncio.sleep(0.01))
            ended.append("done")
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async with ASGIContainer(app, background_grace=0.1) as container, serving(container) as site:
        client = await site.connect()
        await client.ask(GET)
        await client.ask(GET.replace(b"/ ", b"/late ", 1))
    assert ended == ["done", "cancelled"]


def test_only_what_can_be_called_is_an_application() -> None:
    with pytest.raises(TypeError, match="not 42"):
        ASGIContainer(42)  # type: ignore[arg-type]  # what is refused
