"""Websockets of an application behind a foreign ASGI server.

The foreign server speaks the protocol with the client, and has messages for us.  The application
has handlers that expect a connection.  Between the two is a pair of streams in memory: at one end
Zonda's server and the handler, as for any client; at the other a websocket client that passes on
what the foreign server says.  So everything that a handler can do works, in the same way: cookies,
users, refusals, back-pressure, close codes.

::

    client ~~ foreign server ── messages ── (websocket client ═ memory ═ HTTPServer) ── handler
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from zonda.http import HTTPHeaders, HTTPInputError, HTTPServerConnectionDelegate
from zonda.httpserver import HTTPServer
from zonda.iostream import IOStream, stream_pair

from .close_codes import INTERNAL_ERROR, NORMAL, REFUSED
from .errors import MessageError, MissingExtraError
from .peer import peer_of
from .protocol import Receive, Scope, Send
from .request_head import read_head
from .websocket_extra import websocket_package

if TYPE_CHECKING:
    from zonda.websocket import WebSocketClientConnection

log = logging.getLogger("zonda.general")

# Seconds that a handler may take to accept or refuse; it may ask a database for the user first.
HANDSHAKE_TIMEOUT: Final = 60.0

# What is sent to the client was limited by nobody: the application knows what it sends.
_NO_LIMIT: Final = 1 << 62

# What belongs to the handshake with the client, which is over, or to the one in memory.
_OF_THE_HANDSHAKE: Final = frozenset(
    {
        "Connection",
        "Keep-Alive",
        "Sec-Websocket-Accept",
        "Sec-Websocket-Extensions",
        "Sec-Websocket-Key",
        "Sec-Websocket-Protocol",
        "Sec-Websocket-Version",
        "Upgrade",
    }
)
_OF_AN_ANSWER: Final = _OF_THE_HANDSHAKE | {"Content-Length", "Date", "Server", "Transfer-Encoding"}


class WebSocketAdapter:
    """Lets handlers of *delegate* answer the websockets of a foreign server."""

    def __init__(self, delegate: HTTPServerConnectionDelegate) -> None:
        self._delegate = delegate
        self._servers: dict[str, HTTPServer] = {}

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one websocket from its beginning to its end.

        :raises MessageError: the server does not begin with ``websocket.connect``.
        """
        message = await receive()
        if message["type"] != "websocket.connect":
            raise MessageError(f"expected websocket.connect, not {message['type']!r}")
        try:
            package = websocket_package()
        except MissingExtraError as error:
            log.error("Refused a websocket on %s: %s", scope.get("path"), error)
            await _refuse(scope, send, 501, HTTPHeaders(), f"501: {error}\n".encode())
            return
        try:
            client = await self._connect(scope)
        except HTTPInputError as error:
            await _refuse(scope, send, error.status, HTTPHeaders(), b"")
            return
        except TimeoutError:
            log.error("No answer to a websocket on %s in time", scope.get("path"))
            await _refuse(scope, send, 503, HTTPHeaders(), b"503: the answer took too long\n")
            return
        except package.HandshakeError as error:
            await _refuse(scope, send, error.code or 500, HTTPHeaders(error.headers), error.body)
            return
        try:
            await _accept(client, send)
            await _exchange(client, receive, send)
        except OSError:
            # From version 2.4 a server says so that the client is gone.
            log.debug("The client of a websocket went away")
            client.abort()
        finally:
            client.close()
            await client.closed()

    async def _connect(self, scope: Scope) -> WebSocketClientConnection:
        start_line, headers = read_head({**scope, "method": "GET"})
        peer = peer_of(scope)
        server = self._server("https" if peer.protocol in ("wss", "https") else "http")

        async def open_stream(host: str, port: int) -> IOStream:
            near, far = stream_pair()
            await server.handle_stream(far, address=peer.address)
            return near

        host = headers.get("Host") or "localhost"
        client: WebSocketClientConnection = await websocket_package().websocket_connect(
            f"ws://{host}{start_line.path}",
            connect_timeout=HANDSHAKE_TIMEOUT,
            max_message_size=_NO_LIMIT,
            subprotocols=list(scope.get("subprotocols") or ()),
            headers=[pair for pair in headers.get_all() if pair[0] not in _OF_THE_HANDSHAKE],
            follow_redirects=False,
            opener=open_stream,
        )
        return client

    def _server(self, protocol: str) -> HTTPServer:
        server = self._servers.get(protocol)
        if server is None:
            server = self._servers[protocol] = HTTPServer(self._delegate, protocol=protocol)
        return server


async def _accept(client: WebSocketClientConnection, send: Send) -> None:
    await send(
        {
            "type": "websocket.accept",
            "subprotocol": client.selected_subprotocol,
            "headers": _fields(client.headers),
        }
    )


async def _exchange(client: WebSocketClientConnection, receive: Receive, send: Send) -> None:
    """Pass messages on in both directions until one side ends."""
    listening = asyncio.ensure_future(_listen(client, receive))
    try:
        async for message in client:
            kind = "text" if isinstance(message, str) else "bytes"
            await send({"type": "websocket.send", kind: message})
        if not listening.done():
            code, reason = client.close_code or NORMAL, client.close_reason or ""
            await send({"type": "websocket.close", "code": code, "reason": reason})
    finally:
        listening.cancel()
        await asyncio.wait((listening,))


async def _listen(client: WebSocketClientConnection, receive: Receive) -> None:
    closed_error = websocket_package().WebSocketClosedError
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            _close(client, message.get("code"), message.get("reason"))
            return
        text, data = message.get("text"), message.get("bytes")
        try:
            if text is not None:
                await client.write_message(text)
            else:
                await client.write_message(data or b"", binary=True)
        except closed_error:
            return


def _close(client: WebSocketClientConnection, code: int | None, reason: str | None) -> None:
    """Tell the handler that the client has ended, with the client's code where it had one."""
    try:
        client.close(code, reason)
    except ValueError:  # 1005 and 1006 are never sent
        client.close()


async def _refuse(scope: Scope, send: Send, status: int, headers: HTTPHeaders, body: bytes) -> None:
    """Refuse a websocket with what a handler said, as far as the server can pass it on."""
    if "websocket.http.response" in (scope.get("extensions") or {}):
        kind = "websocket.http.response"
        await send({"type": f"{kind}.start", "status": status, "headers": _fields(headers)})
        await send({"type": f"{kind}.body", "body": body})
    else:
        await send(
            {"type": "websocket.close", "code": INTERNAL_ERROR if status >= 500 else REFUSED}
        )


def _fields(headers: HTTPHeaders) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers.get_all()
        if name not in _OF_AN_ANSWER
    ]
