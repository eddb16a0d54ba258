"""HTTP messages and their parts."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zonda.http import (
    HTTPConnection,
    HTTPFile,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPOutputError,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    ParseBodyConfig,
    ParseMultipartConfig,
    RequestStartLine,
    ResponseStartLine,
    format_timestamp,
    get_content_range,
    parse_body_arguments,
    parse_cookie,
    parse_multipart_form_data,
    parse_request_start_line,
    parse_response_start_line,
    set_parse_body_config,
    split_host_and_port,
    unquote_cookie_value,
    url_concat,
)

__all__ = [
    "HTTPConnection",
    "HTTPFile",
    "HTTPHeaders",
    "HTTPInputError",
    "HTTPMessageDelegate",
    "HTTPOutputError",
    "HTTPServerConnectionDelegate",
    "HTTPServerRequest",
    "ParseBodyConfig",
    "ParseMultipartConfig",
    "RequestStartLine",
    "ResponseStartLine",
    "encode_username_password",
    "format_timestamp",
    "parse_body_arguments",
    "parse_cookie",
    "parse_multipart_form_data",
    "parse_request_start_line",
    "parse_response_start_line",
    "qs_to_qsl",
    "responses",
    "set_parse_body_config",
    "split_host_and_port",
    "url_concat",
]

#: The texts that usually stand beside a status.
responses = http.client.responses

_get_content_range = get_content_range
_unquote_cookie = unquote_cookie_value


def encode_username_password(username: str | bytes, password: str | bytes) -> bytes:
    """The two with a colon between, as basic authentication needs them."""
    return b":".join(
        part if isinstance(part, bytes) else part.encode() for part in (username, password)
    )


def qs_to_qsl(qs: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Any]]:
    """The pairs of what `urllib.parse.parse_qs` gave."""
    for name, values in qs.items():
        for value in values:
            yield (name, value)
