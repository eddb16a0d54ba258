"""Delegates answer what a WSGI server receives."""

from __future__ import annotations

import asyncio
import http.client
import os
import threading
from collections.abc import Awaitable
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import pytest

from tests.recording_site import Recorder, Site
from tests.wsgi.asking import TEXT, adapting, answering, echoing, make_environ
from zonda.http import HTTPHeaders, HTTPInputError, ResponseStartLine
from zonda.iostream import StreamClosedError
from zonda.wsgi import AnswerAbortedError, WSGIAdapter

OK = ResponseStartLine("HTTP/1.1", 200, "")


def test_a_request_and_its_answer() -> None:
    site = answering(201, TEXT + "X-B: a: b\r\n", b"made")
    with adapting(site) as ask:
        answer = ask(make_environ(b"abc"))
    assert answer.status == "201 Created"
    assert answer.headers == {"Content-Type": "text/plain", "X-B": "a: b", "Content-Length": "4"}
    assert answer.body == b"made"
    assert site.events == ["head", "data", "finish", "on_close"]
    context = site.requests[0].connection.context
    assert (context.remote_ip, context.protocol) == ("192.0.2.1", "https")
    assert (context.address, context.get_ssl_certificate()) == (("192.0.2.1", 5000), None)


def test_a_client_without_an_address() -> None:
    site = answering()
    with adapting(site) as ask:
        ask(make_environ(REMOTE_ADDR=None, REMOTE_PORT=None))
    context = site.requests[0].connection.context
    assert (context.remote_ip, context.address) == ("0.0.0.0", None)


def test_a_handler_may_wait_in_the_loop_and_stream() -> None:
    async def stream(request: Recorder) -> None:
        await asyncio.sleep(0)
        await request.connection.write_headers(OK, HTTPHeaders())
        for _ in range(100):
            await request.connection.write(bytes(30_000))
        request.connection.finish()

    tasks: list[object] = []

    def on_event(name: str, request: Recorder) -> None:
        if name == "finish":
            tasks.append(asyncio.ensure_future(stream(request)))

    with adapting(Site(on_event)) as ask:
        assert len(ask(make_environ()).body) == 3_000_000


def test_the_body_waits_for_the_delegate() -> None:
    order: list[str] = []

    def on_event(name: str, request: Recorder) -> Awaitable[None] | None:
        order.append(name)
        if name == "finish":
            request.connection.respond(200, TEXT, request.body)
            return None
        return wait(name)

    async def wait(name: str) -> None:
        await asyncio.sleep(0.01)
        order.append(f"{name} done")

    with adapting(Site(on_event)) as ask:
        assert ask(make_environ(bytes(70_000))).body == bytes(70_000)
    assert order == ["head", "head done", *["data", "data done"] * 2, "finish"]


def test_an_answer_may_come_before_the_body_is_read() -> None:
    def on_event(name: str, request: Recorder) -> None:
        if name == "head":
            request.connection.respond(403, TEXT, b"no")

    site = Site(on_event)
    environ = make_environ(b"abc")
    with adapting(site) as ask:
        assert ask(environ).status == "403 Forbidden"
    assert environ["wsgi.input"].tell() == 0
    assert site.events == ["head", "on_close"]


def test_bodies_have_a_limit_that_a_delegate_may_change() -> None:
    site = echoing()
    with adapting(site, max_body_size=5) as ask:
        answer = ask(make_environ(b"abcdef"))
        assert answer.status.startswith("413 ")
        assert answer.body == b"413: a body of more than 5 bytes\n"
        chunked = make_environ(
            b"abcdef",
            CONTENT_LENGTH="",
            HTTP_TRANSFER_ENCODING="chunked",
            wsgi_input_terminated=True,
        )
        assert ask(chunked).status.startswith("413 ")
    assert site.events.count("close") == 2

    def on_event(name: str, request: Recorder) -> None:
        if name == "head":
            request.connection.set_max_body_size(6)
        elif name == "finish":
            request.connection.respond(200, TEXT, request.body)

    with adapting(Site(on_event), max_body_size=5) as ask:
        assert ask(make_environ(b"abcdef")).body == b"abcdef"


@pytest.mark.parametrize("when", ["head", "data", "finish"])
def test_a_delegate_that_raises_is_a_500(when: str, caplog: pytest.LogCaptureFixture) -> None:
    def on_event(name: str, request: Recorder) -> None:
        if name == when:
            raise ValueError("broken")

    site = Site(on_event)
    with adapting(site) as ask:
        answer = ask(make_environ(b"x"))
    assert (answer.status, answer.body) == (
        "500 Internal Server Error",
        b"500: the server failed\n",
    )
    assert "ValueError: broken" in caplog.text
    assert site.events[-2:] == ["close", "on_close"]


