"""Two sides without I/O: states, the closing handshake, and other implementations as the peer."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate as TheirDeflate
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol as TheirProtocol
from websockets.protocol import Side as TheirSide
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, TextMessage
from wsproto.events import Ping as WsprotoPing
from wsproto.extensions import Extension
from wsproto.extensions import PerMessageDeflate as WsprotoDeflate

from tests.websocket.frames import client, codecs, events, failure, raw_frame, server
from zonda.websocket.compression import CompressionOptions
from zonda.websocket.errors import WebSocketClosedError
from zonda.websocket.events import Closed, Ping, Pong
from zonda.websocket.protocol import Protocol
from zonda.websocket.states import Side, State

SIDES = [Side.SERVER, Side.CLIENT]


@pytest.fixture(params=SIDES, ids=lambda side: str(side.value))
def pair(request: pytest.FixtureRequest) -> tuple[Protocol, Protocol]:
    """One side and its peer."""
    here: Side = request.param
    there = Side.CLIENT if here is Side.SERVER else Side.SERVER
    return Protocol(here), Protocol(there)


Pair = tuple[Protocol, Protocol]


def test_messages_go_both_ways(pair: Pair) -> None:
    here, there = pair
    for message in ("", "text ü", b"", b"bytes", "x" * 200, bytes(70_000)):
        assert there.receive(here.message(message)) == message
        assert there.next_event() is None


def test_bytes_may_be_sent_as_text_and_text_as_binary(pair: Pair) -> None:
    here, there = pair
    assert there.receive(here.message("größe".encode(), binary=False)) == "größe"
    assert there.receive(here.message("größe", binary=True)) == "größe".encode()
    with pytest.raises(ValueError, match=r"at byte 2.*binary=True"):
        here.message(b"ok\xff", binary=False)


def test_ping_and_pong_carry_up_to_125_bytes(pair: Pair) -> None:
    here, there = pair
    assert there.receive(here.ping(b"x" * 125)) == Ping(b"x" * 125)
    assert there.receive(here.pong()) == Pong(b"")
    for send in (here.ping, here.pong):
        with pytest.raises(ValueError, match="at most 125 bytes, not 126"):
            send(b"x" * 126)


def test_a_close_is_answered_with_the_same_code(pair: Pair) -> None:
    here, there = pair
    closed = there.receive(here.close(4001, "bye"))
    assert isinstance(closed, Closed)
    assert (closed.code, closed.reason) == (4001, "bye")
    assert (there.state, there.close_code, there.close_reason) == (State.CLOSED, 4001, "bye")
    states = [here.state]
    assert here.receive(closed.reply) == Closed(4001, "bye", b"")
    assert [*states, here.state] == [State.CLOSE_SENT, State.CLOSED]


def test_an_empty_close_is_answered_with_an_empty_one(pair: Pair) -> None:
    here, there = pair
    closed = there.receive(here.close())
    assert isinstance(closed, Closed)
    assert closed[:2] == (None, None)
    assert here.receive(closed.reply) == Closed(None, None, b"")


def test_both_sides_may_close_at_once(pair: Pair) -> None:
    here, there = pair
    ours, theirs = here.close(1000), there.close(1001)
    assert here.receive(theirs) == Closed(1001, "", b"")
    assert there.receive(ours) == Closed(1000, "", b"")
    assert here.state is there.state is State.CLOSED


def test_what_arrives_after_our_close_is_still_read(pair: Pair) -> None:
    here, there = pair
    late = there.message("late")
    here.close()
    assert here.receive(late) == "late"


def test_nothing_is_sent_after_the_close(pair: Pair) -> None:
    here, there = pair
    reply = there.receive(here.close(1000, "done"))
    assert isinstance(reply, Closed)
    for side in pair:
        for send in (side.ping, side.pong, side.close, lambda side=side: side.message("x")):
            with pytest.raises(WebSocketClosedError):
                send()
    assert "1000: done" in str(WebSocketClosedError(there.close_code, there.close_reason))


def test_a_violation_after_our_close_gets_no_second_close_frame(pair: Pair) -> None:
    here, _ = pair
    here.close()
    found = failure(events(here, [b"\xff\xff"]))
    assert (found.code, found.reply) == (1002, b"")
    assert here.state is State.FAILED


@pytest.mark.parametrize("before", ["open", "closing", "closed", "failed"])
def test_after_the_connection_is_lost_nothing_goes(before: str) -> None:
    here, there = server(), client()
    if before == "closing":
        here.close()
    elif before == "closed":
        here.receive(there.close())
    elif before == "failed":
        here.receive(b"\xff")
    here.connection_lost()
    assert here.state is (State.CLOSED if before == "closed" else State.FAILED)
    assert here.receive(raw_frame(1, b"x")) is None
    with pytest.raises(WebSocketClosedError):
        here.message("x")


def test_small_messages_are_not_compressed() -> None:
    ours, theirs = codecs(CompressionOptions(threshold=10))
    here, there = server(ours), client(theirs)
    for size, bit in ((9, 0), (10, 0x40), (100, 0x40)):
        frame = here.message("a" * size)
        assert frame[0] & 0x40 == bit
        assert there.receive(frame) == "a" * size


# Other implementations.

MESSAGES: list[str | bytes] = [
    "",
    "hello",
    "ü" * 300,
    b"\x00\xff" * 40_000,
    os.urandom(3000),
    "end",
]
COMPRESSION = [
    None,
    CompressionOptions(threshold=0),
    CompressionOptions(6, 8, 0, True, True, 15, 15),
    CompressionOptions(9, 1, 0, False, True, 9, 10),
]


def websockets_peer(side: TheirSide, options: CompressionOptions | None) -> TheirProtocol:
    peer = TheirProtocol(side)
    if options is not None:
        ends = [
            (options.server_no_context_takeover, options.server_max_window_bits),
            (options.client_no_context_takeover, options.client_max_window_bits),
        ]
        (local, local_bits), (remote, remote_bits) = (
            ends if side is TheirSide.SERVER else ends[::-1]
        )
        peer.extensions = [TheirDeflate(remote, local, remote_bits, local_bits)]
    return peer


def ours(side: Side, options: CompressionOptions | None) -> Protocol:
    if options is None:
        return Protocol(side)
    return Protocol(side, codecs(options)[0 if side is Side.SERVER else 1])


@pytest.mark.parametrize("options", COMPRESSION)
@pytest.mark.parametrize("side", SIDES, ids=lambda side: str(side.value))
def test_websockets_is_understood_and_understands(
    side: Side, options: CompressionOptions | None
) -> None:
    here = ours(side, options)
    there = websockets_peer(TheirSide.CLIENT if side is Side.SERVER else TheirSide.SERVER, options)
    for message in MESSAGES:
        there.receive_data(here.message(message))
        (frame,) = there.events_received()
        assert isinstance(frame, Frame)
        assert frame.data == (message.encode() if isinstance(message, str) else message)
        assert frame.opcode is (Opcode.TEXT if isinstance(message, str) else Opcode.BINARY)
        if isinstance(message, str):
            there.send_text(message.encode())
        else:
            there.send_binary(message)
        assert events(here, there.data_to_send()) == [message]
    there.send_ping(b"are you there")
    assert events(here, there.data_to_send()) == [Ping(b"are you there")]
    there.send_close(4000, "enough")
    (closed,) = events(here, there.data_to_send())
    assert isinstance(closed, Closed)
    there.receive_data(closed.reply)
    assert there.close_rcvd is not None
    assert there.close_rcvd.code == 4000


@pytest.mark.parametrize("options", COMPRESSION[:3])
@pytest.mark.parametrize("side", SIDES, ids=lambda side: str(side.value))
def test_wsproto_is_understood_and_understands(
    side: Side, options: CompressionOptions | None
) -> None:
    here = ours(side, options)
    extensions: list[Extension] = []
    if options is not None:
        deflate = WsprotoDeflate(
            client_no_context_takeover=options.client_no_context_takeover,
            server_no_context_takeover=options.server_no_context_takeover,
        )
        deflate._enabled = True
        extensions = [deflate]
    kind = ConnectionType.CLIENT if side is Side.SERVER else ConnectionType.SERVER
    there = Connection(kind, extensions)
    for message in MESSAGES:
        there.receive_data(here.message(message))
        parts = [
            event.data for event in there.events() if isinstance(event, TextMessage | BytesMessage)
        ]
        assert type(message)().join(parts) == message  # type: ignore[arg-type]
        event = TextMessage(message) if isinstance(message, str) else BytesMessage(message)
        assert events(here, [there.send(event)]) == [message]
    assert events(here, [there.send(WsprotoPing(b"x"))]) == [Ping(b"x")]
    (closed,) = events(here, [there.send(CloseConnection(1001, "away"))])
    assert isinstance(closed, Closed)
    assert closed[:2] == (1001, "away")
    there.receive_data(closed.reply)
    assert any(isinstance(event, CloseConnection) for event in there.events())


FIRST_BYTES = st.sampled_from(b"\x81\x82\x89\x8a\x81\x82\x89\x8a\x01\x00\x80\x02\xc1\x83\x09")


@given(st.lists(st.tuples(FIRST_BYTES, st.text("abc", max_size=130))))
def test_what_websockets_refuses_is_refused_here(frames: list[tuple[int, str]]) -> None:
    data = b"".join(
        [
            raw_frame(first & 15, text.encode(), fin=bool(first & 128), rsv=first >> 4 & 7)
            for first, text in frames
        ]
    )
    here, there = server(), TheirProtocol(TheirSide.SERVER)
    found = events(here, [data])
    there.receive_data(data)
    assert (here.state is State.FAILED) == (there.parser_exc is not None), found
