"""Where an answer sends its client: RFC 9110 section 15.4, and what must not go along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urldefrag, urljoin

from zonda.http import HTTPHeaders

from .errors import ResponseError
from .request import HTTPRequest, Options
from .target import Target, parse_url

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

# Fields that say who one is.
_CREDENTIALS: Final = ("Authorization", "Cookie", "Proxy-Authorization")
# Fields that describe a body.
_BODY_FIELDS: Final = (
    *("Content-Length", "Content-Type", "Content-Encoding", "Content-Language"),
    *("Content-Location", "Expect", "Digest", "Content-Digest", "Repr-Digest"),
)
# Options that say who one is.
_CREDENTIAL_OPTIONS: Final = ("auth_username", "auth_password", "client_cert", "client_key")
_BEYOND_ASCII: Final = re.compile(r"[^\x21-\x7e]+")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
# What stays as it is when the rest of a location is percent-encoded.
_SAFE: Final = "".join(map(chr, range(0x21, 0x7F)))


def follow_redirect(
    request: HTTPRequest, options: Options, target: Target, code: int, location: str
) -> tuple[HTTPRequest, Target]:
    """The request that follows on an answer with *location*, and where it goes.

    * 303, and 301 and 302 after POST, become a GET without a body; the others stay what they are.
    * To another origin no credentials are taken along.

    :raises ResponseError: the location is no URL of ``http`` or ``https``.
    """
    url = _resolve(target, location)
    try:
        after = parse_url(url)
    except ValueError as error:
        raise ResponseError(f"the server redirects to what cannot be fetched: {error}") from None
    headers = HTTPHeaders(request.headers)
    given: dict[str, Any] = dict(options.__dict__)
    method, body = request.method, request.body
    if (code == 303 and method != "HEAD") or (code in (301, 302) and method == "POST"):
        method, body = "GET", None
        given.pop("body_producer", None)
        given.pop("expect_100_continue", None)
        for name in _BODY_FIELDS:
            headers.pop(name, None)
    if after.origin != target.origin:
        for name in (*_CREDENTIALS, "Host"):
            headers.pop(name, None)
        for name in _CREDENTIAL_OPTIONS:
            given.pop(name, None)
        tls = given.get("ssl_options")
        if isinstance(tls, Mapping):
            secret = ("certfile", "keyfile")
            given["ssl_options"] = {k: v for k, v in tls.items() if k not in secret}
        given.pop("unix_socket", None)
    elif target.userinfo is not None and after.userinfo is None:
        given.setdefault("auth_username", target.userinfo[0])
        given.setdefault("auth_password", target.userinfo[1])
    return HTTPRequest(url, method, headers, body, **given), after


def _resolve(target: Target, location: str) -> str:
    # Header values come as Latin-1; what is beyond ASCII in them are bytes to be encoded.
    location = _BEYOND_ASCII.sub(
        lambda found: quote(found[0].encode("latin-1"), safe=_SAFE), location.strip(" \t")
    )
    if location.startswith("//"):
        location = f"{target.scheme}:{location}"
    if _ABSOLUTE.match(location):
        # As it stands: `urljoin` would take "http:///x" for a path on the same host.
        return urldefrag(location).url
    base = f"{target.scheme}://{target.authority}{target.path}"
    try:
        return urldefrag(urljoin(base, location)).url
    except ValueError as error:
        raise ResponseError(f"the server redirects to no valid URL: {error}") from None
