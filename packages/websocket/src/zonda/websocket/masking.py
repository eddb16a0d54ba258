"""Masking: every byte a client sends is combined with a key, RFC 6455 section 5.3.

Python alone has no fast way to do it, so the C function of the package ``websockets`` is used where
that is installed (the extra ``speedups``).  Elsewhere small payloads are one operation on big
integers and large ones four translations, one for each byte of the key.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

# Up to this many bytes one operation on integers beats four translations.
_SMALL: Final = 512
# 1 in every fourth byte: multiplied with a key it is the key repeated.
_ONES: Final = tuple(
    [int.from_bytes(b"\x01\x00\x00\x00" * words, "little") for words in range(_SMALL // 4 + 1)]
)
_TRANSLATIONS: Final[list[bytes]] = []

# Keys are cut from a block of random bytes: one system call for a thousand keys.
_KEYS_PER_BLOCK: Final = 1024


def mask_portably(data: bytes, key: bytes) -> bytes:
    """Combine *data* with the four bytes of *key*; doing it twice gives *data* again.

    :raises ValueError: the key has not four bytes.
    """
    if len(key) != 4:
        raise ValueError(f"a masking key has 4 bytes, not {len(key)}")
    size = len(data)
    if size <= _SMALL:
        words = (size + 3) >> 2
        mixed = int.from_bytes(data, "little") ^ (int.from_bytes(key, "little") * _ONES[words])
        return mixed.to_bytes(words << 2, "little")[:size]
    if not _TRANSLATIONS:
        _TRANSLATIONS.extend([bytes([value ^ byte for value in range(256)]) for byte in range(256)])
    mixed_bytes = bytearray(size)
    for offset in range(4):
        mixed_bytes[offset::4] = data[offset::4].translate(_TRANSLATIONS[key[offset]])
    return bytes(mixed_bytes)


def _choose() -> Callable[[bytes, bytes], bytes]:
    try:
        from websockets.speedups import apply_mask
    except ImportError:
        return mask_portably
    return apply_mask


mask: Final[Callable[[bytes, bytes], bytes]] = _choose()


class KeySource:
    """Keys that nobody can predict (RFC 6455 section 10.3)."""

    def __init__(self) -> None:
        self._block = b""
        self._next = 0

    def new_key(self) -> bytes:
        """Four random bytes, never the same ones again."""
        start = self._next
        if start >= len(self._block):
            self._block = os.urandom(4 * _KEYS_PER_BLOCK)
            start = 0
        self._next = start + 4
        return self._block[start : start + 4]

    def forget(self) -> None:
        """Throw the block away: after a fork the child must not use its parent's keys."""
        self._block = b""
        self._next = 0


KEYS: Final = KeySource()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=KEYS.forget)
