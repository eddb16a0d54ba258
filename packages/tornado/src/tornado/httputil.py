"""HTTP messages and their parts."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

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
    "urlencode",
]

#: The texts that usually stand beside a status.
responses = http.client.responses

_DEFAULT_PARSE_BODY_CONFIG = ParseBodyConfig()
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


def _parse_request_range(range_header: str) -> tuple[int | None, int | None] | None:
    """The one range of a ``Range`` header, for slicing; None for anything else."""
    unit, _, value = range_header.partition("=")
    start, dash, end = value.strip().partition("-")
    if unit.strip() != "bytes" or not dash:
        return None
    try:
        first = int(start) if start.strip() else None
        last = int(end) if end.strip() else None
    except ValueError:
        return None
    if last is None:
        return first, None
    if first is None:
        return (-last, None) if last else None
    return first, last + 1


def _parseparam(s: str) -> Iterator[str]:
    """The parts between the semicolons of *s*, which do not count within quotes."""
    part = ""
    quoted = escaped = False
    for character in s.removeprefix(";"):
        if character == ";" and not quoted:
            yield part.strip()
            part = ""
            continue
        if character == '"' and not escaped:
            quoted = not quoted
        escaped = character == "\\" and not escaped
        part += character
    yield part.strip()
