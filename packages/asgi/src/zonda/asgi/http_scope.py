"""The scope of a request, made of what the server knows of it."""

from __future__ import annotations

from typing import Protocol, cast
from urllib.parse import unquote

from zonda.http import HTTPServerRequest

from .protocol import HTTP_VERSIONS, WEBSOCKET_VERSIONS, Scope

_Address = tuple[str, int | None]


class _Transport(Protocol):
    def get_extra_info(self, name: str) -> object: ...


def make_scope(request: HTTPServerRequest, root_path: str, state: dict[str, object]) -> Scope:
    """The scope of *request*, as the ASGI specification of HTTP has it.

    A target in absolute form says which host is meant, whatever the ``Host`` line says (RFC 9112
    section 3.2.2), so that line is replaced.

    :param root_path: the path below which the application is mounted.
    :param state: what the application put down when it started; each request gets a copy.
    """
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in request.headers.get_all()
    ]
    if (request.uri or "/")[0] not in "/*":
        host = (b"host", request.host.encode("latin-1"))
        headers = [host, *[field for field in headers if field[0] != b"host"]]
    path = request.path
    return {
        "type": "http",
        "asgi": HTTP_VERSIONS,
        "http_version": request.version.removeprefix("HTTP/"),
        "method": request.method,
        "scheme": request.protocol,
        "path": unquote(path) if "%" in path else path,
        "raw_path": path.encode("latin-1"),
        "query_string": request.query.encode("latin-1"),
        "root_path": root_path,
        "headers": headers,
        "client": _client(request),
        "server": _server(request),
        "state": state.copy(),
        "extensions": {"http.response.early_hint": {}},
    }


def make_websocket_scope(
    request: HTTPServerRequest, root_path: str, state: dict[str, object], subprotocols: list[str]
) -> Scope:
    """The scope of a websocket that *request* asks for."""
    scope = make_scope(request, root_path, state)
    del scope["method"]
    scope["type"] = "websocket"
    scope["asgi"] = WEBSOCKET_VERSIONS
    scope["scheme"] = "wss" if request.protocol == "https" else "ws"
    scope["subprotocols"] = subprotocols
    scope["extensions"] = {"websocket.http.response": {}}
    return scope


def _client(request: HTTPServerRequest) -> _Address | None:
    """Address and port; the port is 0 where a proxy says who the client is."""
    address = getattr(getattr(request.connection, "context", None), "address", None)
    if not isinstance(address, tuple):
        return None
    remote_ip = request.remote_ip
    return remote_ip, (cast(int, address[1]) if remote_ip == address[0] else 0)


def _server(request: HTTPServerRequest) -> _Address | None:
    """Address and port, or the path of a Unix socket and None."""
    transport = cast("_Transport | None", getattr(request.connection, "transport", None))
    address = None if transport is None else transport.get_extra_info("sockname")
    if isinstance(address, tuple):
        return cast(str, address[0]), cast(int, address[1])
    return (address, None) if isinstance(address, str) and address else None
