"""Routers in front of handlers, functions, applications and each other."""

from __future__ import annotations

import asyncio

import pytest

from tests.web.site import Site, served, site
from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    ResponseStartLine,
)
from zonda.web import (
    AnyMatches,
    Application,
    HostMatches,
    PathMatches,
    RequestHandler,
    ReversibleRouter,
    ReversibleRuleRouter,
    Router,
    Rule,
    RuleLike,
    RuleRouter,
    URLSpec,
    stream_request_body,
)


class Show(RequestHandler):
    def initialize(self, name: str = "") -> None:
        self.name = name

    def get(self, *args: str, **kwargs: str) -> None:
        self.write(f"{self.name} {','.join(args)} {kwargs}")

    def post(self, *args: str) -> None:
        self.write(b"posted " + self.request.body)


@stream_request_body
class Count(RequestHandler):
    def prepare(self) -> None:
        self.size = 0

    def data_received(self, chunk: bytes) -> None:
        self.size += len(chunk)

    def post(self) -> None:
        self.write(str(self.size))


async def ask(web: Site, path: str, host: str) -> bytes:
    data = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    return (await web.send(data)).body


def function(request: HTTPServerRequest) -> None:
    headers = HTTPHeaders({"Content-Length": "8"})
    assert request.connection is not None
    request.connection.write_headers(ResponseStartLine("HTTP/1.1", 200, "OK"), headers, b"function")
    request.connection.finish()


async def test_a_router_before_applications_and_functions() -> None:
    api = Application([("/api/count", Count), (r"/api/(\w+)", Show, {"name": "api"})])
    site_ = Application([("/", Show, {"name": "site"})])
    router = RuleRouter(
        [
            Rule(PathMatches("/api/.*"), api),
            (HostMatches(r"b\.example"), RuleRouter([("/", function)])),
            ("/", site_),
        ]
    )
    async with served(router) as web:
        assert (await web.fetch("/api/x")).body == b"api x {}"
        assert (await web.fetch("/api/x", "POST", b"abc")).body == b"posted abc"
        assert (await web.fetch("/api/count", "POST", b"abc")).body == b"3"
        assert (await web.fetch("/")).body == b"site  {}"
        assert await ask(web, "/", "b.example") == b"function"
        missing = await web.fetch("/none")
        assert (missing.code, missing.body) == (404, b"404: Not Found\n")
        assert (await web.fetch("/none", "POST", b"x")).code == 404


async def test_a_router_of_ones_own_chooses_by_method() -> None:
    class Methods(Router):
        def __init__(self, application: Application) -> None:
            self.application = application

        def find_handler(
            self, request: HTTPServerRequest, **kwargs: object
        ) -> HTTPMessageDelegate | None:
            handler = Show if request.method == "GET" else Count
            args = [request.path, b"%41"] if handler is Show else []
            return self.application.get_handler_delegate(
                request, handler, {"name": "m"} if handler is Show else None, path_args=args
            )

    async with served(Methods(Application())) as web:
        assert (await web.fetch("/a%20b")).body == b"m /a%20b,%41 {}"
        assert (await web.fetch("/", "POST", b"12345")).body == b"5"


async def test_whatever_a_server_could_ask_can_be_a_target() -> None:
    class Fixed(HTTPServerConnectionDelegate):
        def start_request(
            self, server_conn: object, request_conn: HTTPConnection
        ) -> HTTPMessageDelegate:
            return FixedMessage(request_conn)

    class FixedMessage(HTTPMessageDelegate):
        def __init__(self, connection: HTTPConnection) -> None:
            self.connection = connection

        def finish(self) -> None:
            headers = HTTPHeaders({"Content-Length": "5"})
            line = ResponseStartLine("HTTP/1.1", 200, "OK")
            self.connection.write_headers(line, headers, b"fixed")
            self.connection.finish()

    rules: list[RuleLike] = [
        ("/fixed", Fixed()),
        ("/function", function),
        (HostMatches("n.example"), [("/nested/(.*)", Show, {"name": "nested"})]),
        (r"/app/.*", Application([("/app/(?P<x>.*)", Show, {"name": "app"})])),
        (AnyMatches(), RuleRouter([("/late", function)])),
    ]
    async with site(rules) as web:
        assert (await web.fetch("/fixed")).body == b"fixed"
        assert (await web.fetch("/fixed", "POST", b"x")).body == b"fixed"
        assert (await web.fetch("/function")).body == b"function"
        assert await ask(web, "/nested/x", "n.example") == b"nested x {}"
        assert (await web.fetch("/app/x")).body == b"app  {'x': 'x'}"
        assert (await web.fetch("/late")).body == b"function"
        assert (await web.fetch("/nested/x")).code == 404


