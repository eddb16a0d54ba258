"""A message that is encoded, and compressed, once for all who receive it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .frame_writer import binary_frame, frame, text_frame
from .opcodes import BINARY, FIN, RSV1, TEXT
from .utf8_check import check_text

if TYPE_CHECKING:
    from .deflater import DeflateSettings


class PreparedMessage:
    """A message with the frames that carry it; each is made when it is first needed.

    >>> PreparedMessage("hello").plain_frame()
    b'\\x81\\x05hello'

    :param binary: as of `WebSocketHandler.write_message`, or None for the kind of *message*.
    :raises ValueError: bytes that are to be sent as text are not UTF-8.
    :ivar payload: the message as bytes.
    :ivar binary: whether it is a binary message.
    """

    __slots__ = ("_compressed", "_plain", "binary", "payload")

    def __init__(self, message: str | bytes, binary: bool | None = None) -> None:
        if isinstance(message, str):
            self.payload = message.encode()
            self.binary = bool(binary)
        else:
            self.payload = bytes(message)
            self.binary = True if binary is None else binary
            if not self.binary:
                check_text(self.payload)
        self._plain: bytes | None = None
        self._compressed: dict[DeflateSettings, bytes] | None = None

    def plain_frame(self) -> bytes:
        """The frame of a server that does not compress it."""
        made = self._plain
        if made is None:
            made = binary_frame(self.payload) if self.binary else text_frame(self.payload)
            self._plain = made
        return made

    def compressed_frame(self, settings: DeflateSettings) -> bytes:
        """The frame of a server that compresses it with these settings."""
        if self._compressed is None:
            self._compressed = {}
        made = self._compressed.get(settings)
        if made is None:
            from .deflater import deflate_alone

            first = FIN | RSV1 | (BINARY if self.binary else TEXT)
            made = self._compressed[settings] = frame(first, deflate_alone(self.payload, settings))
        return made
