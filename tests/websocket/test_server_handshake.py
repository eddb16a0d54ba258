"""The server's half of the handshake: what is refused, with which status."""

from __future__ import annotations

import pytest
from websockets.client import ClientProtocol
from websockets.http11 import Response
from websockets.uri import parse_uri

from zonda.http import HTTPHeaders
from zonda.websocket.errors import HandshakeError
from zonda.websocket.extension_header import Extension
from zonda.websocket.server_handshake import (
    parse_subprotocols,
    read_upgrade_request,
    upgrade_headers,
)

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GOOD = {
    "Host": "example.org",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


def headers(**changes: str | None) -> HTTPHeaders:
    fields = dict(GOOD)
    for name, value in changes.items():
        name = name.replace("_", "-")
        if value is None:
            fields.pop(name)
        else:
            fields[name] = value
    return HTTPHeaders(fields)


def test_a_good_request_is_read() -> None:
    request = read_upgrade_request(
        "GET",
        "HTTP/1.1",
        headers(
            Upgrade="h2c, WebSocket",
            Sec_WebSocket_Protocol="a, b",
            Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits",
        ),
    )
    assert request.subprotocols == ["a", "b"]
    assert request.extensions == [
        Extension("permessage-deflate", [("client_max_window_bits", None)])
    ]
    answer = upgrade_headers(request, "b", Extension("permessage-deflate", []))
    assert dict(answer) == {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-Websocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "Sec-Websocket-Protocol": "b",
        "Sec-Websocket-Extensions": "permessage-deflate",
    }


@pytest.mark.parametrize(
    ("method", "version", "changes", "status"),
    [
        ("POST", "HTTP/1.1", {}, 405),
        ("HEAD", "HTTP/1.1", {}, 405),
        ("GET", "HTTP/1.0", {}, 400),
        ("GET", "HTTP/1.1", {"Upgrade": None}, 400),
        ("GET", "HTTP/1.1", {"Upgrade": "h2c"}, 400),
        ("GET", "HTTP/1.1", {"Connection": None}, 400),
        ("GET", "HTTP/1.1", {"Connection": "keep-alive"}, 400),
        ("GET", "HTTP/1.1", {"Sec_WebSocket_Key": None}, 400),
        ("GET", "HTTP/1.1", {"Sec_WebSocket_Key": ""}, 400),
        ("GET", "HTTP/1.1", {"Sec_WebSocket_Key": "c2hvcnQ="}, 400),
        ("GET", "HTTP/1.1", {"Sec_WebSocket_Key": "!" * 24}, 400),
        ("GET", "HTTP/1.1", {"Sec_WebSocket_Version": None}, 426),
        ("GET", "HTTP/1.1", {"Sec_WebSocket_Version": "8"}, 426),
        ("GET", "HTTP/1.1", {"Sec_WebSocket_Version": "13, 8"}, 426),
        ("GET", "HTTP/1.1", {"Sec_WebSocket_Protocol": "a b"}, 400),
        ("GET", "HTTP/1.1", {"Sec_WebSocket_Protocol": "a," * 40}, 400),
        ("GET", "HTTP/1.1", {"Sec_WebSocket_Extensions": "a;;"}, 400),
    ],
)
def test_anything_else_is_refused(
    method: str, version: str, changes: dict[str, str | None], status: int
) -> None:
    with pytest.raises(HandshakeError) as caught:
        read_upgrade_request(method, version, headers(**changes))
    assert caught.value.code == status
    assert caught.value.message
    if status == 426:
        assert caught.value.headers["Sec-WebSocket-Version"] == "13"


@pytest.mark.parametrize("name", ["Sec-WebSocket-Key", "Sec-WebSocket-Version"])
def test_a_doubled_header_is_refused(name: str) -> None:
    doubled = headers()
    doubled.add(name, GOOD[name])
    with pytest.raises(HandshakeError):
        read_upgrade_request("GET", "HTTP/1.1", doubled)


def test_a_subprotocol_must_have_been_offered() -> None:
    request = read_upgrade_request("GET", "HTTP/1.1", headers(Sec_WebSocket_Protocol="a"))
    with pytest.raises(ValueError, match="'b' was selected, offered were"):
        upgrade_headers(request, "b")


def test_subprotocols_may_be_written_loosely() -> None:
    assert parse_subprotocols("") == []
    assert parse_subprotocols(" a ,,b\t") == ["a", "b"]


def test_a_peer_accepts_the_answer() -> None:
    peer = ClientProtocol(parse_uri("ws://example.org/"), subprotocols=["chat"])  # type: ignore[list-item]  # a NewType of str
    sent = peer.connect().headers
    request = read_upgrade_request("GET", "HTTP/1.1", HTTPHeaders(sent.raw_items()))
    answer = upgrade_headers(request, "chat")
    response = Response(101, "Switching Protocols", type(sent)(answer.get_all()))
    peer.process_response(response)
    assert peer.subprotocol == "chat"
