"""Close frames: which codes may be sent and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from zonda.websocket.close_codes import close_payload, may_be_sent, parse_close
from zonda.websocket.errors import ProtocolViolation

GOOD = [1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999]
BAD = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


@pytest.mark.parametrize("code", GOOD)
def test_a_good_code_goes_both_ways(code: int) -> None:
    assert may_be_sent(code)
    assert parse_close(close_payload(code, "größe")) == (code, "größe")


@pytest.mark.parametrize("code", BAD)
def test_a_bad_code_is_neither_sent_nor_accepted(code: int) -> None:
    with pytest.raises(ValueError, match="no close code that may be sent"):
        close_payload(code, None)
    with pytest.raises(ProtocolViolation) as caught:
        parse_close(code.to_bytes(2, "big"))
    assert caught.value.code == 1002


@pytest.mark.parametrize(
    ("payload", "meaning"),
    [(b"", (None, None)), (b"\x03\xe8", (1000, "")), (b"\x03\xe8" + b"x" * 123, (1000, "x" * 123))],
)
def test_what_a_payload_says(payload: bytes, meaning: tuple[int | None, str | None]) -> None:
    assert parse_close(payload) == meaning


@pytest.mark.parametrize(
    ("payload", "code"), [(b"\x03", 1002), (b"\x03\xe8\xff", 1007), (b"\x03\xe8\xce\xba\xe1", 1007)]
)
def test_a_malformed_payload_is_a_violation(payload: bytes, code: int) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        parse_close(payload)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("code", "reason", "payload"),
    [(None, None, b""), (None, "", b""), (None, "bye", b"\x03\xe8bye"), (1001, None, b"\x03\xe9")],
)
def test_code_and_reason_are_optional(code: int | None, reason: str | None, payload: bytes) -> None:
    assert close_payload(code, reason) == payload


def test_a_reason_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="has 124 bytes; 123 are allowed"):
        close_payload(1000, "ü" * 62)


@pytest.mark.parametrize(
    ("code", "reason", "message"),
    [
        ("1000", None, "a close code is an int, not str"),
        (1000.0, None, "a close code is an int, not float"),
        (1000, b"bye", "the reason of a close is a str, not bytes"),
        (None, 5, "the reason of a close is a str, not int"),
    ],
)
def test_what_is_neither_code_nor_reason(code: Any, reason: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        close_payload(code, reason)