async def test_whatever_is_a_target_is_told_that_it_serves() -> None:
    class Told(Application):
        def on_serve(self, server: object) -> None:
            super().on_serve(server)
            told.append((self.settings["name"], server))

    told: list[tuple[object, object]] = []
    inner = Told([("/inner/.*", Told(name="innermost"))], name="inner")
    inner.add_handlers("x.example", [("/host", Told(name="host"))])
    router = RuleRouter([(PathMatches("/function"), function), (AnyMatches(), inner)])
    async with served(router) as web:
        assert told == [(name, web.server) for name in ("innermost", "host", "inner")]


async def test_whatever_is_a_target_is_told_when_a_connection_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Told(Application):
        def on_serve(self, server: object) -> None:
            super().on_serve(server)
            serving.append(self.settings["name"])

        def on_close(self, server_conn: object) -> None:
            super().on_close(server_conn)
            closed.append((self.settings["name"], server_conn))
            if self.settings["name"] == "shared":
                raise RuntimeError("keeps it from nobody")
            if self.settings["name"] == "inner":
                ended.set()

        def start_request(
            self, server_conn: object, request_conn: HTTPConnection
        ) -> HTTPMessageDelegate:
            connections.add(server_conn)
            return super().start_request(server_conn, request_conn)

    serving: list[object] = []
    closed: list[tuple[object, object]] = []
    connections: set[object] = set()
    ended = asyncio.Event()
    shared = Told(name="shared")
    inner = Told([("/a", shared), ("/b", shared), ("/l/.*", [("/l/x", Told(name="list"))])])
    inner.settings["name"] = "inner"
    inner.add_handlers("x.example", [("/host", RuleRouter([(AnyMatches(), Told(name="host"))]))])
    router = Told([(AnyMatches(), RuleRouter([("/function", function), ("/.*", inner)]))])
    router.settings["name"] = "outer"
    async with served(router) as web:
        client = await web.connect()
        assert (await client.ask(b"GET /l/x HTTP/1.1\r\nHost: x\r\n\r\n")).code == 404
        client.writer.close()
        await ended.wait()
        await asyncio.sleep(0)
    assert serving == ["list", "shared", "host", "inner", "outer"]
    [connection] = connections
    assert closed == [(name, connection) for name in serving]
    assert "keeps it from nobody" in caplog.text


def test_a_target_that_is_nothing_is_an_error() -> None:
    request = HTTPServerRequest("GET", "/")
    with pytest.raises(TypeError, match="a rule leads to"):
        RuleRouter([("/", 5)]).find_handler(request)  # type: ignore[list-item]  # wrong on purpose
    with pytest.raises(TypeError, match="a rule leads to"):
        RuleRouter([("/", Show)]).find_handler(request)
    with pytest.raises(NotImplementedError):
        Router().find_handler(request)
    with pytest.raises(NotImplementedError):
        ReversibleRouter().reverse_url("x")


def test_names_are_found_in_routers_behind_routers(caplog: pytest.LogCaptureFixture) -> None:
    inner = ReversibleRuleRouter([Rule(PathMatches(r"/in/(\d+)"), function, name="in")])
    middle = Application([(r"/a/(.*)", Show, None, "a"), (r"/in/.*", inner)])
    outer = ReversibleRuleRouter(
        [URLSpec("/o", Show, name="o"), ("/other", Application()), ("/.*", middle)]
    )
    assert outer.reverse_url("o") == "/o"
    assert outer.reverse_url("a", "b c") == "/a/b%20c"
    assert outer.reverse_url("in", 7) == "/in/7"
    assert outer.reverse_url("none") is None
    around = Application([(AnyMatches(), [(AnyMatches(), outer)])])
    assert around.reverse_url("in", 7) == "/in/7"
    with pytest.raises(KeyError, match="none"):
        around.reverse_url("none")
    outer.add_rules([URLSpec("/o2", Show, name="o")])
    assert outer.reverse_url("o") == "/o2"
    assert "Two rules are called 'o'" in caplog.text
