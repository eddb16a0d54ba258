"""`AppClient`: asks an application without a socket.

What is asked goes through the real client, the real server and their parsers; only between the
two is memory instead of a network.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self, TypedDict, Unpack, cast
from urllib.parse import urljoin, urlsplit

from zonda.http import (
    CookieJar,
    FormFile,
    HTTPHeaders,
    HTTPServerConnectionDelegate,
    MultipartEncoder,
)
from zonda.httpclient import AsyncHTTPClient, FetchOptions, HTTPResponse
from zonda.httpserver import HTTPServer
from zonda.iostream import IOStream, stream_pair
from zonda.web import Application, create_signed_value
from zonda.websocket import WebSocketClientConnection, websocket_connect

# Options that are a body.
BODIES: Final = ("body", "body_producer", "form", "json")


class AppFetchOptions(FetchOptions, total=False):
    """The keyword arguments of `AppClient.fetch`: its own, and all of a request."""

    files: Mapping[str, FormFile] | None
    raise_error: bool


class Place(TypedDict):
    """Where a cookie counts."""

    host: str
    path: str
    secure: bool


class AppClient:
    """A browser for one application: no port, no socket, but cookies.

    >>> async def test_login(application: HTTPServerConnectionDelegate) -> None:
    ...     async with AppClient(application) as client:
    ...         page = await client.get("/login")
    ...         answer = await client.post("/login", form={"name": "ada"})
    ...         assert answer.code == 200 and client.cookie("member") is not None

    :param app: an `~zonda.web.Application`, or another delegate of a server.
    :param base_url: what paths are relative to; with ``https``, requests say that they came so.
    :param headers: sent with each request.
    :param follow_redirects: whether to go where an answer leads; single requests may differ.
    :param remote_ip: the address that requests seem to come from.
    :param server_options: arguments of `~zonda.httpserver.HTTPServer`.
    :ivar app: the application.
    :ivar cookies: what was set so far, a `~zonda.http.CookieJar`.
    :ivar server: the server, which listens nowhere.
    """

    def __init__(
        self,
        app: HTTPServerConnectionDelegate,
        *,
        base_url: str = "http://localhost",
        headers: Mapping[str, str] | None = None,
        follow_redirects: bool = True,
        remote_ip: str = "127.0.0.1",
        **server_options: Any,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"base_url must be like http://localhost, not {base_url!r}")
        server_options.setdefault("protocol", parts.scheme)
        self.base_url = base_url.rstrip("/") + "/"
        self.headers = HTTPHeaders(headers or {})
        self.cookies = CookieJar()
        self.app = app
        self.server = HTTPServer(app, **server_options)
        self._follow_redirects = follow_redirects
        self._remote_ip = remote_ip
        self._websockets: list[WebSocketClientConnection] = []
        self._client: AsyncHTTPClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End all websockets and connections."""
        for websocket in self._websockets:
            await websocket.__aexit__(None, None, None)
        self._websockets.clear()
        await self.server.close_all_connections()
        if self._client is not None:
            await self._client.__aexit__(None, None, None)
            self._client = None

    def url(self, path: str) -> str:
        """The whole URL of *path*, which may be one already."""
        return urljoin(self.base_url, path)

    def cookie(self, name: str) -> str | None:
        """The value of a cookie that the application has set."""
        for cookie in self.cookies:
            if cookie.name == name and (cookie.expires is None or cookie.expires > time.time()):
                return cookie.value
        return None

    def set_cookie(self, name: str, value: str) -> None:
        """Have a cookie as if the application had set it."""
        self.cookies.store(f"{name}={value}; Path=/", **_place(self.base_url), now=time.time())

    def set_signed_cookie(self, name: str, value: str | bytes) -> None:
        """Have a signed cookie as if the application had set it: who is logged in, for instance.

        :raises TypeError: what is asked is no `~zonda.web.Application`.
        :raises ValueError: it has no ``cookie_secret``.
        """
        if not isinstance(self.app, Application):
            raise TypeError(f"only an Application has signed cookies, not {self.app!r}")
        secret: Any = self.app.settings.get("cookie_secret")
        if not secret:
            raise ValueError("the application has no cookie_secret")
        version: Any = self.app.settings.get("key_version")
        signed = create_signed_value(secret, name, value, key_version=version)
        self.set_cookie(name, signed.decode())

    # Requests.

    async def fetch(self, path: str, **options: Unpack[AppFetchOptions]) -> HTTPResponse:
        """Send a request and return its answer, whatever its status.

        :param path: of the application, or a whole URL: its host is then the request's.
        :param files: makes ``form`` one of ``multipart/form-data``.
        :param raise_error: raise `~zonda.httpclient.HTTPClientError` for a status that is not 2xx.
        :param options: all others are those of `~zonda.httpclient.HTTPRequest`, as ``params``,
            ``json`` and ``form``; ``method`` is POST with a body, and else GET.
        :raises ValueError: more than one of ``form``, ``json`` and ``body``.
        """
        raise_error = options.pop("raise_error", False)
        headers = self.headers.copy()
        _encode_files(options, headers)
        if options.get("json") is not None or options.get("form") is not None:
            headers.pop("Content-Type", None)
        headers.update(options.pop("headers", None) or {})
        has_body = any(options.get(name) is not None for name in BODIES)
        method = options.setdefault("method", "POST" if has_body else "GET")
        if not has_body and method in ("POST", "PUT", "PATCH"):
            options["body"] = b""
        options.setdefault("allow_nonstandard_methods", True)
        options.setdefault("follow_redirects", self._follow_redirects)
        options["headers"] = headers
        if self._client is None:
            self._client = AsyncHTTPClient(
                force_instance=True, opener=self._open, cookie_jar=self.cookies
            )
        # What is left are the options of requests, which mypy cannot tell.
        rest = cast(FetchOptions, options)
        return await self._client.fetch(self.url(path), raise_error=raise_error, **rest)

    async def get(self, path: str, **options: Unpack[AppFetchOptions]) -> HTTPResponse:
        """`fetch` with GET."""
        options["method"] = "GET"
        return await self.fetch(path, **options)

    async def head(self, path: str, **options: Unpack[AppFetchOptions]) -> HTTPResponse:
        """`fetch` with HEAD."""
        options["method"] = "HEAD"
        return await self.fetch(path, **options)

    async def options(self, path: str, **options: Unpack[AppFetchOptions]) -> HTTPResponse:
        """`fetch` with OPTIONS."""
        options["method"] = "OPTIONS"
        return await self.fetch(path, **options)

    async def delete(self, path: str, **options: Unpack[AppFetchOptions]) -> HTTPResponse:
        """`fetch` with DELETE."""
        options["method"] = "DELETE"
        return await self.fetch(path, **options)

    async def post(self, path: str, **options: Unpack[AppFetchOptions]) -> HTTPResponse:
        """`fetch` with POST: ``post("/login", form={"name": "ada"})``."""
        options["method"] = "POST"
        return await self.fetch(path, **options)

    async def put(self, path: str, **options: Unpack[AppFetchOptions]) -> HTTPResponse:
        """`fetch` with PUT."""
        options["method"] = "PUT"
        return await self.fetch(path, **options)

    async def patch(self, path: str, **options: Unpack[AppFetchOptions]) -> HTTPResponse:
        """`fetch` with PATCH."""
        options["method"] = "PATCH"
        return await self.fetch(path, **options)

    async def websocket(self, path: str, **options: Any) -> WebSocketClientConnection:
        """Open a websocket, which `close` closes if the test does not.

        :param options: as of `~zonda.websocket.websocket_connect`.
        :raises ~zonda.websocket.HandshakeError: the application refused.
        """
        url = self.url(path)
        headers = self.headers.copy()
        cookies = self.cookies.header(**_place(url), now=time.time())
        if cookies is not None:
            headers["Cookie"] = cookies
        headers.update(HTTPHeaders(options.pop("headers", ())))
        websocket = await websocket_connect(
            "ws" + url.removeprefix("http"), headers=headers, opener=self._open, **options
        )
        for line in websocket.headers.get_list("Set-Cookie"):
            self.cookies.store(line, **_place(url), now=time.time())
        self._websockets.append(websocket)
        return websocket

    async def _open(self, host: str, port: int) -> IOStream:
        client, server = stream_pair()
        await self.server.handle_stream(server, (self._remote_ip, 0))
        return client


def _place(url: str) -> Place:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return {"host": parts.hostname or "", "path": parts.path or "/", "secure": secure}


def _encode_files(options: AppFetchOptions, headers: HTTPHeaders) -> None:
    """Make the files and the form one body.

    :raises ValueError: there is another body.
    """
    files, form = options.pop("files", None), options.get("form")
    if not files:
        return
    if options.get("json") is not None or options.get("body") is not None:
        raise ValueError("a request has one body: form and files, or json, or body")
    encoder = MultipartEncoder(form or (), files)
    headers["Content-Type"] = encoder.content_type
    options["form"] = None
    options["body"] = b"".join(encoder)
