"""What a handler does is what its client gets."""

from __future__ import annotations

import asyncio
import contextvars
import datetime
import json
from typing import Any, ClassVar

import pytest

from tests.web.site import site
from zonda.web import Finish, HandlerStateError, HTTPError, RequestHandler, SettingError


class Hello(RequestHandler):
    def get(self) -> None:
        self.write("Hello, ")
        self.write(b"world")

    def head(self) -> None:
        self.get()


async def test_a_page_with_its_usual_headers() -> None:
    async with site([("/", Hello)]) as web:
        received = await web.fetch("/")
        assert (received.code, received.body) == (200, b"Hello, world")
        assert received.headers["Content-Type"] == "text/html; charset=UTF-8"
        assert received.headers["Server"].startswith("Zonda/")
        assert received.headers["Content-Length"] == "12"
        head = await web.fetch("/", "HEAD")
        assert head.headers["Etag"] == received.headers["Etag"]
        assert head.headers["Content-Length"] == "12"


async def test_an_answer_that_the_client_has_is_not_sent_again() -> None:
    async with site([("/", Hello)]) as web:
        tag = (await web.fetch("/")).headers["Etag"]
        for given in (tag, f'"x", {tag}', f"W/{tag}", "*"):
            again = await web.fetch("/", If_None_Match=given)
            assert (again.code, again.body) == (304, b"")
            assert again.headers["Etag"] == tag
            assert "Content-Type" not in again.headers
        assert (await web.fetch("/", If_None_Match='"other"')).code == 200


class Verbs(RequestHandler):
    def initialize(self, word: str) -> None:
        self.word = word

    def prepare(self) -> None:
        self.set_header("X-Word", self.word)

    def get(self) -> None:
        self.write("get")

    async def post(self) -> None:
        self.write("post")

    async def put(self) -> None:
        await asyncio.sleep(0)
        self.write("put")

    def patch(self) -> None:
        self.finish("patch")

    async def delete(self) -> None:
        await asyncio.sleep(0)
        self.set_status(204)

    def options(self) -> None:
        raise Finish("options")


async def test_verbs_with_and_without_coroutines() -> None:
    async with site([("/", Verbs, {"word": "yes"})]) as web:
        for method in ("GET", "POST", "PUT", "PATCH", "OPTIONS"):
            received = await web.fetch("/", method, b"" if method != "GET" else None)
            assert (received.code, received.body) == (200, method.lower().encode())
            assert received.headers["X-Word"] == "yes"
        assert (await web.fetch("/", "DELETE")).code == 204


@pytest.mark.parametrize("method", ["HEAD", "TRACE", "BREW", "get"])
async def test_other_verbs_are_405(method: str) -> None:
    async with site([("/", Verbs, {"word": "yes"})]) as web:
        assert (await web.fetch("/", method)).code == 405


async def test_a_method_of_ones_own() -> None:
    class Dav(RequestHandler):
        SUPPORTED_METHODS: ClassVar = (*RequestHandler.SUPPORTED_METHODS, "PROPFIND")

        def propfind(self) -> None:
            self.write("found")

    async with site([("/", Dav)]) as web:
        assert (await web.fetch("/", "PROPFIND")).body == b"found"


async def test_the_order_of_hooks() -> None:
    calls: list[str] = []

    class Hooks(RequestHandler):
        def initialize(self) -> None:
            calls.append("initialize")

        def set_default_headers(self) -> None:
            calls.append("default headers")
            self.set_header("X-Default", "1")

        async def prepare(self) -> None:
            await asyncio.sleep(0)
            calls.append("prepare")

        def get(self) -> None:
            calls.append("get")

        def on_finish(self) -> None:
            calls.append("on_finish")

    async with site([("/", Hooks)]) as web:
        assert (await web.fetch("/")).headers["X-Default"] == "1"
    assert calls == ["default headers", "initialize", "prepare", "get", "on_finish"]


@pytest.mark.parametrize("suspends", [False, True])
async def test_prepare_can_finish(suspends: bool) -> None:
    class Early(RequestHandler):
        async def prepare(self) -> None:
            if suspends:
                await asyncio.sleep(0)
            self.finish("early")

        def get(self) -> None:
            raise AssertionError("not called")

    async with site([("/", Early)]) as web:
        assert (await web.fetch("/")).body == b"early"


