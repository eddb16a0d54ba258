"""Handlers that need no code: redirects, and what others answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from zonda.http import HTTPServerRequest, url_concat

from .errors import HTTPError
from .handler import RequestHandler
from .header_values import is_url

# What leads to another host: a scheme, or two slashes; browsers read a backslash as one.
_TO_A_HOST: Final = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]{2}", re.IGNORECASE)


class FallbackHandler(RequestHandler):
    """Leaves every request to a function, such as an `Application` or another framework's.

    ``(r".*", FallbackHandler, {"fallback": wsgi_application})``
    """

    def initialize(self, fallback: Callable[[HTTPServerRequest], object]) -> None:
        """Take the function, which answers on the request's connection."""
        self.fallback = fallback

    def prepare(self) -> None:
        """Let the function answer."""
        self._finished = True
        self.fallback(self.request)
        self.on_finish()


class RedirectHandler(RequestHandler):
    """Sends every request on.

    ``(r"/old/(.*)", RedirectHandler, {"url": "/new/{0}"})``: groups of the pattern fill the
    places in the URL.
    """

    def initialize(self, url: str, permanent: bool = True) -> None:
        """Take the URL, in the language of `str.format`."""
        self._url = url
        self._permanent = permanent

    def get(self, *args: str, **kwargs: str) -> None:
        """Answer GET.

        :raises HTTPError: 400; a group would lead to another host than the URL names.
        """
        to_url = self._url.format(*args, **kwargs)
        if _leads_elsewhere(self._url, to_url):
            raise HTTPError(400, "the redirect to %r would leave this host", to_url)
        if not is_url(to_url):
            raise HTTPError(400, "a control character or a space in the redirect to %r", to_url)
        if self.request.query_arguments:
            to_url = url_concat(
                to_url,
                [
                    (name, value.decode("latin-1"))
                    for name, values in self.request.query_arguments.items()
                    for value in values
                ],
            )
        self.redirect(to_url, permanent=self._permanent)

    head = get


def _leads_elsewhere(template: str, url: str) -> bool:
    """Whether what was filled in made a local URL one of another host."""
    return _TO_A_HOST.match(template) is None and _TO_A_HOST.match(url) is not None
