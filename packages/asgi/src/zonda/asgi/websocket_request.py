"""From a request that asks for a websocket to a session, or to an answer that says why not."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from zonda.http import HTTPConnection, HTTPHeaders, HTTPServerRequest, ResponseStartLine

from .errors import MissingExtraError
from .http_scope import make_websocket_scope
from .protocol import ASGICallable
from .websocket_extra import websocket_package
from .websocket_session import WebSocketSession

log = logging.getLogger("zonda.general")


def asks_for_websocket(headers: HTTPHeaders) -> bool:
    """Whether a request wants to go on as a websocket."""
    offered = (headers.get("Upgrade") or "").split(",")
    return any(token.strip(" \t").lower() == "websocket" for token in offered)


def begin_session(
    app: ASGICallable,
    request: HTTPServerRequest,
    root_path: str,
    state: dict[str, object],
    max_message_size: int | None,
) -> WebSocketSession | None:
    """The session that *request* asks for; None if it was refused."""
    http = request.connection
    assert http is not None
    try:
        package = websocket_package()
    except MissingExtraError as error:
        log.error("Refused a websocket on %s: %s", request.path, error)
        _refuse(http, 501, str(error), {})
        return None
    try:
        upgrade = package.read_upgrade_request(
            request.method or "", request.version, request.headers
        )
    except package.HandshakeError as error:
        _refuse(http, error.code or 400, error.message, error.headers)
        return None
    scope = make_websocket_scope(request, root_path, state, list(upgrade.subprotocols))
    return WebSocketSession(app, scope, http, upgrade, max_message_size)


def _refuse(http: HTTPConnection, status: int, text: str, more: Mapping[str, str]) -> None:
    body = f"{status}: {text}\n".encode("ascii", "replace")
    headers = HTTPHeaders({"Content-Type": "text/plain", "Content-Length": str(len(body)), **more})
    http.write_headers(ResponseStartLine("HTTP/1.1", status, ""), headers, body)
    http.finish()
