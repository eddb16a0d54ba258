"""Test cases with a server on a free port."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Unpack

from zonda.http import HTTPServerConnectionDelegate
from zonda.httpclient import AsyncHTTPClient, FetchOptions, HTTPResponse
from zonda.httpserver import HTTPServer

from .async_case import AsyncTestCase
from .ports import bind_unused_port
from .reloading import without_reload
from .timeouts import get_async_test_timeout

# A key and a certificate for localhost that everybody knows: of no use but in tests.
LOCALHOST = Path(__file__).with_name("localhost.pem")


class AsyncHTTPTestCase(AsyncTestCase):
    """A test case with an application on a free port, and a client.

    >>> from zonda.web import Application, RequestHandler
    >>> class Hello(RequestHandler):
    ...     def get(self) -> None:
    ...         self.write("Hello")
    >>> class TestHello(AsyncHTTPTestCase):
    ...     def get_app(self) -> Application:
    ...         return Application([("/", Hello)])
    ...     def test_hello(self) -> None:
    ...         self.assertEqual(self.fetch("/").body, b"Hello")
    ...     async def test_in_a_coroutine(self) -> None:
    ...         response = await self.http_client.fetch(self.get_url("/"))
    ...         self.assertEqual(response.body, b"Hello")

    :ivar http_client: an `~zonda.httpclient.AsyncHTTPClient`.
    :ivar http_server: the `~zonda.httpserver.HTTPServer`.
    :cvar http_server_class: its class.
    """

    http_client: AsyncHTTPClient
    http_server: HTTPServer
    http_server_class: type[HTTPServer] = HTTPServer

    def setUp(self) -> None:
        """Make the application, and serve it."""
        super().setUp()
        sock, self._port = bind_unused_port()
        try:
            self.http_client = self.get_http_client()
            self._app = self.get_app()
            self.http_server = self.get_http_server()
        except BaseException:
            sock.close()
            raise
        self.http_server.add_sockets([sock])

    def tearDown(self) -> None:
        """End the server and the client."""
        self.http_server.stop()
        self.run_coroutine(self.http_server.close_all_connections())
        self.run_coroutine(self.http_client.__aexit__(None, None, None))
        del self.http_server, self._app  # unittest keeps every test case to the end
        super().tearDown()

    def get_app(self) -> HTTPServerConnectionDelegate:
        """What is tested: an `~zonda.web.Application`; every subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} must define get_app()")

    def get_http_client(self) -> AsyncHTTPClient:
        """The client."""
        return AsyncHTTPClient(force_instance=True)

    def get_http_server(self) -> HTTPServer:
        """The server, which does not listen yet; the application's ``autoreload`` is off."""
        app = without_reload(self._app)
        return self.http_server_class(app, **self.get_httpserver_options())

    def get_httpserver_options(self) -> dict[str, Any]:
        """Arguments for the server; for subclasses to define."""
        return {}

    def get_http_port(self) -> int:
        """The port that the server listens on."""
        return self._port

    def get_protocol(self) -> str:
        """The scheme of URLs."""
        return "http"

    def get_url(self, path: str) -> str:
        """The URL of a path of the server."""
        return f"{self.get_protocol()}://127.0.0.1:{self.get_http_port()}{path}"

    def fetch(
        self, path: str, raise_error: bool = False, **kwargs: Unpack[FetchOptions]
    ) -> HTTPResponse:
        """Fetch from the server, from a test that is no coroutine.

        :param path: a path of the server, or a whole URL.
        :param raise_error: raise `~zonda.httpclient.HTTPClientError` for a status that is not 2xx;
            that there is no answer is always raised.
        :param kwargs: as of `~zonda.httpclient.AsyncHTTPClient.fetch`.
        """
        url = path if path.lower().startswith(("http://", "https://")) else self.get_url(path)
        fetching = self.http_client.fetch(url, raise_error=raise_error, **kwargs)
        return self.run_coroutine(fetching, get_async_test_timeout())


class AsyncHTTPSTestCase(AsyncHTTPTestCase):
    """An `AsyncHTTPTestCase` whose server speaks HTTPS, with a certificate made for tests."""

    def get_http_client(self) -> AsyncHTTPClient:
        """A client that takes any certificate."""
        return AsyncHTTPClient(force_instance=True, defaults={"validate_cert": False})

    def get_httpserver_options(self) -> dict[str, Any]:
        """The TLS settings."""
        return {"ssl_options": self.get_ssl_options()}

    def get_ssl_options(self) -> ssl.SSLContext:
        """The TLS context of the server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(LOCALHOST)
        return context

    def get_protocol(self) -> str:
        """The scheme of URLs."""
        return "https"
