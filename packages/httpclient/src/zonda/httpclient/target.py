"""What a URL says about where to connect and what to ask for: RFC 3986, RFC 9110 section 4.2."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from zonda.http import is_valid_host

from .errors import RequestError
from .limits import REMEMBERED_URLS

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_ALLOWED: Final = re.compile(r"[\x21-\x7e]+")
# A backslash is a slash to browsers: what they take for the host would be a name here.
_ALLOWED_AUTHORITY: Final = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
# What ends a host; there are other characters whose ASCII form is one of them.
_DELIMITERS: Final = frozenset("/?#@:")
# Letters that IDNA 2003 and 2008 take for different hosts.
_AMBIGUOUS: Final = frozenset("ß\u1e9e\u03c2\u200c\u200d")
# What may be a name and password.
_BEFORE_AT: Final = re.compile(r"[^/?#]*@")
_SHOWN: Final = 80
_LOOKED_AT: Final = 400


class Target(NamedTuple):
    """A URL in parts.

    :ivar scheme: ``http`` or ``https``.
    :ivar host: as it is connected to: without brackets, in ASCII.
    :ivar port: the URL's or the scheme's.
    :ivar path: what stands in the request line: path and query.
    :ivar authority: what stands in ``Host``.
    :ivar userinfo: name and password, or None.
    """

    scheme: str
    host: str
    port: int
    path: str
    authority: str
    userinfo: tuple[str, str] | None

    @property
    def origin(self) -> tuple[str, str, int]:
        """What has to be the same for credentials to be shared (RFC 6454)."""
        return self.scheme, self.host, self.port


@lru_cache(maxsize=REMEMBERED_URLS)
def parse_url(url: str) -> Target:
    """Take a URL apart.

    >>> parse_url("http://example.com:8080/a?b=c#d")[:4]
    ('http', 'example.com', 8080, '/a?b=c')

    :raises RequestError: the scheme is another, there is no valid host, or there are characters
        that must be percent-encoded.
    """
    scheme, colon, rest = url.partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in DEFAULT_PORTS:
        raise RequestError(f"only http:// and https:// can be fetched, not {shown(url)}")
    end = min((i for i in map(rest.find, "/?#") if i >= 0), default=len(rest))
    # The host may be international, the rest may not: it has an encoding only percent-encoded.
    if _ALLOWED.fullmatch(rest[end:] or "/") is None:
        raise RequestError(
            f"a URL has a space, a control character or one beyond ASCII that must be "
            f"percent-encoded: {shown(url)}"
        )
    authority = _to_ascii(rest[:end], url)
    try:
        parts = urlsplit(f"{scheme}://{authority}{rest[end:]}")
        port = parts.port
    except ValueError as error:
        raise RequestError(f"no valid URL: {shown(url)}: {error}") from None
    host = parts.hostname
    hostport = authority.rpartition("@")[2].lower()
    if not host or not is_valid_host(hostport) or "%" in hostport or port == 0:
        raise RequestError(f"a URL has no valid host: {shown(url)}")
    if port is None or port == DEFAULT_PORTS[scheme]:
        hostport = f"[{host}]" if ":" in host else host
    path = parts.path or "/"
    return Target(
        scheme,
        host,
        port or DEFAULT_PORTS[scheme],
        f"{path}?{parts.query}" if parts.query else path,
        hostport,
        None
        if parts.username is None
        else (unquote(parts.username), unquote(parts.password or "")),
    )


def _to_ascii(authority: str, url: str) -> str:
    userinfo, at, hostport = authority.rpartition("@")
    if not hostport.isascii():
        host, colon, port = hostport.partition(":")
        if not _AMBIGUOUS.isdisjoint(host):
            raise RequestError(f"a host that may be another one; write it as xn--: {shown(url)}")
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise RequestError(f"a URL has no valid host: {shown(url)}: {error}") from None
        if not _DELIMITERS.isdisjoint(host):
            raise RequestError(f"a URL has no valid host: {shown(url)}")
        hostport = host + colon + port
    authority = userinfo + at + hostport
    if not authority or _ALLOWED_AUTHORITY.fullmatch(authority) is None:
        raise RequestError(f"a URL has no valid host: {shown(url)}")
    return authority


def shown(url: str) -> str:
    """*url* as it may stand in a message: not all of it if it is long, and without a password."""
    return repr(_BEFORE_AT.sub("…@", url[:_LOOKED_AT])[:_SHOWN])
