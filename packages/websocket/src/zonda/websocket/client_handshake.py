"""The client's half of the opening handshake as pure functions: RFC 6455 section 4.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from zonda.http import (
    HTTPHeaders,
    HTTPProtocolError,
    parse_header_block,
    parse_response_start_line,
)

from .accept_key import accept_key
from .compression import NAME, Agreement, CompressionOptions, check_answer, make_offer
from .errors import HandshakeError
from .exchange import Conversation
from .extension_header import format_extension, parse_extensions
from .server_handshake import VERSION, has_token

# Bytes of the head of a server's answer: as much as servers accept of a request.
MAX_ANSWER_HEAD: Final = 64 * 1024

_OWN_HEADERS: Final = frozenset(
    {
        "Upgrade",
        "Connection",
        "Sec-Websocket-Key",
        "Sec-Websocket-Version",
        "Sec-Websocket-Extensions",
        "Sec-Websocket-Accept",
    }
)
_TARGET: Final = re.compile(r"[\x21-\x7e]+")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++")


class ServerAnswer(NamedTuple):
    """What a server agreed to.

    :ivar headers: all headers of its answer.
    :ivar subprotocol: the one it selected, or None.
    :ivar agreement: how messages are compressed, or None.
    """

    headers: HTTPHeaders
    subprotocol: str | None
    agreement: Agreement | None


def upgrade_request(
    host: str,
    target: str,
    key: str,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    subprotocols: Sequence[str] = (),
    compression: CompressionOptions | None = None,
) -> bytes:
    """The request that asks for a websocket.

    :param host: with a port if it is not the usual one of the scheme.
    :param target: path and query.
    :param headers: more headers; those of the handshake itself are not accepted.
    :raises ValueError: something given cannot stand in a request.
    """
    if _TARGET.fullmatch(target) is None:
        raise ValueError(f"{target!r} cannot stand in a request line")
    for name in subprotocols:
        if _TOKEN.fullmatch(name) is None:
            raise ValueError(f"{name!r} cannot be the name of a subprotocol: it is no token")
    fields = HTTPHeaders({"Host": host})
    more = headers.get_all() if isinstance(headers, HTTPHeaders) else HTTPHeaders(headers).get_all()
    for name, value in more:
        if name in _OWN_HEADERS:
            raise ValueError(f"the header {name} belongs to the handshake and cannot be given")
        if name in ("Host", "Sec-Websocket-Protocol"):
            fields[name] = value
        else:
            fields.add(name, value)
    fields["Upgrade"] = "websocket"
    fields["Connection"] = "Upgrade"
    fields["Sec-WebSocket-Key"] = key
    fields["Sec-WebSocket-Version"] = VERSION
    if subprotocols:
        fields["Sec-WebSocket-Protocol"] = ", ".join(subprotocols)
    if compression is not None:
        fields["Sec-WebSocket-Extensions"] = format_extension(make_offer(compression))
    lines = [f"GET {target} HTTP/1.1"] + [f"{name}: {value}" for name, value in fields.get_all()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def client_conversation(
    request: bytes,
    key: str,
    subprotocols: Sequence[str] = (),
    compression: CompressionOptions | None = None,
) -> Conversation[ServerAnswer]:
    """Send *request*, an `upgrade_request` with *key*, and check the answer.

    A refusal carries the beginning of its body, as far as that came with the head.
    """
    data = yield request
    while (parts := split_head(data)) is None:
        data += yield b""
    head, rest = parts
    try:
        return read_answer(head, key, subprotocols, compression), rest
    except HandshakeError as error:
        error.body = rest
        raise


def split_head(data: bytes) -> tuple[bytes, bytes] | None:
    """The head of the server's answer, with its empty line, and the bytes after it.

    None if it is not complete.

    :raises HandshakeError: the head is longer than `MAX_ANSWER_HEAD`.
    """
    end = data.find(b"\r\n\r\n", 0, MAX_ANSWER_HEAD)
    if end < 0:
        if len(data) >= MAX_ANSWER_HEAD:
            raise HandshakeError(
                f"the head of the server's answer is longer than {MAX_ANSWER_HEAD} bytes"
            )
        return None
    return data[: end + 4], data[end + 4 :]


def parse_head(head: bytes) -> tuple[int, str, HTTPHeaders]:
    """Status, reason and headers of an answer.

    :raises HandshakeError: it is no head of HTTP/1.1.
    """
    first, _, lines = head.partition(b"\r\n")
    try:
        start = parse_response_start_line(first.decode("latin-1"))
        return start.code, start.reason, parse_header_block(lines).headers()
    except HTTPProtocolError as error:
        raise HandshakeError(f"the server's answer is no HTTP: {error}") from None


def read_answer(
    head: bytes,
    key: str,
    subprotocols: Sequence[str] = (),
    compression: CompressionOptions | None = None,
) -> ServerAnswer:
    """Check the answer to `upgrade_request`, which was made with the same arguments.

    :raises HandshakeError: the server refused, ``code`` is its status; or it answered something
        that was not asked for.
    """
    status, reason, headers = parse_head(head)
    if status != 101:
        raise HandshakeError(f"the server answered {status} {reason}".rstrip(), status, headers)
    if not has_token(headers, "Upgrade", "websocket"):
        raise HandshakeError("the server upgrades to something else than a websocket", status)
    if not has_token(headers, "Connection", "upgrade"):
        raise HandshakeError("the server's answer has no Connection: Upgrade", status)
    if headers.get_list("Sec-WebSocket-Accept") != [accept_key(key)]:
        raise HandshakeError("the server did not prove that it understood the handshake", status)
    return ServerAnswer(
        headers,
        _selected(headers.get_list("Sec-WebSocket-Protocol"), subprotocols),
        _agreed(headers.get("Sec-WebSocket-Extensions") or "", compression),
    )


def _selected(answered: list[str], subprotocols: Sequence[str]) -> str | None:
    if not answered:
        return None
    if len(answered) > 1 or answered[0] not in subprotocols:
        raise HandshakeError(
            f"the server selected the subprotocol {answered[0][:60]!r},"
            f" offered were {list(subprotocols)}",
            101,
        )
    return answered[0]


def _agreed(header: str, compression: CompressionOptions | None) -> Agreement | None:
    answers = parse_extensions(header)
    if not answers:
        return None
    if len(answers) > 1 or answers[0].name != NAME or compression is None:
        raise HandshakeError("the server accepted an extension that was not offered", 101)
    return check_answer(answers[0], compression)
