"""Log lines about TLS handshakes that failed."""

from __future__ import annotations

import logging
import ssl

import pytest

from zonda.iostream.failed_handshakes import MAX_LINES, WINDOW, FailedHandshakes


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_flood_is_a_few_lines_and_a_count(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    clock = Clock()
    failed = FailedHandshakes(clock)
    for _ in range(MAX_LINES + 5):
        failed.note(ssl.SSLError(1, "no TLS"))
    assert len(caplog.records) == MAX_LINES
    assert "no TLS" in caplog.text
    caplog.clear()
    clock.now = WINDOW + 1
    failed.note(ssl.SSLError(1, "again"))
    told = [record.getMessage() for record in caplog.records]
    assert told[0].startswith("SSL Error: 5 more") and "again" in told[1]
    assert len(told) == 2


def test_peers_that_are_gone_are_seen_only_by_who_looks_for_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failed = FailedHandshakes()
    with caplog.at_level(logging.INFO):
        failed.note(ConnectionResetError("gone"))
    assert not caplog.records
    with caplog.at_level(logging.DEBUG):
        failed.note(ConnectionResetError("gone"))
    assert "gone" in caplog.text
