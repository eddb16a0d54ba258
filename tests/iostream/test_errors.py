"""The errors and what they say."""

from __future__ import annotations

import pytest

from zonda.iostream import (
    StreamBufferFullError,
    StreamBusyError,
    StreamClosedError,
    StreamError,
    TooManyRestartsError,
    UnsatisfiableReadError,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (StreamClosedError(), "Stream is closed"),
        (StreamClosedError(ValueError("why")), "Stream is closed: why"),
        (StreamClosedError(KeyboardInterrupt()), "Stream is closed: KeyboardInterrupt()"),
        (UnsatisfiableReadError("not found"), "not found"),
    ],
)
def test_texts(error: StreamError, text: str) -> None:
    assert str(error) == text


def test_kinds() -> None:
    for kind in (StreamClosedError, StreamBufferFullError, StreamBusyError, TooManyRestartsError):
        assert issubclass(kind, StreamError)
    assert issubclass(StreamClosedError, OSError)
    assert issubclass(UnsatisfiableReadError, StreamClosedError)
    assert issubclass(StreamBusyError, RuntimeError)
    cause = UnsatisfiableReadError("x")
    assert UnsatisfiableReadError("x", cause).real_error is cause
