"""The HTTP client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zonda.httpclient import (
    AsyncHTTPClient,
    HTTPClient,
    HTTPClientError,
    HTTPError,
    HTTPRequest,
    HTTPResponse,
)

__all__ = [
    "AsyncHTTPClient",
    "HTTPClient",
    "HTTPClientError",
    "HTTPError",
    "HTTPRequest",
    "HTTPResponse",
]


class _RequestProxy:
    """A request whose options that were left open are those of *defaults*."""

    def __init__(self, request: HTTPRequest, defaults: Mapping[str, Any] | None) -> None:
        self.request = request
        self.defaults = defaults

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.request, name)
        if value is None and self.defaults is not None:
            return self.defaults.get(name)
        return value


def main() -> None:
    """Fetch the URLs of the command line and print what they answer."""
    import sys

    with HTTPClient() as client:
        for url in sys.argv[1:]:
            print(client.fetch(url, raise_error=False).body.decode("utf-8", "replace"))


def _configurable(cls: type[AsyncHTTPClient]) -> type[AsyncHTTPClient]:
    """The class that ``AsyncHTTPClient()`` makes."""
    chosen = AsyncHTTPClient._configured
    return AsyncHTTPClient if chosen is None else chosen[0]


def _save(cls: type[AsyncHTTPClient]) -> Any:
    """For tests: what `_restore_configuration` takes."""
    return AsyncHTTPClient._configured


def _restore(cls: type[AsyncHTTPClient], saved: Any) -> None:
    AsyncHTTPClient._configured = saved


# For `_RequestProxy`: what a request means that leaves them open.
HTTPRequest._DEFAULTS = {  # type: ignore[attr-defined]  # Tornado's name
    "allow_nonstandard_methods": False,
    "connect_timeout": 20.0,
    "decompress_response": True,
    "follow_redirects": True,
    "max_redirects": 5,
    "proxy_password": "",
    "request_timeout": 20.0,
    "validate_cert": True,
}

_members: dict[str, Any] = {
    "configured_class": _configurable,
    "_save_configuration": _save,
    "_restore_configuration": _restore,
}
for _name, _member in _members.items():
    setattr(AsyncHTTPClient, _name, classmethod(_member))

if __name__ == "__main__":
    main()