async def test_a_coroutine_has_a_task_timeouts_and_context_from_the_beginning() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")

    class Modern(RequestHandler):
        async def get(self) -> None:
            before = variable.get()
            variable.set("set")
            assert asyncio.current_task() is not None
            async with asyncio.timeout(5), asyncio.TaskGroup() as group:
                task = group.create_task(asyncio.sleep(0, "result"))
            self.write(f"{before} {variable.get()} {task.result()}")

    async with site([("/", Modern)]) as web:
        for _ in range(3):
            assert (await web.fetch("/")).body == b"unset set result"


async def test_requests_on_one_connection_do_not_see_each_others_context_variables() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")

    class Plain(RequestHandler):
        def prepare(self) -> None:
            self.before = variable.get()
            variable.set(self.get_argument("who"))

        def get(self) -> None:
            self.write(f"{self.before} {variable.get()}")

    async with site([("/", Plain)]) as web:
        for who in ("ada", "bob"):
            assert (await web.fetch(f"/?who={who}")).body == f"unset {who}".encode()


@pytest.mark.parametrize("where", ["initialize", "set_default_headers", "__init__"])
async def test_a_handler_is_made_with_its_own_context_variables(where: str) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")

    class Plain(RequestHandler):
        before = ""

        def get(self) -> None:
            self.write(f"{self.before} {variable.get()}")

    def begin(handler: Any, *args: object, **kwargs: object) -> None:
        handler.before = variable.get()
        original(handler, *args, **kwargs)
        variable.set("set")

    original = getattr(RequestHandler, where)
    own = type("Own", (Plain,), {where: begin})
    async with site([("/", own)]) as web:
        for _ in range(2):
            assert (await web.fetch("/")).body == b"unset set"


class Failing(RequestHandler):
    async def get(self, where: str) -> None:
        if where == "later":
            await asyncio.sleep(0)
        if where == "http":
            raise HTTPError(418, "log %s", "message", reason="Teapot & more")
        if where == "flushed":
            self.write("begun")
            await self.flush()
        raise RuntimeError("secret")


@pytest.mark.parametrize("where", ["now", "later"])
async def test_an_exception_is_one_traceback_and_one_500(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with site([("/(.*)", Failing)]) as web:
        received = await web.fetch(f"/{where}")
        assert received.code == 500
        assert b"secret" not in received.body
        assert b"500: Internal Server Error" in received.body
    errors = [record for record in caplog.records if record.name == "zonda.application"]
    assert len(errors) == 1
    assert "secret" in caplog.text


async def test_an_http_error_is_its_status_and_reason(caplog: pytest.LogCaptureFixture) -> None:
    async with site([("/(.*)", Failing)]) as web:
        received = await web.fetch("/http")
        assert received.code == 418
        assert b"Teapot &amp; more" in received.body
        assert b"log message" not in received.body
    assert "log message" in caplog.text


@pytest.mark.parametrize("how", ["raised", "sent"])
async def test_a_reason_is_text_on_the_error_page(how: str) -> None:
    """WB-02: a reason may have any visible character; the page has it escaped."""
    reason = "<script>alert('&')</script>"

    class Reasoning(RequestHandler):
        def get(self) -> None:
            if how == "raised":
                raise HTTPError(400, reason=reason)
            self.send_error(400, reason=reason)

    async with site([("/", Reasoning)]) as web:
        received = await web.fetch("/")
        assert received.code == 400
        assert b"<script" not in received.body
        assert b"400: &lt;script&gt;alert(&#x27;&amp;&#x27;)" in received.body


async def test_failing_after_a_promise_of_more_cuts_the_answer() -> None:
    """WB-15: the length was sent, and the rest of the body never comes."""

    class Promising(RequestHandler):
        async def get(self) -> None:
            self.set_header("Content-Length", 10)
            self.write("abc")
            await self.flush()
            raise RuntimeError

    async with site([("/", Promising)]) as web:
        client = await web.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)) as caught:
            await client.read()
        assert getattr(caught.value, "partial", b"abc") == b"abc"
        client.writer.close()


