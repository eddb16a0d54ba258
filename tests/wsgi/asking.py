"""A delegate behind the adapter, called as a WSGI server calls it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from wsgiref.types import WSGIEnvironment

from tests.recording_site import Recorder, Site, writing
from zonda.wsgi import WSGIAdapter

TEXT = "Content-Type: text/plain\r\n"


def answering(code: int = 200, fields: str = TEXT, body: bytes = b"ok") -> Site:
    """A site with the same answer to everything."""
    return writing(lambda connection: connection.respond(code, fields, body))


def echoing() -> Site:
    """A site that answers with the body."""

    def on_event(name: str, request: Recorder) -> None:
        if name == "finish":
            request.connection.respond(200, TEXT, request.body)

    return Site(on_event)


def make_environ(body: bytes = b"", **changes: Any) -> WSGIEnvironment:
    """The environ of a simple request; a change to None takes a key out."""
    environ = {
        "REQUEST_METHOD": "POST" if body else "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "192.0.2.1",
        "REMOTE_PORT": "5000",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
    } | {name.replace("wsgi_", "wsgi."): value for name, value in changes.items()}
    return {name: value for name, value in environ.items() if value is not None}


class Answer(NamedTuple):
    """What the server got."""

    status: str
    headers: dict[str, str]
    body: bytes


@contextlib.contextmanager
def adapting(site: Site, **options: Any) -> Iterator[Callable[[WSGIEnvironment], Answer]]:
    """Ask *site* as a server does, until the end of the block; then all of it has ended."""
    adapter = WSGIAdapter(site, **options)

    def ask(environ: WSGIEnvironment) -> Answer:
        heads: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Any:
            heads.append((status, headers))

        result = adapter(environ, start_response)
        try:
            body = b"".join(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        [(status, headers)] = heads
        return Answer(status, dict(headers), body)

    try:
        yield ask
    finally:
        adapter.close()
