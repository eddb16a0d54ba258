"""One side of a websocket without any I/O: RFC 6455 after the handshake, with RFC 7692.

What the peer sent goes in (`Protocol.receive`) and events come out; what is to be sent goes in and
the bytes to write come out.  The caller writes them, in the order in which it got them.

>>> from zonda.websocket.states import Side
>>> server, client = Protocol(Side.SERVER), Protocol(Side.CLIENT)
>>> server.receive(client.message("hello"))
'hello'
>>> client.receive(server.ping(b"there?"))
Ping(payload=b'there?')
>>> client.receive(server.close(1000, "done"))
Closed(code=1000, reason='done', reply=b'\\x88\\x86...')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .close_codes import close_payload
from .errors import ProtocolViolation, WebSocketClosedError
from .events import Closed, Event, Failed
from .frame_writer import SHORT_BINARY, SHORT_TEXT, frame, masked_frame
from .limits import MAX_FRAGMENTS, MAX_MESSAGE_SIZE
from .message_assembly import MessageAssembly
from .opcodes import (
    BINARY,
    CLOSE,
    FIN,
    MAX_CONTROL_PAYLOAD,
    MAX_SHORT_PAYLOAD,
    PING,
    PONG,
    RSV1,
    TEXT,
)
from .prepared import PreparedMessage
from .receiver import Receiver
from .states import TRANSITIONS, Side, State, Step
from .utf8_check import check_text

if TYPE_CHECKING:
    from .codec import Codec

_OPEN: Final = State.OPEN
_TEXT: Final = FIN | TEXT
_BINARY: Final = FIN | BINARY


class Protocol(Receiver):
    """The states and rules of one side.

    :param codec: what was negotiated, if compression was.
    :param max_message_size: bytes of a message that is received, after decompression.
    :param max_fragments: frames of a message that is received.
    :ivar state: where the websocket is in its life.
    :ivar close_code: what the peer's close frame said, None before it or if it said nothing.
    :ivar close_reason: likewise.
    """

    __slots__ = ("_codec", "_masking", "close_code", "close_reason", "side", "state")

    def __init__(
        self,
        side: Side,
        codec: Codec | None = None,
        *,
        max_message_size: int = MAX_MESSAGE_SIZE,
        max_fragments: int = MAX_FRAGMENTS,
    ) -> None:
        inflater = codec.inflater if codec is not None else None
        super().__init__(
            MessageAssembly(max_message_size, inflater, max_fragments),
            masked=side is Side.SERVER,
            max_size=max_message_size,
            compression=codec is not None,
        )
        self.side = side
        self.state = _OPEN
        self.close_code: int | None = None
        self.close_reason: str | None = None
        self._codec = codec
        self._masking = side is Side.CLIENT

    # What comes in, beside what a `Receiver` does.

    def closed_by_peer(self, code: int | None, reason: str | None) -> Event:
        """The peer's close frame is answered with the same code and reason."""
        self.stop()
        self.close_code = code
        self.close_reason = reason
        self._step(Step.RECEIVE_CLOSE)
        reply = b""
        if self.state is State.CLOSE_RECEIVED:
            self._step(Step.SEND_CLOSE)
            reply = self._frame(FIN | CLOSE, close_payload(code, reason))
        return Closed(code, reason, reply)

    def violated(self, violation: ProtocolViolation) -> Event:
        """The peer is told what was wrong, unless our close frame was sent before."""
        self.stop()
        reply = b""
        if self.state is _OPEN:
            reply = self._frame(FIN | CLOSE, close_payload(violation.code, violation.reason))
        self._step(Step.FAIL)
        return Failed(violation.code, violation.reason, reply)

    def connection_lost(self) -> None:
        """The transport has ended: nothing more comes in or goes out."""
        self.stop()
        self._step(Step.FAIL)

    # What goes out.

    def message(self, message: str | bytes, binary: bool | None = None) -> bytes:
        """The frame of a message.

        :param binary: send bytes as text (False) or text as binary; as they are if None.
        :raises WebSocketClosedError: a close frame was sent, or the websocket failed.
        :raises ValueError: bytes that are sent as text are not UTF-8.
        """
        if self.state is not _OPEN:
            raise WebSocketClosedError(self.close_code, self.close_reason)
        if isinstance(message, str):
            payload = message.encode()
        else:
            payload = message
            if binary is None:
                binary = True
            elif not binary:
                check_text(payload)
        codec = self._codec
        if codec is None:
            if self._masking:
                return masked_frame(_BINARY if binary else _TEXT, payload)
            size = len(payload)
            if size <= MAX_SHORT_PAYLOAD:
                return (SHORT_BINARY if binary else SHORT_TEXT)[size] + payload
        elif len(payload) >= codec.threshold and payload:
            first = FIN | RSV1 | (BINARY if binary else TEXT)
            return self._frame(first, codec.deflater.deflate(payload))
        return self._frame(_BINARY if binary else _TEXT, payload)

    def prepared(self, message: PreparedMessage) -> bytes:
        """The frame of a message that several receive.

        :raises WebSocketClosedError: see `message`.
        """
        if self.state is not _OPEN:
            raise WebSocketClosedError(self.close_code, self.close_reason)
        if self._masking:
            return self.message(message.payload, message.binary)
        codec = self._codec
        if codec is None or len(message.payload) < codec.threshold or not message.payload:
            return message.plain_frame()
        codec.deflater.forget()
        return message.compressed_frame(codec.deflater.settings)

    def ping(self, payload: bytes = b"") -> bytes:
        """A ping frame; the peer answers with a pong of the same *payload*.

        :raises WebSocketClosedError: see `message`.
        :raises ValueError: the payload has more than 125 bytes.
        """
        return self._control_frame(PING, payload)

    def pong(self, payload: bytes = b"") -> bytes:
        """A pong frame, for a ping or unasked.

        :raises WebSocketClosedError: see `message`.
        :raises ValueError: the payload has more than 125 bytes.
        """
        return self._control_frame(PONG, payload)

    def close(self, code: int | None = None, reason: str | None = None) -> bytes:
        """The close frame that begins the closing handshake; nothing may be sent after it.

        :raises WebSocketClosedError: see `message`.
        :raises ValueError: the code may not be sent, or the reason has more than 123 bytes.
        """
        payload = close_payload(code, reason)
        if self.state is not _OPEN:
            raise WebSocketClosedError(self.close_code, self.close_reason)
        self._step(Step.SEND_CLOSE)
        return self._frame(FIN | CLOSE, payload)

    # Inside.

    def _control_frame(self, opcode: int, payload: bytes) -> bytes:
        if len(payload) > MAX_CONTROL_PAYLOAD:
            raise ValueError(
                f"a ping or pong has at most {MAX_CONTROL_PAYLOAD} bytes, not {len(payload)}"
            )
        if self.state is not _OPEN:
            raise WebSocketClosedError(self.close_code, self.close_reason)
        return self._frame(FIN | opcode, payload)

    def _frame(self, first: int, payload: bytes) -> bytes:
        return masked_frame(first, payload) if self._masking else frame(first, payload)

    def _step(self, step: Step) -> None:
        self.state = TRANSITIONS[self.state, step]
