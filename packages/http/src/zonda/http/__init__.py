"""HTTP without I/O: headers, start lines, requests, cookies, forms, dates, HTTP/1 framing.

>>> from zonda.http import HTTPHeaders, parse_request_line
>>> parse_request_line(b"GET /articles?page=2 HTTP/1.1").method
'GET'
>>> HTTPHeaders({"content-type": "text/html"})["Content-Type"]
'text/html'
"""

from __future__ import annotations

from .body import (
    MAX_CHUNK_LINE,
    MAX_TRAILER_SIZE,
    BodyDecoder,
    ChunkedDecoder,
    LengthDecoder,
    decoder_for,
)
from .cookies import Morsel, parse_cookie, quote_cookie_value, unquote_cookie_value
from .dates import format_timestamp, parse_date
from .delegate import (
    ConnectionContext,
    HTTPConnection,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
)
from .errors import HTTPInputError, HTTPOutputError, HTTPProtocolError
from .forms import (
    HTTPFile,
    ParseBodyConfig,
    parse_body,
    parse_body_arguments,
    parse_multipart_form_data,
    set_parse_body_config,
)
from .head import (
    EMPTY_BLOCK,
    MAX_HEADER_COUNT,
    Framing,
    HeaderBlock,
    is_valid_host,
    parse_header_block,
    parse_request_block,
)
from .headers import HTTPHeaders, canonical_name, check_value
from .request import HTTPServerRequest
from .start_line import (
    RequestStartLine,
    ResponseStartLine,
    parse_request_line,
    parse_request_start_line,
    parse_response_start_line,
    recall_request_line,
)
from .urls import parse_query, split_host_and_port, url_concat

__all__ = [
    "EMPTY_BLOCK",
    "MAX_CHUNK_LINE",
    "MAX_HEADER_COUNT",
    "MAX_TRAILER_SIZE",
    "BodyDecoder",
    "ChunkedDecoder",
    "ConnectionContext",
    "Framing",
    "HTTPConnection",
    "HTTPFile",
    "HTTPHeaders",
    "HTTPInputError",
    "HTTPMessageDelegate",
    "HTTPOutputError",
    "HTTPProtocolError",
    "HTTPServerConnectionDelegate",
    "HTTPServerRequest",
    "HeaderBlock",
    "LengthDecoder",
    "Morsel",
    "ParseBodyConfig",
    "RequestStartLine",
    "ResponseStartLine",
    "canonical_name",
    "check_value",
    "decoder_for",
    "format_timestamp",
    "is_valid_host",
    "parse_body",
    "parse_body_arguments",
    "parse_cookie",
    "parse_date",
    "parse_header_block",
    "parse_multipart_form_data",
    "parse_query",
    "parse_request_block",
    "parse_request_line",
    "parse_request_start_line",
    "parse_response_start_line",
    "quote_cookie_value",
    "recall_request_line",
    "set_parse_body_config",
    "split_host_and_port",
    "unquote_cookie_value",
    "url_concat",
]
