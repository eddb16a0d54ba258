"""Messages from fragments, with their limits."""

from __future__ import annotations

import pytest

from tests.websocket.frames import BINARY, CONT, TEXT
from zonda.websocket.errors import ProtocolViolation
from zonda.websocket.message_assembly import MessageAssembly


def assemble(*fragments: bytes, opcode: int = BINARY, max_size: int = 100) -> str | bytes:
    assembly = MessageAssembly(max_size, None)
    for number, fragment in enumerate(fragments):
        assembly.announce(CONT if number else opcode, False, len(fragment))
        assembly.add(fragment)
    return assembly.finish()


def test_fragments_are_put_together() -> None:
    assert assemble(b"ab", b"", b"c") == b"abc"
    assert assemble("ü".encode()[:1], "ü".encode()[1:], opcode=TEXT) == "ü"
    assert assemble(b"", b"", opcode=TEXT) == ""


@pytest.mark.parametrize(
    ("opcodes", "code"), [([CONT], 1002), ([TEXT, TEXT], 1002), ([TEXT, CONT, BINARY], 1002)]
)
def test_fragments_must_follow_each_other(opcodes: list[int], code: int) -> None:
    assembly = MessageAssembly(100, None)
    for opcode in opcodes[:-1]:
        assembly.announce(opcode, False, 0)
    with pytest.raises(ProtocolViolation) as caught:
        assembly.announce(opcodes[-1], False, 0)
    assert caught.value.code == code


def test_the_limit_counts_all_fragments_and_includes_itself() -> None:
    assert assemble(b"x" * 60, b"x" * 40) == b"x" * 100
    with pytest.raises(ProtocolViolation) as caught:
        assemble(b"x" * 60, b"x" * 41)
    assert caught.value.code == 1009


def test_the_number_of_fragments_is_limited() -> None:
    assembly = MessageAssembly(100, None, max_fragments=3)
    for opcode in (BINARY, CONT, CONT):
        assembly.announce(opcode, False, 0)
    with pytest.raises(ProtocolViolation) as caught:
        assembly.announce(CONT, False, 0)
    assert caught.value.code == 1009


@pytest.mark.parametrize("fragments", [[b"\xff"], [b"ok", b"\xc3", b"("], [b"\xe2\x82"]])
def test_text_must_be_utf8(fragments: list[bytes]) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        assemble(*fragments, opcode=TEXT)
    assert caught.value.code == 1007


def test_a_message_begins_empty_after_the_one_before() -> None:
    assembly = MessageAssembly(10, None)
    for expected in (b"0123456789", b"9876543210"):
        assembly.announce(BINARY, False, 10)
        assembly.add(expected)
        assert assembly.finish() == expected