async def test_failing_after_a_flush_cuts_the_answer() -> None:
    async with site([("/(.*)", Failing)]) as web:
        client = await web.connect()
        client.send(b"GET /flushed HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError, ValueError)):
            await client.read()
        client.writer.close()


async def test_debug_mode_shows_the_traceback() -> None:
    async with site([("/(.*)", Failing)], debug=True, autoreload=False) as web:
        received = await web.fetch("/now")
        assert b"RuntimeError: secret" in received.body
        assert received.headers["Content-Type"] == "text/plain; charset=UTF-8"


@pytest.mark.parametrize("hook", ["initialize", "on_finish", "write_error", "log_exception"])
async def test_a_failing_hook_never_leaves_a_request_open(
    hook: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError(hook)

    class Broken(RequestHandler):
        def get(self) -> None:
            if hook in ("write_error", "log_exception"):
                raise HTTPError(400)
            self.write("fine")

    setattr(Broken, hook, fail)
    async with site([("/", Broken)]) as web:
        received = await web.fetch("/")
        assert received.code == {"initialize": 500, "on_finish": 200}.get(hook, 400)
        assert (await web.fetch("/")).code == received.code
    assert hook in caplog.text


async def test_error_pages_of_ones_own() -> None:
    class Own(RequestHandler):
        def get(self) -> None:
            self.set_header("X-Lost", "1")
            self.write("lost")
            raise HTTPError(404)

        def write_error(self, status_code: int, **kwargs: object) -> None:
            assert isinstance(kwargs["exc_info"], tuple)
            self.write(f"own {status_code}")

    async with site([("/", Own)]) as web:
        received = await web.fetch("/")
        assert (received.code, received.body) == (404, b"own 404")
        assert "X-Lost" not in received.headers


async def test_an_unknown_path_is_404_and_reflects_nothing() -> None:
    async with site([("/", Hello)]) as web:
        received = await web.fetch("/<script>")
        assert received.code == 404
        assert b"script" not in received.body
        assert (await web.fetch("/x", "POST", b"body")).code == 404


class Arguments(RequestHandler):
    def get(self) -> None:
        self.write(
            {
                "last": self.get_argument("a"),
                "all": self.get_arguments("a"),
                "default": self.get_argument("b", None),
                "raw": self.get_argument("a", strip=False),
                "query": self.get_query_arguments("a"),
            }
        )

    def post(self) -> None:
        self.write(
            {
                "body": self.get_body_arguments("a"),
                "query": self.get_query_argument("a", "none"),
                "both": self.get_arguments("a"),
                "last": self.get_body_argument("a"),
            }
        )


async def test_arguments() -> None:
    async with site([("/", Arguments)]) as web:
        received = await web.fetch("/?a=1&a=%20%C3%A4%01%20")
        assert json.loads(received.body) == {
            "last": "ä",
            "all": ["1", "ä"],
            "default": None,
            "raw": " ä  ",
            "query": ["1", "ä"],
        }
        assert received.headers["Content-Type"] == "application/json; charset=UTF-8"
        posted = await web.post("/?a=q", a="f")
        assert json.loads(posted.body) == {
            "body": ["f"],
            "query": "q",
            "both": ["q", "f"],
            "last": "f",
        }


@pytest.mark.parametrize("query", ["", "a=%ff", "x&" * 1001])
async def test_bad_arguments_are_400(query: str) -> None:
    async with site([("/", Arguments)]) as web:
        assert (await web.fetch(f"/?{query}")).code == 400


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--y\r\n"),
        ("multipart/form-data", b"x"),
        ("application/x-www-form-urlencoded", b"a&" * 2000),
    ],
)
async def test_bad_forms_are_400(kind: str, body: bytes) -> None:
    async with site([("/", Arguments)]) as web:
        assert (await web.fetch("/", "POST", body, Content_Type=kind)).code == 400


