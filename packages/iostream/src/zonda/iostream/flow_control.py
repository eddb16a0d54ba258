"""Water marks of a transport's write buffer: when to tell its protocol to pause."""

from __future__ import annotations

import asyncio
from typing import cast

# What asyncio's own transports begin with, in bytes.
HIGH_WATER = 64 * 1024
LOW_WATER = HIGH_WATER // 4


class FlowControlledTransport(asyncio.Transport):
    """The part of a transport that does not depend on where the bytes go.

    A subclass says how much waits (`get_write_buffer_size`), and calls `_buffer_grew` and
    `_buffer_shrank`.
    """

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._protocol = protocol
        self._high = HIGH_WATER
        self._low = LOW_WATER
        self._protocol_paused = False
        self._closing = False
        self._reading_paused = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = cast(asyncio.Protocol, protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return not self._closing and not self._reading_paused

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        if high is None:
            high = HIGH_WATER if low is None else 4 * low
        if low is None:
            low = high // 4
        if not high >= low >= 0:
            raise ValueError(f"high ({high}) must be at least low ({low}), and low at least 0")
        self._high = high
        self._low = low
        self._buffer_grew()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low, self._high

    def can_write_eof(self) -> bool:
        return False

    def _buffer_grew(self) -> None:
        if not self._protocol_paused and self.get_write_buffer_size() > self._high:
            self._protocol_paused = True
            self._protocol.pause_writing()

    def _buffer_shrank(self) -> None:
        if self._protocol_paused and self.get_write_buffer_size() <= self._low:
            self._protocol_paused = False
            self._protocol.resume_writing()
