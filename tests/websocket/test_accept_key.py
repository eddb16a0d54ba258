"""The proof of the handshake."""

from __future__ import annotations

import base64

import pytest
from websockets.utils import accept_key as reference

from zonda.websocket.accept_key import accept_key, is_valid_key, new_handshake_key


def test_keys_are_new_valid_and_answered_as_a_peer_would() -> None:
    keys = {new_handshake_key() for _ in range(10)}
    assert len(keys) == 10
    for key in keys:
        assert is_valid_key(key)
        assert accept_key(key) == reference(key)


@pytest.mark.parametrize(
    "key",
    ["", "x" * 24, "ä" * 24, "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ==\n"]
    + [base64.b64encode(bytes(size)).decode() for size in (0, 15, 17, 18)],
)
def test_a_key_without_16_bytes_is_invalid(key: str) -> None:
    assert not is_valid_key(key)
