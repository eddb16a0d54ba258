"""The vocabulary of the tests: frames written by hand, and sides that speak."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Sequence

from zonda.websocket.codec import Codec
from zonda.websocket.compression import CompressionOptions, accept_offer, check_answer, make_offer
from zonda.websocket.events import Event, Failed, Unfinished
from zonda.websocket.protocol import Protocol
from zonda.websocket.states import Side

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = b"\x37\xfa\x21\x3d"


def xor(data: bytes, key: bytes) -> bytes:
    """Masking as the RFC writes it: slow and obviously right."""
    return bytes(byte ^ key[i % 4] for i, byte in enumerate(data))


def raw_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    key: bytes | None = KEY,
    length: int | None = None,
    width: int | None = None,
) -> bytes:
    """A frame of a client (or of a server, with no key) that may break any rule."""
    size = len(payload) if length is None else length
    if width is None:
        width = 0 if size < 126 else 2 if size < 65536 else 8
    mark = size if width == 0 else 126 if width == 2 else 127
    head = bytes([(128 if fin else 0) | rsv << 4 | opcode, (128 if key is not None else 0) | mark])
    if width:
        head += struct.pack("!H" if width == 2 else "!Q", size)
    return head + payload if key is None else head + key + xor(payload, key)


def server(codec: Codec | None = None, **limits: int) -> Protocol:
    return Protocol(Side.SERVER, codec, **limits)


def client(codec: Codec | None = None, **limits: int) -> Protocol:
    return Protocol(Side.CLIENT, codec, **limits)


def codecs(options: CompressionOptions | None = None) -> tuple[Codec, Codec]:
    """Compression on both sides, as a server and a client with the same options agree on it."""
    options = options or CompressionOptions(threshold=0)
    accepted = accept_offer([make_offer(options)], options)
    assert accepted is not None
    answer, agreement = accepted
    assert check_answer(answer, options) == agreement
    return agreement.codec(Side.SERVER, options), agreement.codec(Side.CLIENT, options)


def events(protocol: Protocol, pieces: Iterable[bytes], *, bursts: bool = False) -> list[Event]:
    """Everything that *protocol* makes of *pieces*.

    :param bursts: ask for the small messages that come together, as a connection does.
    """
    found: list[Event] = []
    for piece in pieces:
        event = protocol.receive(piece)
        while event is not None:
            if not isinstance(event, Unfinished):
                found.append(event)
            if bursts:
                found.extend(protocol.small_messages())
            event = protocol.next_event()
    return found


def chop(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    """*data* in pieces, cut at these positions."""
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in itertools.pairwise(edges)]


def failure(found: list[Event]) -> Failed:
    """The last event, which must be a failure."""
    assert found, "nothing happened"
    last = found[-1]
    assert isinstance(last, Failed), last
    return last
