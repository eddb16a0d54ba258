"""Which pages may open a websocket here: RFC 6454, RFC 6455 section 10.2.

Browsers let any page open a websocket to any host, with the cookies of that host, and only tell the
server in ``Origin`` where the page is from.
"""

from __future__ import annotations

import re

from zonda.http import is_valid_host, split_host_and_port

_PORTS = {"http": 80, "https": 443}


def is_same_origin(origin: str, scheme: str, host: str) -> bool:
    """Whether a page of *origin* and a request for *host* share scheme, host and port.

    :param origin: as a browser sends it; a path behind it does not matter.
    :param scheme: ``http`` or ``https``, as of the request.
    :param host: the request's host, with a port if it is not the usual one.

    >>> is_same_origin("https://example.org", "https", "Example.org:443")
    True
    >>> is_same_origin("http://example.org:8000", "http", "example.org")
    False
    >>> is_same_origin("null", "http", "example.org")
    False
    """
    page = _split(origin)
    return page is not None and page == _split(f"{scheme}://{host}")


def _split(url: str) -> tuple[str, str, int] | None:
    scheme, _, rest = url.lower().partition("://")
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    if scheme not in _PORTS or not is_valid_host(authority):
        return None
    host, port = split_host_and_port(authority.removesuffix(":"))
    return scheme, host, _PORTS[scheme] if port is None else port
