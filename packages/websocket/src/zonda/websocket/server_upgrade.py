"""From a request to a websocket: what `WebSocketHandler` does with its GET."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING

from zonda.http import HTTPHeaders
from zonda.ioloop import eager
from zonda.iostream import Connection
from zonda.web import HTTPError

from .accepting import make_connection, switch
from .connection import WebSocketConnection
from .errors import HandshakeError, WebSocketClosedError
from .extension_header import Extension
from .origin import is_same_origin
from .server_handshake import UpgradeRequest, read_upgrade_request, upgrade_headers
from .states import Side

if TYPE_CHECKING:
    from .codec import Codec
    from .handler import WebSocketHandler


def answer(handler: WebSocketHandler, args: tuple[str, ...], kwargs: Mapping[str, str]) -> None:
    """Accept the websocket that *handler*'s request asks for, or say why not."""
    try:
        request = _read_request(handler)
    except HandshakeError as error:
        handler.set_status(error.code or 400)
        for name, value in error.headers.items():
            handler.set_header(name, value)
        handler.set_header("Content-Type", "text/plain; charset=UTF-8")
        handler.finish(f"{error.message}\n")
        return
    extension, codec = _agree_on_compression(handler, request)
    handler._selected_subprotocol = handler.select_subprotocol(list(request.subprotocols))
    headers = upgrade_headers(request, handler.selected_subprotocol, extension)
    _add_own_headers(handler, headers)
    # A wrapper around the application has no part in what comes now.
    http = getattr(handler.request.connection, "unwrapped", handler.request.connection)
    if not isinstance(http, Connection):
        raise HTTPError(501, "websockets need a connection of zonda.httpserver")
    connection = make_connection(
        http,
        handler,
        codec,
        max_message_size=handler.max_message_size,
        ping_interval=handler.ping_interval,
        ping_timeout=handler.ping_timeout,
        policy=handler.slow_consumer,
        max_send_queue=handler.max_send_queue,
    )
    handler.set_status(101)
    handler._finished = handler._headers_written = True
    handler.ws_connection = connection
    switch(http, headers, connection)
    handler.application.log_request(handler)
    handler.on_finish()
    _open(handler, connection, args, kwargs)


def end(handler: WebSocketHandler) -> None:
    """Call `WebSocketHandler.on_close` if `open` was called."""
    if not handler._opened:
        return
    handler._opened = False
    try:
        waiting = handler.on_close()
    except Exception:
        handler.log_exception(*sys.exc_info())
    else:
        if waiting is not None:
            eager.start(_finish_closing(handler, waiting))


def _read_request(handler: WebSocketHandler) -> UpgradeRequest:
    request = handler.request
    upgrade = read_upgrade_request(request.method or "", request.version, request.headers)
    origin = request.headers.get("Origin")
    if origin is None or is_same_origin(origin, request.protocol, request.host):
        return upgrade
    if not handler.check_origin(origin):
        raise HandshakeError("a page of another origin may not open this websocket", 403)
    return upgrade


def _agree_on_compression(
    handler: WebSocketHandler, request: UpgradeRequest
) -> tuple[Extension | None, Codec | None]:
    wanted = handler.get_compression_options()
    if wanted is None:
        return None, None
    from .compression import accept_offer, read_options

    options = read_options(wanted)
    accepted = accept_offer(request.extensions, options)
    if accepted is None:
        return None, None
    extension, agreement = accepted
    return extension, agreement.codec(Side.SERVER, options)


def _add_own_headers(handler: WebSocketHandler, headers: HTTPHeaders) -> None:
    """Headers and cookies that the handler has set; those about a body have no place here."""
    for name, value in handler._headers.get_all():
        if name not in headers and name not in ("Content-Type", "Content-Length"):
            headers.add(name, value)
    for line in (handler._new_cookies or {}).values():
        headers.add("Set-Cookie", line)


def _open(
    handler: WebSocketHandler,
    connection: WebSocketConnection,
    args: tuple[str, ...],
    kwargs: Mapping[str, str],
) -> None:
    handler._opened = True
    try:
        waiting = handler.open(*args, **kwargs)
    except Exception as error:
        connection.owner_failed(error)
    else:
        if waiting is not None:
            eager.start(_finish_opening(connection, waiting))
            return
    connection.start()


async def _finish_opening(connection: WebSocketConnection, waiting: Awaitable[None]) -> None:
    try:
        await waiting
    except Exception as error:
        connection.owner_failed(error)
    except BaseException:
        connection.abort()
        raise
    connection.start()


async def _finish_closing(handler: WebSocketHandler, waiting: Awaitable[None]) -> None:
    try:
        await waiting
    except WebSocketClosedError:
        return
    except Exception:
        handler.log_exception(*sys.exc_info())
