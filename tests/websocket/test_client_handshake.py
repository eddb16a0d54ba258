"""The client's half of the handshake: what is asked, and which answers are believed."""

from __future__ import annotations

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol

from zonda.http import HTTPHeaders
from zonda.websocket.accept_key import accept_key, new_handshake_key
from zonda.websocket.client_handshake import (
    MAX_ANSWER_HEAD,
    read_answer,
    split_head,
    upgrade_request,
)
from zonda.websocket.compression import Agreement, CompressionOptions
from zonda.websocket.errors import HandshakeError

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GOOD = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Accept": accept_key(KEY),
}
OPTIONS = CompressionOptions()


def answer(status: str = "101 Switching Protocols", **changes: str | None) -> bytes:
    fields: dict[str, str | None] = dict(GOOD)
    fields.update({name.replace("_", "-"): value for name, value in changes.items()})
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if value is not None]
    return f"HTTP/1.1 {status}\r\n{''.join(lines)}\r\n".encode("latin-1")


def test_the_request_asks_for_what_is_wanted() -> None:
    request = upgrade_request(
        "example.org:8000",
        "/chat?x=1",
        KEY,
        [("Origin", "http://example.org"), ("Cookie", "a=1")],
        ["v2", "v1"],
        OPTIONS,
    )
    assert request.decode().split("\r\n") == [
        "GET /chat?x=1 HTTP/1.1",
        "Host: example.org:8000",
        "Origin: http://example.org",
        "Cookie: a=1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-Websocket-Key: {KEY}",
        "Sec-Websocket-Version: 13",
        "Sec-Websocket-Protocol: v2, v1",
        "Sec-Websocket-Extensions: permessage-deflate; client_max_window_bits",
        "",
        "",
    ]


def test_the_host_header_may_be_replaced() -> None:
    request = upgrade_request("127.0.0.1:1", "/", KEY, HTTPHeaders({"Host": "example.org"}))
    assert request.count(b"Host:") == 1
    assert b"Host: example.org\r\n" in request


@pytest.mark.parametrize(
    ("target", "headers", "subprotocols"),
    [
        ("/a b", {}, []),
        ("/\r\nX: y", {}, []),
        ("", {}, []),
        ("/", {"Upgrade": "x"}, []),
        ("/", {"sec-websocket-key": "x"}, []),
        ("/", {}, ["a b"]),
        ("/", {}, [""]),
    ],
)
def test_what_cannot_be_asked(
    target: str, headers: dict[str, str], subprotocols: list[str]
) -> None:
    with pytest.raises(ValueError, match="cannot"):
        upgrade_request("example.org", target, KEY, headers, subprotocols)


def test_the_head_ends_at_the_empty_line() -> None:
    data = answer() + b"\x81\x01x"
    for end in range(len(answer())):
        assert split_head(data[:end]) is None
    assert split_head(data) == (answer(), b"\x81\x01x")
    with pytest.raises(HandshakeError, match="longer than"):
        split_head(b"x" * MAX_ANSWER_HEAD)


def test_a_good_answer_is_believed() -> None:
    plain = read_answer(answer(Connection="keep-alive, upgrade"), KEY)
    assert (plain.subprotocol, plain.agreement) == (None, None)
    full = read_answer(
        answer(
            Sec_WebSocket_Protocol="b",
            Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits=10",
            X_More="yes",
        ),
        KEY,
        ["a", "b"],
        OPTIONS,
    )
    assert full.subprotocol == "b"
    assert full.agreement == Agreement(False, False, 15, 10)
    assert full.headers["X-More"] == "yes"


@pytest.mark.parametrize(
    "head",
    [
        answer(Upgrade=None),
        answer(Upgrade="h2c"),
        answer(Connection=None),
        answer(Connection="close"),
        answer(Sec_WebSocket_Accept=None),
        answer(Sec_WebSocket_Accept=accept_key(new_handshake_key())),
        answer(Sec_WebSocket_Protocol="c"),
        answer(Sec_WebSocket_Protocol="a, b"),
        answer(Sec_WebSocket_Extensions="x-other"),
        answer(Sec_WebSocket_Extensions="permessage-deflate, permessage-deflate"),
        answer(Sec_WebSocket_Extensions="permessage-deflate; nonsense"),
        answer(Sec_WebSocket_Extensions="permessage-deflate;;"),
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 101 X\r\nbroken header\r\n\r\n",
        b"HTTP/1.1 101 X\nUpgrade: websocket\r\n\r\n",
    ],
)
def test_an_answer_that_was_not_asked_for_fails(head: bytes) -> None:
    with pytest.raises(HandshakeError):
        read_answer(head, KEY, ["a", "b"], OPTIONS)


def test_compression_that_was_not_offered_fails() -> None:
    with pytest.raises(HandshakeError, match="not offered"):
        read_answer(answer(Sec_WebSocket_Extensions="permessage-deflate"), KEY)


@pytest.mark.parametrize(
    ("status", "code"), [("403 Forbidden", 403), ("302", 302), ("200 OK", 200)]
)
def test_a_refusal_has_its_status(status: str, code: int) -> None:
    with pytest.raises(HandshakeError, match=f"answered {status}") as caught:
        read_answer(answer(status, Location="/login"), KEY)
    assert caught.value.code == code
    assert caught.value.headers["Location"] == "/login"


def test_a_peer_accepts_the_request() -> None:
    key = new_handshake_key()
    sent = upgrade_request("example.org", "/", key, {}, ["chat"], OPTIONS)
    lines = sent.decode().split("\r\n")[1:-2]
    fields = Headers([line.split(": ", 1) for line in lines])  # type: ignore[misc]  # pairs
    peer = ServerProtocol(subprotocols=["chat"])  # type: ignore[list-item]  # a NewType of str
    response = peer.accept(Request("/", fields))
    head = f"HTTP/1.1 {response.status_code} X\r\n{response.headers}".encode()
    assert read_answer(head, key, ["chat"], OPTIONS).subprotocol == "chat"
