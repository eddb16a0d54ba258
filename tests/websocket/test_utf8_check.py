"""UTF-8 errors are found at the first wrong byte, however the text is cut."""

from __future__ import annotations

import pytest

from zonda.websocket.errors import ProtocolViolation
from zonda.websocket.utf8_check import Utf8Check

WRONG = [
    # The bytes up to the one that cannot be, and that one.
    (b"\xce\xba\xe1\xbd\xb9", b"\xff"),
    (b"\xf4", b"\x90"),
    (b"\xed\xa0", b"\x80"),
    (b"\xe0", b"\x80"),
    (b"\xf0", b"\x8f"),
    (b"", b"\xc0"),
    (b"", b"\x80"),
    (b"\xe2\x82", b"a"),
]


@pytest.mark.parametrize(("good", "bad"), WRONG)
def test_the_first_wrong_byte_is_refused(good: bytes, bad: bytes) -> None:
    check = Utf8Check()
    for value in good:
        check.add(bytes([value]))
    with pytest.raises(ProtocolViolation) as caught:
        check.add(bad)
    assert caught.value.code == 1007


def test_a_character_may_be_cut_anywhere() -> None:
    text = "κόσμε €uro 😀".encode()
    for cut in range(len(text)):
        check = Utf8Check()
        check.add(text[:cut])
        check.add(text[cut:])
