"""The server's half of the opening handshake as pure functions: RFC 6455 section 4.2."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from zonda.http import HTTPHeaders

from .accept_key import accept_key, is_valid_key
from .errors import HandshakeError
from .extension_header import Extension, format_extension, parse_extensions

VERSION: Final = "13"

# Subprotocols that a client may offer; real ones offer a few.
MAX_SUBPROTOCOLS: Final = 32

_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"


class UpgradeRequest(NamedTuple):
    """What a client asks for.

    :ivar key: its ``Sec-WebSocket-Key``.
    :ivar subprotocols: in the order of its preference.
    :ivar extensions: its offers, in the order of its preference.
    """

    key: str
    subprotocols: list[str]
    extensions: list[Extension]


def read_upgrade_request(method: str, version: str, headers: HTTPHeaders) -> UpgradeRequest:
    """Check a request for an upgrade to a websocket.

    :param version: as in the request line, ``HTTP/1.1``.
    :raises HandshakeError: it is none, or not a valid one; ``code`` and ``headers`` say how to
        answer.
    """
    if method != "GET":
        raise HandshakeError("a websocket begins with GET", 405, {"Allow": "GET"})
    if not has_token(headers, "Upgrade", "websocket"):
        raise HandshakeError("here is a websocket: the request must ask to upgrade to it", 400)
    if version in ("HTTP/1.0", "HTTP/0.9"):
        raise HandshakeError("a websocket needs HTTP/1.1", 400)
    if not has_token(headers, "Connection", "upgrade"):
        raise HandshakeError('the Connection header must contain "Upgrade"', 400)
    if headers.get_list("Sec-WebSocket-Version") != [VERSION]:
        raise HandshakeError(
            f"the only version of websockets spoken here is {VERSION}",
            426,
            {"Sec-WebSocket-Version": VERSION, "Upgrade": "websocket"},
        )
    keys = headers.get_list("Sec-WebSocket-Key")
    if len(keys) != 1 or not is_valid_key(keys[0]):
        raise HandshakeError("Sec-WebSocket-Key must be there once, 16 bytes in base64", 400)
    return UpgradeRequest(
        keys[0],
        parse_subprotocols(headers.get("Sec-WebSocket-Protocol") or ""),
        parse_extensions(headers.get("Sec-WebSocket-Extensions") or ""),
    )


def upgrade_headers(
    request: UpgradeRequest, subprotocol: str | None = None, extension: Extension | None = None
) -> HTTPHeaders:
    """The headers of the answer ``101 Switching Protocols``.

    :raises ValueError: the client did not offer that subprotocol.
    """
    headers = HTTPHeaders(
        {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": accept_key(request.key),
        }
    )
    if subprotocol is not None:
        if subprotocol not in request.subprotocols:
            raise ValueError(
                f"the subprotocol {subprotocol!r} was selected, offered were {request.subprotocols}"
            )
        headers["Sec-WebSocket-Protocol"] = subprotocol
    if extension is not None:
        headers["Sec-WebSocket-Extensions"] = format_extension(extension)
    return headers


def parse_subprotocols(header: str) -> list[str]:
    """The names in a ``Sec-WebSocket-Protocol`` header.

    >>> parse_subprotocols("chat.v2, chat.v1")
    ['chat.v2', 'chat.v1']

    :raises HandshakeError: 400, one is no token, or there are too many.
    """
    names = [name for part in header.split(",") if (name := part.strip(" \t"))]
    if len(names) > MAX_SUBPROTOCOLS:
        raise HandshakeError(f"more than {MAX_SUBPROTOCOLS} subprotocols", 400)
    for name in names:
        if re.fullmatch(_TOKEN, name) is None:
            raise HandshakeError("the name of a subprotocol is no token", 400)
    return names


def has_token(headers: HTTPHeaders, name: str, token: str) -> bool:
    """Whether a header that is a list of tokens contains *token*, which is in lower case."""
    listed = headers.get(name) or ""
    return any(item.strip(" \t").lower() == token for item in listed.split(","))