def form(*parts: bytes, end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end


DISPOSITION = b'Content-Disposition: form-data; name="a"'
BAD_FORMS = {
    "HU-03 semicolons": form(DISPOSITION + b";" * 100_000 + b"\r\n\r\nx"),
    "HU-03 quotes": form(DISPOSITION + b'; x="' + b'\\"' * 100_000 + b'"\r\n\r\nx'),
    "HU-04 more than 100 parts": form(*[DISPOSITION + b"\r\n\r\nx"] * 101),
    "HU-04 a mebibyte of boundaries": b"--b\r\n" * 200_000,
    "HU-05 a header of more than 10 KiB": form(
        DISPOSITION + b"\r\nX: " + b"y" * 10_240 + b"\r\n\r\nx"
    ),
    "HU-05 CR": form(DISPOSITION + b"\r\nX: a\rb\r\n\r\nx"),
    "HU-05 LF": form(DISPOSITION + b"\r\nX: a\nb\r\n\r\nx"),
    "HU-05 NUL": form(DISPOSITION + b"\r\nX: a\0b\r\n\r\nx"),
    "HU-05 no end": form(DISPOSITION + b"\r\n\r\nx", end=b""),
    "HU-05 another end": form(DISPOSITION + b"\r\n\r\nx", end=b"--c--\r\n"),
    "HU-06 many bad parts": form(*[b"bad\r\n\r\nx"] * 90),
    "HU-08 a file name of other bytes": form(DISPOSITION + b'; filename="\xff"\r\n\r\nx'),
    "HU-08 and percent-encoded": form(DISPOSITION + b"; filename*=UTF-8''%FF\r\n\r\nx"),
}


@pytest.mark.parametrize("name", BAD_FORMS)
async def test_a_bad_form_is_one_line_in_the_log(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And the access log has its own line, as for every request."""
    caplog.set_level("INFO", "zonda")
    async with site([("/", Arguments)]) as web:
        kind = "multipart/form-data; boundary=b"
        received = await web.fetch("/", "POST", BAD_FORMS[name], Content_Type=kind)
        assert received.code == 400
    names = [record.name for record in caplog.records]
    assert names == ["zonda.general", "zonda.access"]
    assert "Traceback" not in caplog.text


class Paths(RequestHandler):
    def get(self, *args: str, **kwargs: str) -> None:
        assert (self.path_args, self.path_kwargs) == (args, kwargs)
        self.write({"args": list(args), "kwargs": kwargs})


async def test_groups_of_the_path_are_decoded() -> None:
    rules = [(r"/p/([^/]*)/(x)?", Paths), (r"/n/(?P<name>.*)", Paths)]
    async with site(rules) as web:
        received = await web.fetch("/p/a%20%C3%A4%2f/")
        assert json.loads(received.body) == {"args": ["a ä/", None], "kwargs": {}}
        received = await web.fetch("/n/b+c")
        assert json.loads(received.body) == {"args": [], "kwargs": {"name": "b+c"}}
        assert (await web.fetch("/n/%ff")).code == 400


async def test_headers_cannot_be_split() -> None:
    class Splitting(RequestHandler):
        def get(self) -> None:
            errors = []
            for name in ("a\r\nb", "a b", "a\x00", "a:", ""):
                for method in (self.set_header, self.add_header):
                    with pytest.raises(ValueError, match="no valid header name"):
                        method(name, "x")
            for value in ("a\r\nb", b"a\nb", "a\x00"):
                for method in (self.set_header, self.add_header):
                    with pytest.raises(ValueError, match="control character"):
                        method("X", value)
                    errors.append(value)
            with pytest.raises(TypeError):
                self.set_header("X", 1.5)  # type: ignore[arg-type]  # wrong on purpose
            for reason in ("a\r\nb", "a\nb", "a\x00", "\xe9", "\u20ac"):
                with pytest.raises(ValueError, match="reason"):
                    self.set_status(200, reason)
            with pytest.raises(ValueError, match="three digits"):
                self.set_status(99)
            self.set_header("X-Number", 5)
            self.set_header("X-Bytes", b"b")
            self.set_header("X-Date", datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC))
            self.set_header("X-Gone", "x")
            self.clear_header("X-Gone")
            self.clear_header("X-Never")
            self.add_header("X-Two", "1")
            self.add_header("X-Two", "2")
            self.set_status(201, "Made")

    async with site([("/", Splitting)]) as web:
        received = await web.fetch("/")
        assert received.code == 201
        assert received.headers["X-Number"] == "5"
        assert received.headers["X-Bytes"] == "b"
        assert received.headers["X-Date"] == "Thu, 02 Jan 2020 00:00:00 GMT"
        assert "X-Gone" not in received.headers
        assert received.headers.get_list("X-Two") == ["1", "2"]


async def test_misuse_says_what_to_do() -> None:
    class Misuse(RequestHandler):
        def get(self) -> None:
            with pytest.raises(TypeError, match="list into a dict"):
                self.write([])  # type: ignore[arg-type]  # wrong on purpose
            with pytest.raises(TypeError, match="float"):
                self.write(1.5)  # type: ignore[arg-type]  # wrong on purpose
            with pytest.raises(TypeError):
                self.write({"a": object()})
            with pytest.raises(SettingError, match="cookie_secret"):
                self.get_signed_cookie("a")
            with pytest.raises(SettingError, match="static_path"):
                self.static_url("a")
            with pytest.raises(ValueError, match="redirect"):
                self.redirect("/", status=200)
            self.finish("done")
            with pytest.raises(HandlerStateError, match="after finish"):
                self.write("more")
            with pytest.raises(HandlerStateError, match="twice"):
                self.finish()
            with pytest.raises(HandlerStateError):
                self.redirect("/")
            with pytest.raises(HandlerStateError):
                self.render("x.html")
            with pytest.raises(HandlerStateError):
                self.set_cookie("a", "b")
            with pytest.raises(HandlerStateError):
                self.detach()

    async with site([("/", Misuse)]) as web:
        assert (await web.fetch("/")).body == b"done"


async def test_a_204_has_no_body() -> None:
    class Empty(RequestHandler):
        def get(self) -> None:
            self.set_status(204)

        def post(self) -> None:
            self.set_status(204)
            self.write("body")

    async with site([("/", Empty)]) as web:
        received = await web.fetch("/")
        assert received.code == 204
        assert "Content-Length" not in received.headers
        assert (await web.fetch("/", "POST", b"")).code == 500


@pytest.mark.parametrize("how", ["set", "raised", "sent"])
async def test_an_interim_status_is_no_answer(how: str) -> None:
    """A client would wait for ever for the one that has to follow."""

    class Interim(RequestHandler):
        def get(self) -> None:
            if how == "raised":
                raise HTTPError(100)
            if how == "sent":
                self.send_error(150)
            else:
                self.set_status(199)

    async with site([("/", Interim)]) as web:
        for _ in range(2):
            received = await web.fetch("/")
            assert received.code == 500
            assert b"500: Internal Server Error" in received.body


async def test_flushing_streams() -> None:
    class Stream(RequestHandler):
        async def get(self) -> None:
            for piece in ("a", "b", "c"):
                self.write(piece)
                await self.flush()
            self.finish("d")

    async with site([("/", Stream)]) as web:
        received = await web.fetch("/")
        assert received.body == b"abcd"
        assert received.headers["Transfer-Encoding"] == "chunked"


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/b", "/b"),
        ("b", "/a/b"),
        ("http://other/", "http://other/"),
        ("?x", "/a/?x"),
        ("/\\other/", "/%5Cother/"),
        ("\\\\other/", "/a/%5C%5Cother/"),
    ],
)
async def test_redirects(url: str, location: str) -> None:
    class Redirect(RequestHandler):
        def get(self) -> None:
            self.redirect(url, permanent=url == "/b")

        def post(self) -> None:
            self.redirect(url, status=303)

    async with site([("/a/", Redirect)]) as web:
        received = await web.fetch("/a/")
        assert received.code == (301 if url == "/b" else 302)
        assert received.headers["Location"] == location
        assert (await web.fetch("/a/", "POST", b"")).code == 303


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("//evil.example/x", "/evil.example/next"),
        ("///evil.example/x", "/evil.example/next"),
        ("/\\evil.example/x", "/%5Cevil.example/next"),
        ("/./\\evil.example/x", "/%5Cevil.example/next"),
        ("/.//evil.example/x", "/evil.example/next"),
        ("http://evil.example/x", "/next"),
        ("http://evil.example//evil.example/x", "/evil.example/next"),
        ("http://evil.example?x", "/next"),
    ],
)
async def test_a_relative_redirect_stays_here(target: str, location: str) -> None:
    """Whatever a client asked for, and however browsers read it."""

    class Relative(RequestHandler):
        def get(self) -> None:
            self.redirect("next")

    async with site([(".*", Relative)]) as web:
        assert (await web.fetch(target)).headers["Location"] == location


@pytest.mark.parametrize("url", ["/a\r\nX: y", "/\x00", "/a\nb", "/\tb"])
async def test_a_redirect_with_control_characters_is_an_error(url: str) -> None:
    class Redirect(RequestHandler):
        def get(self) -> None:
            self.redirect(url)

    async with site([("/", Redirect)]) as web:
        received = await web.fetch("/")
        assert received.code == 500
        assert "Location" not in received.headers


async def test_a_handler_hears_when_its_client_goes() -> None:
    gone = asyncio.Event()
    begun = asyncio.Event()

    class Waiting(RequestHandler):
        async def get(self) -> None:
            begun.set()
            await gone.wait()

        def on_connection_close(self) -> None:
            gone.set()

    async with site([("/", Waiting)]) as web:
        client = await web.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await begun.wait()
        client.writer.close()
        await gone.wait()
        assert gone.is_set()


@pytest.mark.parametrize("code", [204, 304])
async def test_an_error_without_a_body_has_none(code: int) -> None:
    class Bodiless(RequestHandler):
        def get(self) -> None:
            raise HTTPError(code)

    class Written(Bodiless):
        def write_error(self, status_code: int, **kwargs: object) -> None:
            self.write("a page")

    async with site([("/", Bodiless), ("/written", Written)]) as web:
        for path in ("/", "/written"):
            received = await web.fetch(path)
            assert (received.code, received.body) == (code, b"")


async def test_hooks_may_give_bytes() -> None:
    class Bytes(RequestHandler):
        def compute_etag(self) -> bytes:
            return b'"tag"'

        def decode_argument(self, value: bytes, name: str | None = None) -> str:
            return value  # type: ignore[return-value]  # as old programs do

        def get(self, arg: bytes) -> None:
            self.write(arg + self.get_argument("a").upper())  # type: ignore[operator]  # bytes

    async with site([("/(.*)", Bytes)]) as web:
        received = await web.fetch("/%ff?a=%fex")
        assert (received.body, received.headers["Etag"]) == (b"\xff\xfeX", '"tag"')
        assert (await web.fetch("/%ff?a=%fex", If_None_Match='"tag"')).code == 304


async def test_detaching_gives_the_connection_away() -> None:
    class Detaching(RequestHandler):
        async def get(self) -> None:
            stream = self.detach()
            await stream.write(b"raw " + await stream.read_until(b"\n"))
            stream.close()

    async with site([("/", Detaching)]) as web:
        client = await web.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nbehind\n")
        assert await client.reader.read() == b"raw behind\n"
        client.writer.close()


# What the documentation of Tornado 6.5 names.
DOCUMENTED = """
    initialize prepare on_finish get head post delete patch put options
    get_argument get_arguments get_query_argument get_query_arguments get_body_argument
    get_body_arguments decode_argument path_args path_kwargs data_received
    set_status set_header add_header clear_header set_default_headers write flush finish render
    render_string get_template_namespace redirect send_error write_error clear render_linked_js
    render_embed_js render_linked_css render_embed_css
    cookies get_cookie set_cookie clear_cookie clear_all_cookies get_signed_cookie
    get_signed_cookie_key_version set_signed_cookie get_secure_cookie get_secure_cookie_key_version
    set_secure_cookie create_signed_value
    check_etag_header check_xsrf_cookie compute_etag create_template_loader current_user detach
    get_browser_locale get_current_user get_login_url get_status get_template_path get_user_locale
    locale log_exception on_connection_close require_setting reverse_url set_etag_header settings
    static_url xsrf_form_html xsrf_token SUPPORTED_METHODS
"""


@pytest.mark.parametrize("name", DOCUMENTED.split())
def test_every_documented_member_is_there(name: str) -> None:
    assert hasattr(RequestHandler, name)


@pytest.mark.parametrize("reason", ["OK\r\nX-Injected: yes", "\u20ac"])
async def test_an_error_whose_reason_cannot_be_sent(reason: str) -> None:
    class Bad(RequestHandler):
        def get(self) -> None:
            raise HTTPError(400, reason=reason)

    async with site([("/", Bad)]) as web:
        received = await web.fetch("/")
        assert received.code == 400
        assert "X-Injected" not in received.headers
        assert b"400: Unknown" in received.body
