"""Log lines that are expected are hidden, those that are missing fail the test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from zonda.testing import ExpectLog

NAME = "zonda.testing.example"


class Shown(logging.Handler):
    """Keeps what comes through."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    logger = logging.getLogger(NAME)
    logger.setLevel(logging.INFO)
    yield logger
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def shown() -> Iterator[Shown]:
    handler = Shown()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("by_name", [True, False])
def test_what_matches_is_hidden(log: logging.Logger, shown: Shown, by_name: bool) -> None:
    with ExpectLog(NAME if by_name else log, "disk .* full") as expected:
        log.info("disk %d is full", 3)
        log.info("another line")
        log.info("disk %d is full", 4)
    log.info("disk 5 is full")
    assert shown.lines == ["another line", "disk 5 is full"]
    assert expected.matched == 2
    assert not expected.logged_stack


def test_the_beginning_must_match(log: logging.Logger) -> None:
    missing = pytest.raises(AssertionError, match=r"no line .* matched 'full'")
    with missing, ExpectLog(log, "full"):
        log.info("disk 3 is full")


def test_not_required(log: logging.Logger) -> None:
    with ExpectLog(log, "never", required=False):
        pass


def test_an_error_in_the_block_is_not_hidden(log: logging.Logger) -> None:
    with pytest.raises(KeyError), ExpectLog(log, "never"):
        raise KeyError


def test_a_traceback_is_noted(log: logging.Logger) -> None:
    with ExpectLog(log, "failed") as expected:
        try:
            raise KeyError("x")
        except KeyError:
            log.exception("failed")
    assert expected.logged_stack


def test_only_one_level(log: logging.Logger, shown: Shown) -> None:
    missing = pytest.raises(AssertionError, match="no WARNING line")
    with missing, ExpectLog(log, "line", level=logging.WARNING):
        log.info("line")
    assert shown.lines == ["line"]


def test_a_level_that_is_off_is_on_meanwhile(log: logging.Logger, shown: Shown) -> None:
    with ExpectLog(log, "detail", level=logging.DEBUG):
        log.debug("detail")
    assert log.level == logging.INFO
    with ExpectLog(log, "news", level=logging.INFO):
        log.info("news")
    assert log.level == logging.INFO
    assert shown.lines == []


def test_the_root_gets_what_others_pass_on(log: logging.Logger, shown: Shown) -> None:
    with ExpectLog("", "line"):
        log.info("line")
    with ExpectLog(logging.getLogger(), "own"):
        logging.getLogger().warning("own")
    assert shown.lines == []
