"""Log records as lines and as JSON."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.options import JSONFormatter, LogFormatter
from zonda.options.log_formatter import printable, stderr_has_color


def record(message: object, *args: object, level: int = logging.INFO, **extra: object) -> Any:
    made = logging.LogRecord("zonda.test", level, "/x/app.py", 12, message, args, None)
    made.__dict__.update(extra)
    return made


def failed(message: str, error: Exception) -> Any:
    made = record(message)
    try:
        raise error
    except Exception:
        made.exc_info = sys.exc_info()
    return made


PLAIN = LogFormatter(color=False)


def test_a_line() -> None:
    line = PLAIN.format(record("hello %s", "world"))
    assert re.fullmatch(r"\[I \d{6} \d\d:\d\d:\d\d app:12\] hello world", line)


COLORED = """\
import logging, sys
from zonda.options import LogFormatter
handler = logging.StreamHandler()
handler.setFormatter(LogFormatter("%(color)s<%(levelname)s>%(end_color)s %(message)s", **{}))
logging.getLogger().addHandler(handler)
logging.addLevelName(45, "ODD")
logging.error("a")
logging.log(45, "b")
"""


def on_a_terminal(program: str, **environ: str) -> str:
    """What a program writes to standard error where that is a terminal."""
    master, slave = os.openpty()
    base = {"PATH": os.environ["PATH"], "TERM": "xterm-256color"}
    with os.fdopen(master, "rb") as reader, os.fdopen(slave, "wb") as writer:
        subprocess.run(
            [sys.executable, "-c", program], stderr=writer, env=base | environ, check=True
        )
        # While this side of the terminal is open, reading does not meet its end.
        return os.read(reader.fileno(), 65_536).decode().replace("\r\n", "\n")


def test_colours_on_a_terminal() -> None:
    assert on_a_terminal(COLORED) == "\x1b[31m<ERROR>\x1b[0m a\n<ODD> b\n"


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_without_colours(environ: dict[str, str]) -> None:
    assert on_a_terminal(COLORED, **environ) == "<ERROR> a\n<ODD> b\n"


def test_colours_of_ones_own_and_none_at_all() -> None:
    own = COLORED.replace("**{}", "colors={logging.ERROR: 6}")
    assert on_a_terminal(own) == "\x1b[36m<ERROR>\x1b[0m a\n<ODD> b\n"
    without = COLORED.replace("**{}", "color=False")
    assert on_a_terminal(without) == "<ERROR> a\n<ODD> b\n"


def test_no_colours_in_a_file() -> None:
    result = subprocess.run(
        [sys.executable, "-c", COLORED], capture_output=True, text=True, check=True
    )
    assert result.stderr == "<ERROR> a\n<ODD> b\n"


def test_colours_are_chosen_when_the_formatter_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    formatter = LogFormatter("%(color)sx")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert formatter.format(record("")) == "\x1b[32mx"


def test_no_colours_without_a_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert not stderr_has_color()


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("grüße\ttab", "grüße\ttab"),
        ("two\nlines", "two\n    lines"),
        ("\x1b[2Jcleared", "\\x1b[2Jcleared"),
        ("a\r[I forged] b", "a\\r[I forged] b"),
        ("a\x85b\u2028c", "a\\x85b\\u2028c"),
        ("lone \udc80", "lone \\udc80"),
        (b"\xe9", "b'\\xe9'"),
        (5, "5"),
    ],
)
def test_a_message_cannot_control_the_terminal_or_forge_a_record(
    message: object, shown: str
) -> None:
    assert LogFormatter("%(message)s", color=False).format(record(message)) == shown


@given(st.text())
def test_printable_text_can_be_encoded_and_has_no_controls(text: str) -> None:
    assert all(c in "\t\n" or c >= " " for c in printable(text).encode().decode())


def test_a_message_whose_arguments_do_not_fit() -> None:
    line = LogFormatter("%(message)s", color=False).format(record("%d items", "x"))
    assert line.startswith("Bad message (TypeError(") and "'%d items' with ('x',)" in line


def test_an_exception_follows_indented() -> None:
    lines = PLAIN.format(failed("failed", ValueError("a\x1b\nb"))).splitlines()
    assert lines[0].endswith("failed")
    assert lines[1] == "    Traceback (most recent call last):"
    assert lines[-2:] == ["    ValueError: a\\x1b", "    b"]
    assert all(line.startswith("    ") for line in lines[1:])


def test_a_stack_follows_indented() -> None:
    made = record("here")
    made.stack_info = "Stack:\n  line"
    assert PLAIN.format(made).endswith("here\n    Stack:\n      line")


@pytest.mark.parametrize("style", ["{", "$"])
def test_other_styles(style: Any) -> None:
    fmt = {"{": "{color}{message}{end_color}", "$": "${color}${message}$end_color"}[style]
    assert LogFormatter(fmt, style=style, color=False).format(record("x")) == "x"


def test_it_can_be_named_in_a_logging_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "pretty": {"class": "zonda.options.LogFormatter"},
                "short": {"()": "zonda.options.LogFormatter", "fmt": "%(message)s!"},
                "json": {"class": "zonda.options.JSONFormatter"},
            },
            "handlers": {
                name: {
                    "class": "logging.StreamHandler",
                    "formatter": name,
                    "stream": "ext://sys.stdout",
                }
                for name in ("pretty", "short", "json")
            },
            "loggers": {
                "zonda.test": {"handlers": ["pretty", "short", "json"], "level": "INFO"},
            },
        }
    )
    logger = logging.getLogger("zonda.test")
    try:
        logger.info("hello")
        pretty, short, line = capsys.readouterr().out.splitlines()
    finally:
        logger.handlers.clear()
    assert pretty.startswith("[I ") and pretty.endswith("] hello")
    assert short == "hello!"
    assert json.loads(line)["message"] == "hello"


def from_json(made: Any) -> dict[str, Any]:
    line = JSONFormatter().format(made)
    assert "\n" not in line
    data: dict[str, Any] = json.loads(line)
    return data


def test_a_json_record() -> None:
    made = record("hello %s", "wörld", level=logging.WARNING)
    made.created = 1299852300.25
    assert from_json(made) == {
        "time": "2011-03-11T14:05:00.250+00:00",
        "level": "WARNING",
        "logger": "zonda.test",
        "message": "hello wörld",
        "module": "app",
        "line": 12,
        "process": made.process,
    }


def test_json_with_an_exception_and_a_stack() -> None:
    made = failed("failed", ValueError("a\nb"))
    made.stack_info = "Stack:\n  line"
    data = from_json(made)
    assert data["exception"].endswith("ValueError: a\nb")
    assert data["stack"] == "Stack:\n  line"


def test_json_with_what_the_program_adds() -> None:
    data = from_json(record("x", user="ada", ids=[1, 2], path=Exception("odd"), level_=1))
    assert (data["user"], data["ids"], data["path"]) == ("ada", [1, 2], "odd")


def test_the_program_cannot_replace_what_a_record_says() -> None:
    assert from_json(record("x", logger="forged", line=99))["logger"] == "zonda.test"


LOOP: list[object] = []
LOOP.append(LOOP)


@pytest.mark.parametrize("odd", [float("nan"), {(1, 2): 3}, LOOP, "\udc80"])
def test_json_with_values_that_are_not_of_json(odd: object) -> None:
    assert from_json(record("x \udc80", odd=odd))["message"] == "x \udc80"


@given(st.text())
def test_any_message_is_one_line_of_json(text: str) -> None:
    assert from_json(record("%s", text))["message"] == text


def test_the_attributes_of_records_are_not_taken_for_additions() -> None:
    made = record("x")
    PLAIN.format(made)
    assert {"color", "asctime", "taskName"}.isdisjoint(from_json(made))
