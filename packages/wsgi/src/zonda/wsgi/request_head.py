"""The start line and headers of a request, made of a WSGI environ.

The environ comes from another server, which may be less strict than Zonda's: what Zonda's own
server would refuse is refused here too.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote
from wsgiref.types import WSGIEnvironment

from zonda.http import (
    HTTPHeaders,
    HTTPInputError,
    HTTPOutputError,
    RequestStartLine,
    is_valid_host,
    parse_request_line,
)

# What may stand in a path unescaped (RFC 3986 section 3.3); a percent sign may not.
_PATH_CHARACTERS: Final = "/:@!$&'()*+,;=-._~"

_OTHER_FIELDS: Final = {"CONTENT_TYPE": "Content-Type", "CONTENT_LENGTH": "Content-Length"}


def read_head(environ: WSGIEnvironment) -> tuple[RequestStartLine, HTTPHeaders]:
    """Start line and headers of the request that *environ* describes.

    The path is the whole one, with that below which the application is mounted.

    :raises HTTPInputError: it is not one that may be served.
    """
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    target = quote(path.encode("latin-1"), safe=_PATH_CHARACTERS) or "/"
    query = environ.get("QUERY_STRING")
    if query:
        target = f"{target}?{query}"
    line = f"{environ['REQUEST_METHOD']} {target} HTTP/1.1"
    start_line = parse_request_line(line.encode("latin-1"))
    headers = HTTPHeaders()
    try:
        for key, value in environ.items():
            if key.startswith("HTTP_"):
                headers.add(key[5:].replace("_", "-").title(), value)
            elif key in _OTHER_FIELDS and value:
                headers.add(_OTHER_FIELDS[key], value)
    except HTTPOutputError as error:
        raise HTTPInputError(str(error)) from None
    if not is_valid_host(headers.get("Host", "localhost") or ""):
        raise HTTPInputError("a request names one host, in a valid Host header")
    version = environ.get("SERVER_PROTOCOL", "HTTP/1.1")
    return start_line._replace(version=version), headers
