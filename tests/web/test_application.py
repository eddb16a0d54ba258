"""An application finds handlers, and says how it went."""

from __future__ import annotations

import logging
import re

import pytest

from tests.raw_client import Client
from tests.web.site import Site, site
from zonda.web import Application, HTTPError, RequestHandler, URLSpec


class Show(RequestHandler):
    def initialize(self, name: str = "") -> None:
        self.name = name

    def get(self, *args: str) -> None:
        self.write(f"{self.name} {','.join(args)}")


async def ask(web: Site, path: str, host: str, extra: str = "") -> bytes:
    data = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{extra}\r\n".encode()
    return (await web.send(data)).body.strip()


async def test_rules_for_hosts() -> None:
    async with site([("/", Show, {"name": "any"}), ("/rest", Show, {"name": "rest"})]) as web:
        web.application.add_handlers(r"(www\.)?a\.example", [("/", Show, {"name": "a"}, "in a")])
        web.application.add_handlers(".*", [("/late", Show, {"name": "late"})])
        assert await ask(web, "/", "a.example") == b"a"
        assert await ask(web, "/", "WWW.A.example:8080") == b"a"
        assert await ask(web, "/", "b.example") == b"any"
        assert await ask(web, "/rest", "a.example") == b"rest"
        assert await ask(web, "/late", "b.example") == b"late"
        assert web.application.reverse_url("in a") == "/"


async def test_rules_that_are_added_go_before_those_of_the_beginning() -> None:
    async with site([("/.*", Show, {"name": "everything"})]) as web:
        web.application.add_handlers(".*", [("/a", Show, {"name": "first"})])
        web.application.add_handlers(".*", [("/a", Show, {"name": "second"})])
        assert await ask(web, "/a", "a.example") == b"first"
        assert await ask(web, "/b", "a.example") == b"everything"


async def test_rules_for_all_hosts_stay_quick() -> None:
    application = Application([("/", Show)])
    application.add_handlers(".*", [("/more", Show, {"name": "more"})])
    assert set(application._static) == {"/", "/more"}


async def test_the_default_host_is_that_of_requests_for_others() -> None:
    async with site([("/", Show, {"name": "any"})], default_host="a.example") as web:
        web.application.add_handlers(r"a\.example", [("/", Show, {"name": "a"})])
        assert await ask(web, "/", "127.0.0.1") == b"a"
        assert await ask(web, "/", "127.0.0.1", "X-Real-Ip: 1.2.3.4\r\n") == b"any"
        assert await ask(web, "/none", "127.0.0.1") != b"a"


async def test_query_and_absolute_form_do_not_change_the_route() -> None:
    async with site([("/a", Show, {"name": "a"})]) as web:
        assert (await web.fetch("/a?x=/b")).body == b"a "
        assert (await web.fetch("http://localhost/a")).body == b"a "


def test_two_rules_with_one_name_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    application = Application([("/a", Show, None, "x"), ("/b", Show, None, "x")])
    assert application.reverse_url("x") == "/b"
    assert "'x'" in caplog.text


def test_wrong_rules_are_an_error() -> None:
    with pytest.raises(TypeError, match="a rule is"):
        Application(["/"])  # type: ignore[list-item]  # wrong on purpose
    with pytest.raises(KeyError, match="nobody"):
        Application().reverse_url("nobody")


async def test_who_answers_where_no_rule_matches_can_be_said() -> None:
    class Missing(RequestHandler):
        def initialize(self, word: str = "lost") -> None:
            self.word = word

        def prepare(self) -> None:
            self.set_status(404)
            self.finish(self.word)

    async with site([], default_handler_class=Missing) as web:
        received = await web.fetch("/x", "POST", b"")
        assert (received.code, received.body) == (404, b"lost")
    arguments = {"word": "gone"}
    async with site([], default_handler_class=Missing, default_handler_args=arguments) as web:
        assert (await web.fetch("/x")).body == b"gone"


class Status(RequestHandler):
    def get(self, code: str) -> None:
        if code != "200":
            raise HTTPError(int(code))


async def test_the_access_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "zonda.access")
    levels = {"200": logging.INFO, "404": logging.WARNING, "503": logging.ERROR}
    async with site([(r"/(\d+)", Status)]) as web:
        for code in levels:
            await web.fetch(f"/{code}?x=1")
    records = [record for record in caplog.records if record.name == "zonda.access"]
    assert [record.levelno for record in records] == list(levels.values())
    for code, record in zip(levels, records, strict=True):
        line = rf"{code} GET /{code}\?x=1 \(127\.0\.0\.1\) \d+\.\d\dms"
        assert re.fullmatch(line, record.getMessage())


async def test_the_access_log_can_be_ones_own(caplog: pytest.LogCaptureFixture) -> None:
    logged: list[tuple[int, str | None]] = []

    def log(handler: RequestHandler) -> None:
        logged.append((handler.get_status(), handler.request.uri))

    async with site([(r"/(\d+)", Status)], log_function=log) as web:
        await web.fetch("/404")
    assert logged == [(404, "/404")]


async def test_listening() -> None:
    import asyncio

    application = Application([URLSpec("/", Show, {"name": "here"})])
    server = application.listen(0, "127.0.0.1", idle_connection_timeout=5.0, backlog=16)
    port = server.sockets[0].getsockname()[1]
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    try:
        received = await client.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert received.body == b"here "
    finally:
        client.writer.close()
        await server.drain()
    with pytest.raises(TypeError, match="no argument 'nonsense'"):
        application.listen(0, nonsense=1)
