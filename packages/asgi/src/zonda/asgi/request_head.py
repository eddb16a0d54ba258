"""The start line and headers of a request, made of an ASGI scope.

The scope comes from another server, which may be less strict than Zonda's: what Zonda's own server
would refuse is refused here too.
"""

from __future__ import annotations

from urllib.parse import quote

from zonda.http import (
    HTTPHeaders,
    HTTPInputError,
    HTTPOutputError,
    RequestStartLine,
    is_valid_host,
    parse_request_line,
)

from .protocol import Scope

# What may stand in a path unescaped (RFC 3986 section 3.3); a percent sign may not.
_PATH_CHARACTERS = "/:@!$&'()*+,;=-._~"


def read_head(scope: Scope) -> tuple[RequestStartLine, HTTPHeaders]:
    """Start line and headers of the request that *scope* describes.

    :raises HTTPInputError: it is not one that may be served.
    """
    raw_path = scope.get("raw_path")
    path = raw_path or quote(scope["path"], safe=_PATH_CHARACTERS).encode("ascii")
    query = scope.get("query_string")
    target = b"%b?%b" % (path, query) if query else path
    method = scope["method"].encode("ascii", "replace")
    start_line = parse_request_line(b"%b %b HTTP/1.1" % (method, target))
    headers = HTTPHeaders()
    try:
        for name, value in scope["headers"]:
            headers.add(name.decode("latin-1"), value.decode("latin-1"))
    except HTTPOutputError as error:
        raise HTTPInputError(str(error)) from None
    hosts = headers.get_list("Host")
    if len(hosts) > 1 or (hosts and not is_valid_host(hosts[0])):
        raise HTTPInputError("a request names one host, in a valid Host header")
    return start_line._replace(version=f"HTTP/{scope['http_version']}"), headers
