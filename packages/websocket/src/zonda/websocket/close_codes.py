"""The close frame: which codes may be sent, and what its payload says.

RFC 6455 sections 5.5.1, 7.4.1 and 7.4.2, and the registry of IANA for 1012 to 1014.  Codes that
only ever describe what happened on this side (1005, 1006, 1015) are never on the wire.
"""

from __future__ import annotations

import enum
from typing import Final

from .errors import ProtocolViolation
from .opcodes import MAX_CONTROL_PAYLOAD


class CloseCode(enum.IntEnum):
    """Why a websocket was closed."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS = 1005
    ABNORMAL = 1006
    INVALID_DATA = 1007
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009
    MANDATORY_EXTENSION = 1010
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014
    TLS_HANDSHAKE = 1015


_NEVER_SENT: Final = frozenset({CloseCode.NO_STATUS, CloseCode.ABNORMAL, CloseCode.TLS_HANDSHAKE})
_REGISTERED: Final = frozenset(int(code) for code in CloseCode) - _NEVER_SENT
# Codes for libraries and frameworks (registered with IANA) and for applications.
_FIRST_FREE: Final = 3000
_LAST_FREE: Final = 4999


def may_be_sent(code: int) -> bool:
    """Whether *code* may stand in a close frame.

    >>> [code for code in (999, 1000, 1005, 1015, 2999, 3000, 4999, 5000) if may_be_sent(code)]
    [1000, 3000, 4999]
    """
    return code in _REGISTERED or _FIRST_FREE <= code <= _LAST_FREE


def close_payload(code: int | None, reason: str | None) -> bytes:
    """The payload of a close frame; without a code and a reason it is empty.

    A reason without a code is sent with 1000, since there is no other place for it.

    :raises TypeError: the code is no `int`, or the reason no `str`.
    :raises ValueError: the code may not be sent, or the reason is longer than 123 bytes.
    """
    if not isinstance(reason, str | None):
        raise TypeError(f"the reason of a close is a str, not {type(reason).__name__}")
    if code is None:
        if not reason:
            return b""
        code = int(CloseCode.NORMAL)
    if not isinstance(code, int):
        raise TypeError(f"a close code is an int, not {type(code).__name__}")
    if not may_be_sent(code):
        raise ValueError(
            f"{code} is no close code that may be sent: 1000 to 1003, 1007 to 1014 or 3000 to 4999"
        )
    payload = code.to_bytes(2, "big") + (reason or "").encode()
    if len(payload) > MAX_CONTROL_PAYLOAD:
        raise ValueError(
            f"the reason of a close has {len(payload) - 2} bytes;"
            f" {MAX_CONTROL_PAYLOAD - 2} are allowed"
        )
    return payload


def parse_close(payload: bytes) -> tuple[int | None, str | None]:
    """Code and reason of a close frame that was received; both None if it says nothing.

    :raises ProtocolViolation: 1002 for a code that may not be sent or one byte alone, 1007 for a
        reason that is not UTF-8.
    """
    if not payload:
        return None, None
    if len(payload) == 1:
        raise ProtocolViolation(CloseCode.PROTOCOL_ERROR, "a close frame with one byte")
    code = payload[0] << 8 | payload[1]
    if not may_be_sent(code):
        raise ProtocolViolation(CloseCode.PROTOCOL_ERROR, f"close code {code} may not be sent")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise ProtocolViolation(
            CloseCode.INVALID_DATA, "the reason of a close is not UTF-8"
        ) from None
