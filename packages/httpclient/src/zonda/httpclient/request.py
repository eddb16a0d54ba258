"""`HTTPRequest` and its options."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

from zonda.http import HTTPHeaders, HTTPProtocolError, format_timestamp

from .errors import RequestError
from .limits import CONNECT_TIMEOUT, MAX_BODY_SIZE, MAX_REDIRECTS, REQUEST_TIMEOUT
from .option_checks import check_options

if TYPE_CHECKING:
    from zonda.http import FormFields

Path = str | os.PathLike[str]
#: Sends a piece of a request's body; to be awaited, so that no more is made than is taken.
Write = Callable[[bytes], Awaitable[None]]
BodyProducer = Callable[[Write], Awaitable[None] | None]
StreamingCallback = Callable[[bytes], object]


class RequestOptions(TypedDict, total=False):
    """The keyword arguments of `HTTPRequest` beside method, headers and body."""

    auth_username: str | None
    auth_password: str | None
    auth_mode: str | None
    connect_timeout: float | None
    request_timeout: float | None
    queue_timeout: float | None
    read_timeout: float | None
    if_modified_since: datetime | float | None
    follow_redirects: bool | None
    max_redirects: int | None
    user_agent: str | None
    use_gzip: bool | None
    network_interface: str | None
    streaming_callback: StreamingCallback | None
    header_callback: Callable[[str], object] | None
    prepare_curl_callback: Callable[[Any], None] | None
    proxy_host: str | None
    proxy_port: int | None
    proxy_username: str | None
    proxy_password: str | None
    proxy_auth_mode: str | None
    allow_nonstandard_methods: bool | None
    validate_cert: bool | None
    ca_certs: Path | None
    allow_ipv6: bool | None
    client_key: Path | None
    client_cert: Path | None
    body_producer: BodyProducer | None
    expect_100_continue: bool | None
    decompress_response: bool | None
    ssl_options: Mapping[str, object] | ssl.SSLContext | None
    unix_socket: Path | None
    max_body_size: int | None
    params: FormFields | None
    json: object
    form: FormFields | None


class Options:
    """What can be said about a fetch, with the values that hold where nothing is said."""

    auth_username: str | None = None
    auth_password: str | None = None
    auth_mode: str = "basic"
    connect_timeout: float = CONNECT_TIMEOUT
    request_timeout: float = REQUEST_TIMEOUT
    queue_timeout: float | None = None
    read_timeout: float | None = None
    follow_redirects: bool = True
    max_redirects: int = MAX_REDIRECTS
    user_agent: str | None = None
    network_interface: str | None = None
    streaming_callback: StreamingCallback | None = None
    header_callback: Callable[[str], object] | None = None
    prepare_curl_callback: Callable[[Any], None] | None = None
    proxy_host: str | None = None
    proxy_port: int | None = None
    proxy_username: str | None = None
    proxy_password: str = ""
    proxy_auth_mode: str = "basic"
    allow_nonstandard_methods: bool = False
    validate_cert: bool = True
    ca_certs: Path | None = None
    allow_ipv6: bool = True
    client_key: Path | None = None
    client_cert: Path | None = None
    body_producer: BodyProducer | None = None
    expect_100_continue: bool = False
    decompress_response: bool = True
    ssl_options: Mapping[str, object] | ssl.SSLContext | None = None
    unix_socket: Path | None = None
    max_body_size: int = MAX_BODY_SIZE


OPTION_NAMES = frozenset(Options.__annotations__)

#: What is said with a request, and is then in its URL, or its body and headers.
CONTENT_NAMES: Final = frozenset({"form", "json", "params"})

# Options that neither the request nor the way to the server depends on.
_UNSEEN = frozenset(
    {
        "connect_timeout",
        "follow_redirects",
        "header_callback",
        "max_body_size",
        "max_redirects",
        "prepare_curl_callback",
        "queue_timeout",
        "read_timeout",
        "request_timeout",
        "streaming_callback",
    }
)


class MergedOptions(Options):
    """Options of a request and its client, with what every fetch asks, found out once.

    :ivar total: ``request_timeout``, or infinity.
    :ivar silence: ``read_timeout``, or infinity.
    :ivar is_plain: a request and its way are what they would be without options.
    :ivar is_watched: something of the user's is called on the way.
    :ivar takes_whole: bytes of the largest answer that may come in one piece; 0 if it is watched.
    :ivar has_producer: there is a ``body_producer``.
    """

    # Slots are read faster than what has a default in the class.
    __slots__ = ("has_producer", "is_plain", "is_watched", "silence", "takes_whole", "total")

    def __init__(self, options: dict[str, Any]) -> None:
        check_options(options)
        self.__dict__.update(options)
        self.is_plain = options.keys() <= _UNSEEN
        self.total = self.request_timeout or float("inf")
        self.silence = float(self.read_timeout or "inf")
        self.has_producer = self.body_producer is not None
        self.is_watched = (
            self.streaming_callback is not None
            or self.header_callback is not None
            or self.has_producer
        )
        self.takes_whole = 0 if self.is_watched else self.max_body_size


class HTTPRequest(Options):
    """A request to be fetched.

    >>> request = HTTPRequest("http://example.com/", "POST", body="a=1", request_timeout=5)
    >>> request.method, request.body, request.request_timeout
    ('POST', b'a=1', 5)

    An option that is not given, or None, has the client's default (``defaults`` of
    `AsyncHTTPClient`), else the one below.

    :param url: ``http`` or ``https``, ASCII (see `zonda.http.url_concat`); a name and password in
        it are used as ``auth_username`` and ``auth_password``.
    :param method: in capitals.
    :param headers: any mapping or list of pairs.
    :param body: bytes, or text that is sent as UTF-8; POST, PUT and PATCH need one, others must
        not have one, unless ``allow_nonstandard_methods``.
    :param auth_username: for the server.
    :param auth_password: for the server.
    :param auth_mode: ``"basic"`` (default) or ``"digest"`` (RFC 7616).
    :param connect_timeout: seconds for finding the address, connecting, TLS; 20; 0 is no limit.
    :param request_timeout: seconds for all of it, redirects and waiting included; 20; 0 is no
        limit.
    :param queue_timeout: seconds to wait for a connection to be free; the smaller one of the
        other two unless given.
    :param read_timeout: seconds in which at least one byte must come; no limit unless given.
    :param if_modified_since: sent as ``If-Modified-Since``.
    :param follow_redirects: whether to go where 301, 302, 303, 307 and 308 say; True.
        Credentials are not taken along to another origin.
    :param max_redirects: how many; 5.  One more is the answer itself.
    :param user_agent: sent as ``User-Agent``.
    :param decompress_response: ask for compressed answers, and undo it; True.
    :param use_gzip: the former name of ``decompress_response``.
    :param network_interface: local IP address to connect from.
    :param streaming_callback: called with each piece of the body, which is then not kept; if the
        result can be awaited, reading waits for it.
    :param header_callback: called with each line of the final answer's head, line end included.
    :param prepare_curl_callback: called with the curl handle, where curl is used.
    :param proxy_host: HTTP proxy to use, with ``proxy_port``; or a URL with ``http``, ``https``
        or ``socks5``.
    :param proxy_port: the proxy's port.
    :param proxy_username: for the proxy.
    :param proxy_password: for the proxy.
    :param proxy_auth_mode: ``"basic"`` (default) or ``"digest"``.
    :param allow_nonstandard_methods: any method, with or without a body.
    :param validate_cert: False accepts any certificate.
    :param ca_certs: PEM file with authorities instead of the system's.
    :param allow_ipv6: False uses IPv4 only.
    :param client_key: PEM file with the client certificate's key, if not in that file.
    :param client_cert: PEM file with a certificate to show to the server.
    :param body_producer: called with a function that sends a piece of the body, to be awaited;
        the body has the length of ``Content-Length``, or is sent in chunks.
    :param expect_100_continue: send the body only after the server has agreed to it (or has said
        nothing for a second).
    :param ssl_options: a context or dictionary as of `zonda.iostream.ssl_options_to_context`,
        instead of ``validate_cert``, ``ca_certs``, ``client_key`` and ``client_cert``.
    :param unix_socket: path of a socket to connect to, whatever the URL's host.
    :param max_body_size: bytes that the answer's body may have, after decompression, also where
        it is not kept; 100 MiB.
    :param params: added to the URL's query: a mapping whose values may be lists of several, or a
        list of pairs; values are text, bytes or numbers.
    :param json: a value that is sent as JSON in UTF-8, instead of *body*; None is none.
    :param form: fields that are sent as ``application/x-www-form-urlencoded``, instead of *body*;
        as *params*.  With files, see `MultipartBody`.
    :raises RequestError: a header, an option's value, or a combination that makes no sense.
    :raises TypeError: an unknown option, or a value of another type.
    """

    # What is an option is in the object's dict, and nothing else.
    __slots__ = ("_body", "_headers", "method", "start_time", "url")

    def __init__(
        self,
        url: str,
        method: str = "GET",
        headers: Mapping[str, str] | HTTPHeaders | None = None,
        body: str | bytes | None = None,
        **options: Unpack[RequestOptions],
    ) -> None:
        if not isinstance(url, str):
            raise TypeError(f"a URL is a str, not {url!r}")
        self.url = url
        self.method = method
        self._headers: HTTPHeaders | None = None
        if headers is not None:
            self.headers = headers
        self._body = body if body is None else _to_bytes(body)
        self.start_time = time.time()
        if options:
            taken = dict(options)
            if not CONTENT_NAMES.isdisjoint(taken):
                self._take_content(taken)
            self._take(taken)

    @property
    def headers(self) -> HTTPHeaders:
        """The header fields; can be set to any mapping, or None for no fields."""
        headers = self._headers
        if headers is None:
            headers = self._headers = HTTPHeaders()
        return headers

    @headers.setter
    def headers(self, value: Mapping[str, str] | HTTPHeaders | None) -> None:
        if value is None or isinstance(value, HTTPHeaders):
            self._headers = value
            return
        try:
            self._headers = HTTPHeaders(value)
        except HTTPProtocolError as error:
            raise RequestError(str(error)) from None

    @property
    def has_headers(self) -> bool:
        """Whether there are any header fields."""
        return bool(self._headers)

    @property
    def body(self) -> bytes | None:
        """The body, or None; can be set to text."""
        return self._body

    @body.setter
    def body(self, value: str | bytes | None) -> None:
        self._body = value if value is None else _to_bytes(value)

    def given(self) -> dict[str, Any]:
        """The options that this request has values for."""
        return {
            name: value
            for name, value in self.__dict__.items()
            if value is not None and name in OPTION_NAMES
        }

    def _take(self, options: dict[str, Any]) -> None:
        since = options.pop("if_modified_since", None)
        if since is not None:
            self._headers = HTTPHeaders(self.headers)
            self._headers["If-Modified-Since"] = format_timestamp(since)
        use_gzip = options.pop("use_gzip", None)
        if use_gzip is not None:
            options.setdefault("decompress_response", use_gzip)
        unknown = sorted(options.keys() - OPTION_NAMES)
        if unknown:
            raise TypeError(f"unknown options of a request: {', '.join(unknown)}")
        self.__dict__.update({k: v for k, v in options.items() if v is not None})
        if self._body is not None and options.get("body_producer") is not None:
            raise RequestError("a request has a body or a body_producer, not both")
        check_options(options)

    def _take_content(self, options: dict[str, Any]) -> None:
        from .request_content import encoded_body, with_params

        params = options.pop("params", None)
        if params is not None:
            self.url = with_params(self.url, params)
        kind, body = encoded_body(options.pop("json", None), options.pop("form", None))
        if body is None:
            return
        if self._body is not None or options.get("body_producer") is not None:
            raise RequestError("a request has one body: body, body_producer, json or form")
        self._body = body
        if "Content-Type" not in self.headers:
            self._headers = HTTPHeaders(self.headers)
            self._headers["Content-Type"] = kind


def _to_bytes(body: str | bytes) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if not isinstance(body, bytearray | memoryview):
        raise TypeError(f"a body is bytes or str, not of {type(body)}")
    return bytes(body)


def merge_options(defaults: dict[str, Any], given: dict[str, Any]) -> MergedOptions:
    """The options of a request; where it says nothing, those of *defaults*."""
    return MergedOptions({**defaults, **given})
