"""`websocket_connect`: from a URL to an open websocket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Final
from urllib.parse import urljoin

from .accept_key import new_handshake_key
from .client import MessageCallback, WebSocketClientConnection
from .client_handshake import client_conversation, upgrade_request
from .client_options import ConnectOptions, RequestLike, read_connect_options
from .client_transport import Opener, Resolver, converse
from .compression import CompressionOptions
from .connection import WebSocketConnection
from .errors import HandshakeError, ProxyError
from .fine_sweep import sweep_for
from .limits import MAX_MESSAGE_SIZE
from .protocol import Protocol
from .slow_consumers import MAX_SEND_QUEUE, SlowConsumer
from .states import Side
from .websocket_url import WebSocketURL, parse_websocket_url

# Redirects that are followed one after the other.
MAX_REDIRECTS: Final = 5

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CREDENTIALS: Final = ("Authorization", "Cookie", "Proxy-Authorization")


class Connecting(asyncio.Task[WebSocketClientConnection]):
    """A task whose result is the open websocket; ``async with`` also closes it."""

    async def __aenter__(self) -> WebSocketClientConnection:
        return await self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.result().__aexit__(typ, value, tb)


def websocket_connect(
    url: str | RequestLike,
    callback: Callable[[asyncio.Future[WebSocketClientConnection]], None] | None = None,
    connect_timeout: float | None = None,
    on_message_callback: MessageCallback | None = None,
    compression_options: Mapping[str, object] | CompressionOptions | None = None,
    ping_interval: float | None = None,
    ping_timeout: float | None = None,
    max_message_size: int = MAX_MESSAGE_SIZE,
    subprotocols: Sequence[str] | None = None,
    resolver: Resolver | None = None,
    *,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    ssl_options: Mapping[str, object] | ssl.SSLContext | None = None,
    proxy: str | None = None,
    unix_socket: str | None = None,
    follow_redirects: bool | None = None,
    slow_consumer: SlowConsumer | str = SlowConsumer.WAIT,
    max_send_queue: int = MAX_SEND_QUEUE,
    opener: Opener | None = None,
) -> Connecting:
    """Open a websocket to a server.

    >>> import asyncio
    >>> async def ask(url: str) -> str | bytes | None:
    ...     async with websocket_connect(url) as websocket:
    ...         await websocket.write_message("hello")
    ...         return await websocket.read_message()

    :param url: ``ws://…`` or ``wss://…``, or a request of `zonda.httpclient`.
    :param callback: called with the finished task, for programs without coroutines.
    :param connect_timeout: seconds for everything up to the server's answer; 20 by default, 0 for
        as long as it takes.
    :param on_message_callback: called with each message, and with None at the end; without it
        messages are read from the result.
    :param compression_options: names of `CompressionOptions`; None for no compression.
    :param ping_interval: seconds between pings; None or 0 for none.
    :param ping_timeout: seconds to wait for a sign of life after a ping, at most *ping_interval*,
        which is the default.
    :param max_message_size: bytes of a message; a larger one closes with code 1009.
    :param subprotocols: to offer, the best first.
    :param resolver: finds the addresses of a host in place of the system's.
    :param headers: more headers for the handshake, such as ``Origin`` or ``Cookie``.
    :param ssl_options: a context or a mapping for `zonda.iostream.ssl_options_to_context`; without,
        certificates are verified with the system's authorities.
    :param proxy: ``http://``, ``https://`` or ``socks5://``, with user and password if it needs
        them.
    :param unix_socket: the path of the server's socket; host and port then only name the server.
    :param follow_redirects: whether to (the default) or to fail.  A redirect to another origin
        never gets credentials, and one from TLS to plain text is never followed.
    :param slow_consumer: what happens to messages for a server that does not read.
    :param max_send_queue: bytes of messages that may wait for such a server.
    :param opener: a coroutine function that, of host and port, makes streams to use as they are,
        without TLS or proxy; in tests, one end of `zonda.iostream.stream_pair`.
    :raises ValueError: at once, for a URL or an option that cannot be, as `TypeError` for one of a
        wrong type; all that follows comes from awaiting the result.
    :raises HandshakeError: the server refused; its ``code`` is the status.  A proxy's refusal is
        the `ProxyError` among them.
    :raises TimeoutError: *connect_timeout* passed.
    :raises OSError: the server cannot be reached, or its certificate is not trusted.
    """
    options = read_connect_options(
        url,
        connect_timeout=connect_timeout,
        on_message_callback=on_message_callback,
        compression_options=compression_options,
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
        max_message_size=max_message_size,
        subprotocols=subprotocols,
        resolver=resolver,
        headers=headers,
        ssl_options=ssl_options,
        proxy=proxy,
        unix_socket=unix_socket,
        follow_redirects=follow_redirects,
        slow_consumer=slow_consumer,
        max_send_queue=max_send_queue,
        opener=opener,
    )
    address = parse_websocket_url(_text_of(url))
    connecting = Connecting(connect(address, options), loop=asyncio.get_running_loop())
    if callback is not None:
        connecting.add_done_callback(callback)
    return connecting


def _text_of(url: str | RequestLike) -> str:
    text: object = url if isinstance(url, str) else getattr(url, "url", None)
    if not isinstance(text, str):
        raise TypeError(f"a URL is a str, or a request that has one, not {type(url).__name__}")
    return text


async def connect(url: WebSocketURL, options: ConnectOptions) -> WebSocketClientConnection:
    """Open a websocket, following redirects; see `websocket_connect`."""
    try:
        async with asyncio.timeout(options.connect_timeout) as limit:
            return await _connect_following(url, options)
    except TimeoutError:
        if not limit.expired():
            raise
        raise TimeoutError(
            f"no websocket to {url.host_field} within {options.connect_timeout} seconds"
        ) from None


async def _connect_following(
    url: WebSocketURL, options: ConnectOptions
) -> WebSocketClientConnection:
    for _ in range(MAX_REDIRECTS + 1):
        try:
            return await _connect_once(url, options)
        except ProxyError:
            raise  # a proxy has no say in where the server is
        except HandshakeError as error:
            if error.code not in _REDIRECTS or not options.follow_redirects:
                raise
            url = _redirected(url, options, error)
    raise HandshakeError(f"more than {MAX_REDIRECTS} redirects")


async def _connect_once(url: WebSocketURL, options: ConnectOptions) -> WebSocketClientConnection:
    loop = asyncio.get_running_loop()
    key = new_handshake_key()
    headers = options.headers.copy()
    if url.authorization is not None and "Authorization" not in headers:
        headers["Authorization"] = url.authorization
    request = upgrade_request(
        url.host_field, url.target, key, headers, options.subprotocols, options.compression
    )
    conversation = client_conversation(request, key, options.subprotocols, options.compression)
    sweep = sweep_for(loop, options.shortest_timeout)
    exchange, answer = await converse(url, options.route, sweep, conversation)
    client = WebSocketClientConnection(
        answer.headers, answer.subprotocol, options.on_message_callback
    )
    codec = None
    if answer.agreement is not None and options.compression is not None:
        codec = answer.agreement.codec(Side.CLIENT, options.compression)
    connection = WebSocketConnection(
        loop,
        sweep,
        Protocol(Side.CLIENT, codec, max_message_size=options.max_message_size),
        client,
        keep_alive=options.keep_alive(),
        policy=options.slow_consumer,
        max_send_queue=options.max_send_queue,
    )
    client.attach(connection)
    exchange.hand_over(connection)
    connection.start()
    return client


def _redirected(url: WebSocketURL, options: ConnectOptions, error: HandshakeError) -> WebSocketURL:
    """Where a redirect leads, if it may be followed.

    :raises HandshakeError: it may not.
    """
    location = error.headers.get("Location")
    if not location:
        raise error
    here = f"{'https' if url.secure else 'http'}://{url.host_field}{url.target}"
    # urljoin knows http, but not ws.
    target = urljoin(here, location.replace("ws", "http", 1) if location[:2] == "ws" else location)
    try:
        new = parse_websocket_url(target)
    except ValueError as invalid:
        raise HandshakeError(f"a redirect to nowhere: {invalid}", error.code) from None
    if url.secure and not new.secure:
        raise HandshakeError("a redirect from TLS to plain text is not followed", error.code)
    if new.origin == url.origin:
        return new._replace(authorization=new.authorization or url.authorization)
    if url.authorization is not None or any(name in options.headers for name in _CREDENTIALS):
        raise HandshakeError(
            "a redirect to another origin is not followed with credentials", error.code
        )
    return new
