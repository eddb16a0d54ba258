"""Bytes of a peer to what they say, RFC 6455 section 5: the reading half of the protocol.

What arrives is fed in and events are taken out one by one, so that nothing is decoded before the
message before it was dealt with.

* Between messages a whole, small, uncompressed frame is one step; that is nearly every frame.
* A data frame that has not arrived completely is read piece by piece as it comes.
* A control frame is read when it is here completely; it may stand between fragments.
* After a close frame or a violation nothing is read any more.

Bytes are kept only up to the end of an incomplete header or control frame, so any way of cutting
the stream costs linear time.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Final

from .close_codes import parse_close
from .errors import ProtocolViolation
from .events import Closed, Event, Failed, Ping, Pong, Unfinished
from .frame_header import FrameHeader, read_header
from .masking import mask
from .message_assembly import MessageAssembly
from .opcodes import BINARY, FIN, MASKED, MAX_SHORT_PAYLOAD, PING, PONG, RSV1, TEXT
from .utf8_check import invalid_text

# Frames that are read without an event in between: one read of the transport can bring forty
# thousand fragments without a byte.
FRAGMENTS_PER_TURN: Final = 2000

_WHOLE_TEXT: Final = FIN | TEXT
_WHOLE_BINARY: Final = FIN | BINARY
_COMPRESSED_TEXT: Final = FIN | RSV1 | TEXT
_COMPRESSED_BINARY: Final = FIN | RSV1 | BINARY

_PLAIN: Final = frozenset({_WHOLE_TEXT, _WHOLE_BINARY})
_COMPRESSED: Final = frozenset({*_PLAIN, _COMPRESSED_TEXT, _COMPRESSED_BINARY})


class Reading(enum.Enum):
    """What the next bytes are."""

    MESSAGE = "a frame that begins a message, or a control frame"
    FRAGMENT = "a frame that continues a message, or a control frame"
    PAYLOAD = "the rest of a data frame"
    NOTHING = "nothing is read any more"


# By plain names: reading a member off its class goes through a descriptor before Python 3.12.
_MESSAGE: Final = Reading.MESSAGE
_FRAGMENT: Final = Reading.FRAGMENT
_PAYLOAD: Final = Reading.PAYLOAD
_NOTHING: Final = Reading.NOTHING


class Receiver:
    """Reads what one peer sends.

    :param assembly: puts messages together.
    :param masked: whether the peer must mask its frames, as clients must.
    :param max_size: the limit of a message in bytes.
    :param compression: whether permessage-deflate was negotiated.
    """

    __slots__ = (
        "_assembly",
        "_compression",
        "_data",
        "_fin",
        "_key",
        "_least",
        "_mask_bit",
        "_masked",
        "_max_size",
        "_missing",
        "_position",
        "_reading",
        "_small_header",
        "_whole",
    )

    def __init__(
        self, assembly: MessageAssembly, *, masked: bool, max_size: int, compression: bool
    ) -> None:
        self._assembly = assembly
        self._masked = masked
        self._compression = compression
        self._max_size = max_size
        self._whole = _COMPRESSED if compression else _PLAIN
        self._mask_bit = MASKED if masked else 0
        self._small_header = 6 if masked else 2
        self._least = 6 if masked else 4
        self._data = b""
        self._position = 0
        self._reading = _MESSAGE
        # Of the data frame that is being read in pieces:
        self._key = b""
        self._missing = 0
        self._fin = True

    def receive(self, data: bytes) -> Event | None:
        """Take bytes from the peer; the result is the next event, as of `next_event`."""
        if self._position < len(self._data):
            self.feed(data)
        elif self._reading is not _NOTHING:
            self._data = data
            self._position = 0
        return self.next_event()

    def feed(self, data: bytes) -> None:
        """Take bytes from the peer for later."""
        if self._reading is not _NOTHING:
            self._data = self._data[self._position :] + data
            self._position = 0

    @property
    def has_unread(self) -> bool:
        """Whether bytes of the peer are here that `next_event` has not used."""
        return self._position < len(self._data)

    def stop(self) -> None:
        """Read nothing any more, and hold nothing."""
        self._reading = _NOTHING
        self._data = b""
        self._position = 0

    def next_event(self) -> Event | None:
        """The next thing the peer did, or None if that has not arrived completely."""
        data = self._data
        position = self._position
        size = len(data)
        if position == size:
            return None
        if self._reading is not _MESSAGE or size - position < self._least:
            return self._next_slowly()
        first = data[position]
        length = data[position + 1] ^ self._mask_bit
        start = position + self._small_header
        if length > MAX_SHORT_PAYLOAD:
            if length > 126:
                return self._next_slowly()
            length = data[position + 2] << 8 | data[position + 3]
            start += 2
            if length < 126:
                return self._next_slowly()
        stop = start + length
        if stop > size or length > self._max_size or first not in self._whole:
            return self._next_slowly()
        self._position = stop
        payload = data[start:stop]
        if self._masked:
            payload = mask(payload, data[start - 4 : start])
        if first & RSV1:
            try:
                return self._assembly.compressed(payload, first == _COMPRESSED_TEXT)
            except ProtocolViolation as violation:
                return self.violated(violation)
        if first == _WHOLE_BINARY:
            return payload
        try:
            return payload.decode()
        except UnicodeDecodeError:
            return self.violated(invalid_text())

    def small_messages(self) -> Iterator[str | bytes]:
        """The messages that come next, as far as each is one small frame without compression.

        Many that came in one read cost less this way; what ends them is for `next_event`.  The
        iterator may be left at any time, and has ended when bytes were fed in meanwhile.
        """
        if self._reading is not _MESSAGE:
            return
        data = self._data
        size = len(data)
        position = self._position
        header = self._small_header
        mask_bit = self._mask_bit
        longest = min(MAX_SHORT_PAYLOAD, self._max_size)
        while size - position >= header and self._data is data:
            first = data[position]
            start = position + header
            stop = start + (data[position + 1] ^ mask_bit)
            if stop > size or stop - start > longest or first not in _PLAIN:
                return
            payload = data[start:stop]
            if mask_bit:
                payload = mask(payload, data[start - 4 : start])
            if first == _WHOLE_BINARY:
                self._position = position = stop
                yield payload
            else:
                try:
                    text = payload.decode()
                except UnicodeDecodeError:
                    return
                self._position = position = stop
                yield text

    def closed_by_peer(self, code: int | None, reason: str | None) -> Event:
        """A close frame has arrived, and nothing after it counts; gives the event of it."""
        self.stop()
        return Closed(code, reason, b"")

    def violated(self, violation: ProtocolViolation) -> Event:
        """The peer broke a rule, and nothing after it counts; gives the event of it."""
        self.stop()
        return Failed(violation.code, violation.reason, b"")

    def _next_slowly(self) -> Event | None:
        try:
            return self._read()
        except ProtocolViolation as violation:
            return self.violated(violation)

    def _read(self) -> Event | None:
        for _ in range(FRAGMENTS_PER_TURN):
            if self._reading is _NOTHING:
                return None
            if self._reading is _PAYLOAD:
                if not self._take_piece():
                    return None
                if self._fin:
                    return self._assembly.finish()
            if self._position == len(self._data):
                return None
            header = read_header(
                self._data, self._position, masked=self._masked, compression=self._compression
            )
            if header is None:
                return None
            if header.is_control:
                return self._control(header)
            message = self._data_frame(header)
            if message is not None:
                return message
        return Unfinished()

    def _control(self, header: FrameHeader) -> Event | None:
        stop = header.start + header.length
        if stop > len(self._data):
            return None
        payload = self._data[header.start : stop]
        if self._masked:
            payload = mask(payload, header.key)
        self._position = stop
        if header.opcode == PING:
            return Ping(payload)
        if header.opcode == PONG:
            return Pong(payload)
        return self.closed_by_peer(*parse_close(payload))

    def _data_frame(self, header: FrameHeader) -> str | bytes | None:
        """Begin a data frame; a message that is one complete frame is the result."""
        alone = header.fin and not self._assembly.in_message
        self._assembly.announce(header.opcode, header.compressed, header.length)
        stop = header.start + header.length
        if alone and stop <= len(self._data):
            payload = self._data[header.start : stop]
            if self._masked:
                payload = mask(payload, header.key)
            self._position = stop
            return self._assembly.whole(payload)
        self._position = header.start
        self._key = header.key
        self._missing = header.length
        self._fin = header.fin
        self._reading = _PAYLOAD
        return None

    def _take_piece(self) -> bool:
        """Take what is here of the frame's payload; true if that was the rest."""
        stop = min(self._position + self._missing, len(self._data))
        piece = self._data[self._position : stop]
        if piece:
            self._position = stop
            self._missing -= len(piece)
            if self._masked:
                turn = len(piece) & 3
                piece = mask(piece, self._key)
                self._key = self._key[turn:] + self._key[:turn]
            self._assembly.add(piece)
        if self._missing:
            return False
        self._reading = _MESSAGE if self._fin else _FRAGMENT
        return True
