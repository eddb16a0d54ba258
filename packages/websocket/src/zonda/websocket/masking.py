"""Masking: every byte a client sends is combined with a key, RFC 6455 section 5.3.

Python alone has no fast way to do it, so a C function is used where there is one: that of a
compiled wheel, or that of the package ``websockets`` where it is installed (the extra
``speedups``).  Elsewhere small payloads are one operation on big integers and large ones four
translations, one for each byte of the key.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
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
    mixed_bytes = bytearray(data)
    for offset in range(4):
        mixed_bytes[offset::4] = mixed_bytes[offset::4].translate(_TRANSLATIONS[key[offset]])
    return bytes(mixed_bytes)


def _choose() -> Callable[[bytes, bytes], bytes]:
    if not os.environ.get("ZONDA_PURE"):
        try:
            from ._native import mask
        except ImportError:
            pass
        else:
            return mask
    try:
        return _speedups() or _apply_mask()
    except ImportError:
        return mask_portably


def _speedups() -> Callable[[bytes, bytes], bytes] | None:
    """The C function from its file alone.

    Its package looks for its own version, which takes longer than all else that this one imports.
    """
    name = "websockets.speedups"
    package = PathFinder.find_spec("websockets")
    places = package.submodule_search_locations if package else None
    spec = PathFinder.find_spec(name, places) if places else None
    if spec is None or spec.loader is None or name in sys.modules:
        return None
    module = spec.loader.create_module(spec)
    if module is None:
        return None
    spec.loader.exec_module(module)
    apply: Callable[[bytes, bytes], bytes] = module.apply_mask
    return apply


def _apply_mask() -> Callable[[bytes, bytes], bytes]:
    from websockets.speedups import apply_mask

    return apply_mask


mask: Final[Callable[[bytes, bytes], bytes]] = _choose()


class KeySource:
    """Keys that nobody can predict (RFC 6455 section 10.3)."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: list[bytes] = []

    def new_key(self) -> bytes:
        """Four random bytes, never the same ones again."""
        try:
            return self._keys.pop()
        except IndexError:  # another thread may have taken the last one
            block = os.urandom(4 * _KEYS_PER_BLOCK)
            self._keys.extend([block[start : start + 4] for start in range(4, len(block), 4)])
            return block[:4]

    def forget(self) -> None:
        """Throw the keys away: after a fork the child must not use its parent's."""
        self._keys.clear()


KEYS: Final = KeySource()
new_key: Final = KEYS.new_key
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=KEYS.forget)
