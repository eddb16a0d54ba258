"""`LoginMixin`: what the mixins of all protocols offer."""

from __future__ import annotations

from zonda.httpclient import AsyncHTTPClient

from .flows import Flow, path_after
from .request_handler import handler_of


class LoginMixin:
    """Where a login leads to, and who asks the provider."""

    _finished_flow: Flow | None = None

    def get_next_url(self, default: str = "/") -> str:
        """Where to go after the login: a path of this site, whatever anybody asked for.

        :param default: if there was no ``next``, or one that leads elsewhere.
        """
        return path_after(handler_of(self), self._finished_flow, default)

    def get_auth_http_client(self) -> AsyncHTTPClient:
        """The client for requests to the provider; override it for one of your own."""
        return AsyncHTTPClient()