def test_a_delegate_that_refuses_the_request_says_why() -> None:
    def on_event(name: str, request: Recorder) -> None:
        if name == "finish":
            raise HTTPInputError("too odd", 418)

    with adapting(Site(on_event)) as ask:
        assert ask(make_environ()).body == b"418: too odd\n"


@pytest.mark.parametrize("head", [False, True])
def test_an_answer_that_is_given_up_is_an_error_of_the_server(head: bool) -> None:
    def on_event(name: str, request: Recorder) -> None:
        if name == "finish":
            if head:
                request.connection.write_headers(OK, HTTPHeaders(), b"x")
            raise StreamClosedError

    site = Site(on_event)
    with adapting(site) as ask, pytest.raises(AnswerAbortedError):
        ask(make_environ())
    assert site.events == ["head", "finish", "close", "on_close"]


@pytest.mark.parametrize("when", ["head", "never"])
def test_an_answer_that_does_not_come_is_a_503(when: str) -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    def on_event(name: str, request: Recorder) -> Awaitable[None] | None:
        return wait() if name == when else None

    site = Site(on_event)
    with adapting(site, answer_timeout=0.1) as ask:
        answer = ask(make_environ())
    assert (answer.status, answer.body) == (
        "503 Service Unavailable",
        b"503: the answer took too long\n",
    )
    assert site.events[-2:] == ["close", "on_close"]


def test_a_server_that_stops_in_the_middle_closes_the_connection() -> None:
    site = Site(lambda name, request: None)

    def on_event(name: str, request: Recorder) -> None:
        if name == "finish":
            request.connection.write_headers(OK, HTTPHeaders(), bytes(100_000))

    site.on_event = on_event
    adapter = WSGIAdapter(site)
    result = adapter(make_environ(), lambda status, headers, exc_info=None: lambda data: None)
    assert len(next(result)) == 100_000
    result.close()  # type: ignore[attr-defined]  # as a WSGI server calls it where it is
    adapter.close()
    assert site.events == ["head", "finish", "close", "on_close"]


# Servers that load a program first fork a process with threads, which Python warns of.
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_the_loop_starts_again_in_a_forked_process() -> None:
    adapter = WSGIAdapter(answering())

    def status() -> str:
        heads: list[str] = []

        def start_response(status: str, headers: object, exc_info: object = None) -> object:
            heads.append(status)
            return None

        assert b"".join(adapter(make_environ(), start_response)) == b"ok"  # type: ignore[arg-type]  # write is not used
        return heads[0]

    assert status() == "200 OK"
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if status() == "200 OK" else 1
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    adapter.close()
    assert status() == "200 OK"
    adapter.close()


def test_only_delegates_are_adapted() -> None:
    with pytest.raises(TypeError, match="such as an Application; not 42"):
        WSGIAdapter(42)  # type: ignore[arg-type]  # what is refused


class Quiet(WSGIRequestHandler):
    """Writes no access log."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_real_server_and_the_rules_of_the_protocol() -> None:
    adapter = WSGIAdapter(echoing())
    # The rules forbid what HTTP allows, a GET without a Content-Type: so a POST.
    with make_server("127.0.0.1", 0, validator(adapter), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        client = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        client.request("POST", "/a?b", b"hello", {"Content-Type": "text/plain"})
        response = client.getresponse()
        assert (response.status, response.read()) == (200, b"hello")
        client.close()
        thread.join()
    adapter.close()


def test_what_the_site_needs_is_there_before_the_first_request_and_until_the_end() -> None:
    site = answering()
    events: list[str] = []

    async def open_database() -> None:
        await asyncio.sleep(0)
        events.append(f"open, {len(site.requests)} requests")

    async def close_database() -> None:
        events.append(f"close, {len(site.requests)} requests")

    with adapting(site, on_startup=open_database, on_shutdown=close_database) as ask:
        assert ask(make_environ()).status == "200 OK"
        assert ask(make_environ()).status == "200 OK"
    assert events == ["open, 0 requests", "close, 2 requests"]


def test_a_site_that_cannot_start_tries_again_with_the_next_request() -> None:
    failures = [ZeroDivisionError()]

    async def start() -> None:
        if failures:
            raise failures.pop()

    with adapting(answering(), on_startup=start) as ask:
        with pytest.raises(ZeroDivisionError):
            ask(make_environ())
        assert ask(make_environ()).status == "200 OK"
