"""Logging is set up as the options say."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler, TimedRotatingFileHandler
from pathlib import Path

import pytest

from zonda.options import (
    Error,
    OptionParser,
    define_logging_options,
    enable_pretty_logging,
)


@pytest.fixture
def options() -> OptionParser:
    options = OptionParser()
    define_logging_options(options)
    return options


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.Logger("test")
    yield logger
    for handler in logger.handlers:
        handler.close()


def test_by_default_standard_error_has_info(
    options: OptionParser, logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    enable_pretty_logging(options, logger)
    logger.debug("hidden")
    logger.info("shown")
    output = capsys.readouterr().err
    assert output.startswith("[I ") and output.endswith("] shown\n")


def test_where_something_was_set_up_nothing_is_added(
    options: OptionParser, logger: logging.Logger
) -> None:
    logger.addHandler(logging.NullHandler())
    enable_pretty_logging(options, logger)
    assert len(logger.handlers) == 1
    options.log_to_stderr = True
    enable_pretty_logging(options, logger)
    assert len(logger.handlers) == 2


@pytest.mark.parametrize("value", [None, "none", "None", "NONE"])
def test_none_leaves_logging_alone(
    options: OptionParser, logger: logging.Logger, value: str | None
) -> None:
    options.logging = value
    enable_pretty_logging(options, logger)
    assert logger.handlers == [] and logger.level == logging.NOTSET


@pytest.mark.parametrize(
    ("value", "level"),
    [("debug", logging.DEBUG), ("WARNING", logging.WARNING), ("critical", logging.CRITICAL)],
)
def test_levels(options: OptionParser, logger: logging.Logger, value: str, level: int) -> None:
    options.logging = value
    enable_pretty_logging(options, logger)
    assert logger.level == level


def test_a_second_set_up_takes_the_place_of_the_first(
    options: OptionParser, logger: logging.Logger, tmp_path: Path
) -> None:
    options.log_file_prefix = str(tmp_path / "log")
    enable_pretty_logging(options, logger)
    enable_pretty_logging(options, logger)
    logger.info("once")
    assert (tmp_path / "log").read_text().count("once") == 1


def test_a_log_file(options: OptionParser, logger: logging.Logger, tmp_path: Path) -> None:
    options.log_file_prefix = str(tmp_path / "log")
    enable_pretty_logging(options, logger)
    [handler] = logger.handlers
    assert isinstance(handler, RotatingFileHandler)
    assert (handler.maxBytes, handler.backupCount) == (100_000_000, 10)
    logger.error("grüße")
    assert (tmp_path / "log").read_text(encoding="utf-8").endswith("] grüße\n")


def test_a_log_file_and_standard_error(
    options: OptionParser,
    logger: logging.Logger,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options.log_file_prefix = str(tmp_path / "log")
    options.log_to_stderr = True
    enable_pretty_logging(options, logger)
    logger.error("both")
    assert "both" in (tmp_path / "log").read_text() and "both" in capsys.readouterr().err


def test_rotation_by_size(options: OptionParser, logger: logging.Logger, tmp_path: Path) -> None:
    options.log_file_prefix = str(tmp_path / "log")
    options.log_file_max_size = 200
    options.log_file_num_backups = 2
    enable_pretty_logging(options, logger)
    for number in range(50):
        logger.info("record %d", number)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["log", "log.1", "log.2"]
    assert all(path.stat().st_size <= 200 for path in tmp_path.iterdir())


def test_rotation_by_time(options: OptionParser, logger: logging.Logger, tmp_path: Path) -> None:
    options.log_file_prefix = str(tmp_path / "log")
    options.log_rotate_mode = "time"
    options.log_rotate_when = "H"
    options.log_rotate_interval = 6
    enable_pretty_logging(options, logger)
    [handler] = logger.handlers
    assert isinstance(handler, TimedRotatingFileHandler)
    assert (handler.interval, handler.backupCount) == (6 * 3600, 10)
    logger.error("timed")
    assert "timed" in (tmp_path / "log").read_text()


def test_json_lines(
    options: OptionParser,
    logger: logging.Logger,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options.log_format = "json"
    options.log_file_prefix = str(tmp_path / "log")
    options.log_to_stderr = True
    enable_pretty_logging(options, logger)
    logger.info("hello", extra={"user": "ada"})
    for text in ((tmp_path / "log").read_text(), capsys.readouterr().err):
        data = json.loads(text)
        assert (data["message"], data["user"]) == ("hello", "ada")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("logging", "chatty", "'logging' cannot be 'chatty': .* debug, info, warning, error"),
        ("log_format", "xml", "one of pretty, json"),
        ("log_rotate_mode", "moon", "one of size, time"),
        ("log_rotate_when", "moon", "one of s, m, h, d, midnight, w0, w1"),
        ("log_rotate_interval", 0, "has to be 1 or more"),
    ],
)
def test_a_wrong_value(
    options: OptionParser,
    logger: logging.Logger,
    tmp_path: Path,
    name: str,
    value: object,
    reason: str,
) -> None:
    options.log_file_prefix = str(tmp_path / "log")
    options.log_rotate_mode = "time"
    options[name] = value
    with pytest.raises(ValueError, match=reason) as caught:
        enable_pretty_logging(options, logger)
    assert isinstance(caught.value, Error)
    assert logger.handlers == []


def test_parsing_sets_up_logging(
    options: OptionParser, monkeypatch: pytest.MonkeyPatch, logger: logging.Logger
) -> None:
    monkeypatch.setattr(logging, "getLogger", lambda: logger)
    options.parse_command_line(["app.py", "--logging=error", "--log_to_stderr"])
    assert logger.level == logging.ERROR and len(logger.handlers) == 1


@pytest.mark.parametrize(
    ("statement", "arguments", "logs"),
    [
        ("pass", [], False),
        ("parse_command_line()", [], True),
        ("parse_command_line()", ["--logging=none"], False),
        ("options.logging = None; parse_command_line()", [], False),
        ("options.logging = None; parse_command_line()", ["--logging=info"], True),
        ("enable_pretty_logging()", [], True),
    ],
)
def test_a_program(statement: str, arguments: list[str], logs: bool) -> None:
    program = f"from zonda.options import *; {statement}; import logging; logging.info('hello')"
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert ("hello" in result.stderr) is logs
