"""A browser and handlers without a web server: just what the mixins call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from zonda.http import HTTPHeaders, HTTPServerRequest
from zonda.httpclient import AsyncHTTPClient, HTTPResponse

HOST = "site.example"


class Browser:
    """Keeps cookies, and follows to the provider and back."""

    def __init__(self, client: AsyncHTTPClient) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    async def visit(self, url: str) -> str:
        """Go to *url* at a provider; where that sends the browser."""
        response = await self.fetch(url)
        return response.headers["Location"]

    async def fetch(self, url: str) -> HTTPResponse:
        return await self.client.fetch(url, raise_error=False, follow_redirects=False)


class PlainHandler:
    """What answers one request of a browser."""

    def __init__(self, browser: Browser, url: str, settings: Mapping[str, object]) -> None:
        parts = urlsplit(url)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        headers = HTTPHeaders({"Host": parts.netloc or HOST})
        if browser.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
        self.request = HTTPServerRequest("GET", target, "HTTP/1.1", headers)
        if parts.scheme:
            self.request.protocol = parts.scheme
        self.browser = browser
        self.settings = settings
        self.location: str | None = None
        self.error: BaseException | None = None
        self.ended = asyncio.Event()
        self.set: dict[str, dict[str, Any]] = {}

    def require_setting(self, name: str, feature: str) -> object:
        if not self.settings.get(name):
            raise KeyError(f"the setting {name!r} is missing for {feature}")
        return self.settings[name]

    def get_argument(self, name: str, default: str | None = None) -> str | None:
        values = self.request.arguments.get(name)
        return values[-1].decode() if values else default

    def set_cookie(self, name: str, value: str, *, path: str, **attributes: Any) -> None:
        self.set[name] = {"path": path, **attributes}
        if attributes["max_age"] > 0:
            self.browser.cookies[name] = value
        else:
            self.browser.cookies.pop(name, None)

    def redirect(self, url: str) -> None:
        self.location = url
        self.ended.set()

    def async_callback(self, callback: Callable[..., object]) -> Callable[..., None]:
        def wrapper(*args: Any) -> None:
            try:
                callback(*args)
            except Exception as error:
                self.error = error
                self.ended.set()

        return wrapper

    def get_auth_http_client(self) -> AsyncHTTPClient:
        return self.browser.client


def left(handler: PlainHandler) -> str:
    """Where a handler has sent the browser."""
    assert handler.error is None, handler.error
    assert handler.location is not None
    return handler.location


def arguments(url: str) -> dict[str, str]:
    """The arguments in a URL's query; of several values the last."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
