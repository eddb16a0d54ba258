"""A site with a handler of every kind; as a program it prints what its clients see."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sys
from collections.abc import AsyncIterator
from types import MappingProxyType
from typing import Any

from tests.in_memory_connection import exchange
from zonda.http import HTTPServerRequest
from zonda.httpserver import HTTPServer
from zonda.web import Application, HTTPError, Path, RequestHandler, compiled


class Plain(RequestHandler):
    def get(self) -> None:
        self.set_header("Content-Type", "text/plain")
        self.write(b"plain ")
        self.write("caf\xe9")

    head = get

    def post(self) -> None:
        self.finish(self.request.body)


class Body(RequestHandler):
    """Answers methods with a body, by the last part of the path."""

    def answer(self, kind: str) -> None:
        if kind in ("200", "201", "202", "204", "299", "304", "404", "500"):
            self.set_status(int(kind))
        if kind == "reason":
            self.set_status(202, "In a while")
        if kind == "header":
            self.set_header("X-Header", "1")
        if kind not in ("204", "304"):
            self.write({"body": self.request.body.decode()})
        if kind == "raise":
            raise LookupError("nothing here")

    get = post = put = patch = delete = head = answer


class Kinds(RequestHandler):
    """What the answer is made of, by the last part of the path."""

    def get(self, kind: str) -> None:
        if kind == "nothing":
            return
        if kind == "mapping":
            self.write({"a": [1, 2]})
        elif kind == "mapping and header":
            self.set_header("X-Count", 7)
            self.write({"a": "</b>"})
        elif kind == "mapping and type":
            self.write({"a": (1.5, None)})
            self.set_header("Content-Type", "application/problem+json")
        elif kind == "odd mapping":
            self.write({1: MappingProxyType({})})  # type: ignore[dict-item]  # that is it
        elif kind == "status":
            self.set_status(201, "Made")
            self.write("201")
        elif kind == "header":
            self.set_header("X-Count", 7)
            self.add_header("X-Count", "8")
        elif kind == "bytes header":
            self.set_header("Content-Type", b"text/x")
        elif kind == "latin header":
            self.set_header("Content-Type", "text/caf\xe9")
        elif kind == "bad header":
            self.set_header("Content-Type", "text/plain\r\nX: y")
        elif kind == "no header":
            self.set_header("Content-Type", 1.5)  # type: ignore[arg-type]  # that is it
        elif kind == "cookie":
            self.set_cookie("a", "b")
        elif kind == "finish":
            self.finish("finished")
        elif kind == "twice":
            self.finish("finished")
            self.finish()
        elif kind == "late":
            self.finish("finished")
            self.write("late")
        elif kind == "list":
            self.write([1])  # type: ignore[arg-type]  # that is it
        elif kind == "surrogate":
            self.write("\ud800")
        elif kind == "named":
            self.set_header(name="Content-Type", value="text/named")
            self.write(chunk="by name")
            self.finish(chunk=" and finished")
        elif kind == "flush":
            self.write("one")
            self.flush()
            self.write("two")
        elif kind == "etag":
            self.set_header("Etag", '"mine"')
            self.write("etag")
        elif kind == "refused":
            raise HTTPError(403, "no")
        elif kind == "raise":
            raise LookupError("nothing here")
        elif kind == "redirect":
            self.redirect("/")


class Hooks(RequestHandler):
    def initialize(self, word: str = "default") -> None:
        self.words = [word]

    def prepare(self) -> None:
        self.words.append("prepared")
        if self.get_argument("stop", None):
            self.finish("stopped")

    def on_finish(self) -> None:
        print("on_finish", self.words)

    def compute_etag(self) -> str | None:
        return None

    def get(self, *args: str, **kwargs: str) -> None:
        self.write(f"{self.words} {args} {kwargs} {self.path_args} {dict(self.path_kwargs)}")


class Overridden(RequestHandler):
    def __init__(self, application: Application, request: HTTPServerRequest) -> None:
        super().__init__(application, request)
        self.chunks = 0

    def set_default_headers(self) -> None:
        self.set_header("X-Default", "1")

    def write(self, chunk: object) -> None:
        self.chunks += 1
        super().write(f"<{chunk}>")

    def finish(self, chunk: object = None) -> asyncio.Future[None]:
        super().finish(f"{self.chunks} written")
        return asyncio.get_running_loop().create_future()

    def get(self) -> None:
        self.write("overridden")


class OneByOne(RequestHandler):
    def get(self) -> None:
        setattr(self, "finish", lambda: print("finished by the handler's own"))  # noqa: B010


class CannotBeMade(RequestHandler):
    def initialize(self) -> None:
        raise LookupError("cannot be made")


class Coroutine(RequestHandler):
    async def get(self, wait: str) -> None:
        if wait:
            await asyncio.sleep(0)
        self.write(f"waited {wait}")


class Preparing(RequestHandler):
    async def prepare(self) -> None:
        self.user = "prepared"

    def get(self) -> None:
        self.write(self.user)


class Pieces(RequestHandler):
    async def get(self) -> AsyncIterator[str]:
        yield "one"
        yield "two"


class Guarded(RequestHandler):
    timeout = 5.0

    def get(self) -> None:
        self.write("guarded")


class Checks(RequestHandler):
    def check_etag_header(self) -> bool:
        return True

    def get(self) -> None:
        pass


class Only(RequestHandler):
    SUPPORTED_METHODS = ("POST",)

    def get(self) -> None:
        self.write("never")


class OwnApplication(Application):
    def log_request(self, handler: RequestHandler) -> None:
        print("log", handler.get_status(), handler.request.uri)


DIGEST = hashlib.sha1("plain caf\xe9".encode(), usedforsecurity=False).hexdigest()
TAG = f'"{DIGEST}"'
KINDS = (
    "nothing",
    "mapping",
    "mapping%20and%20header",
    "mapping%20and%20type",
    "odd%20mapping",
    "status",
    "header",
    "bytes%20header",
    "latin%20header",
    "bad%20header",
    "no%20header",
    "cookie",
    "finish",
    "twice",
    "late",
    "list",
    "surrogate",
    "named",
    "flush",
    "etag",
    "refused",
    "raise",
    "redirect",
)
PATHS = (
    "/",
    *(f"/kinds/{kind}" for kind in KINDS),
    "/hooks",
    "/hooks?stop=1",
    "/words/one%20two/3",
    "/words/one/2",
    "/words/one/2?stop=1",
    "/words/one?two/three",
    "/words/",
    "/named/a%2fb",
    "/named/a?b",
    "/typed/7",
    "/typed/x",
    "/prefix/a?b",
    "/pre",
    "/optional",
    "/?",
    "/overridden",
    "/one",
    "/cannot",
    "/unexpected",
    "/wait/",
    "/wait/1",
    "/preparing",
    "/pieces",
    "/guarded",
    "/only",
    "/nowhere",
    "http://a/hooks",
)
REQUESTS = (
    *(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n" for path in PATHS),
    "GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n",
    'GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: "other"\r\n\r\n',
    f"GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: {TAG}\r\n\r\n",
    f'GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: "other", W/{TAG}\r\n\r\n',
    f'GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: "other"\r\nIf-None-Match: {TAG}\r\n\r\n',
    'GET /checks HTTP/1.1\r\nHost: a\r\nIf-None-Match: "other"\r\n\r\n',
    "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: b\r\nAccept-Language: de\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    *(
        f"{method} /body/{kind} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
        for kind in ("200", "201", "204", "299", "304", "404", "reason", "header", "raise")
    ),
    "POST /body/ HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nContent-Length: 3\r\n\r\nabc",
    "DELETE /body/202 HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /body/404 HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n",
    "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
)


def make(application_class: type[Application], **settings: Any) -> Application:
    return application_class(
        [
            (r"/", Plain),
            (r"/kinds/(.*)", Kinds),
            (r"/body/(.*)", Body),
            (r"/hooks", Hooks, {"word": "given"}),
            (r"/words/(.*)/(.*)", Hooks),
            (r"/words/one/(.*)", Kinds),
            (r"/words/(.*)", Hooks),
            (r"/named/(?P<name>.*)", Hooks),
            (Path("/typed/{number:int}"), Hooks),
            (r"/pre(.*)", Hooks),
            (r"/(optional)?", Hooks),
            (r"/overridden", Overridden),
            (r"/one", OneByOne),
            (r"/cannot", CannotBeMade),
            (r"/unexpected", Plain, {"unexpected": 1}),
            (r"/wait/(.*)", Coroutine),
            (r"/preparing", Preparing),
            (r"/pieces", Pieces),
            (r"/guarded", Guarded),
            (r"/only", Only),
            (r"/checks", Checks),
        ],
        **settings,
    )


def make_with_hosts() -> Application:
    """An application in which not only paths decide."""
    application = make(Application)
    application.add_handlers("a", [(r"/hooks", Plain), (r"/words/(.*)", Hooks)])
    return application


def make_with_runner() -> Application:
    """An application in which something else has handlers run."""
    application = make(Application)
    run = application.run_handler

    def run_loudly(handler: RequestHandler, route: Any) -> None:
        print("run", type(handler).__name__)
        run(handler, route)

    application.run_handler = run_loudly
    return application


async def main() -> None:
    logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s", level=logging.ERROR)
    for application in (
        make(Application),
        make(OwnApplication),
        make(Application, compress_response=True, xsrf_cookies=True),
        make(Application, cross_origin_protection=True),
        make_with_runner(),
        make_with_hosts(),
    ):
        server = HTTPServer(application)
        server.add_sockets([])
        for request in REQUESTS:
            print(repr(request))
            for event in await exchange(server, [request.encode()] * 2):
                print(event)
    print("compiled" if compiled else "pure")


if __name__ == "__main__":
    asyncio.run(main())
