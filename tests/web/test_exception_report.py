"""What is told of an exception."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from zonda.template import DictLoader, Loader, ParseError
from zonda.web.exception_report import (
    INNER_FRAMES,
    MAX_EXCEPTIONS,
    OUTER_FRAMES,
    Problem,
    report,
)
from zonda.web.redaction import MASK, Redactor


def told(function: Callable[[], object]) -> list[Problem]:
    """The report of what a function raises."""
    try:
        function()
    except BaseException as error:
        return report(error, Redactor())
    raise AssertionError("nothing was raised")


def test_the_line_its_neighbours_and_what_failed_in_it() -> None:
    def fail() -> None:
        text = "ä"
        numbers = {text: 1}
        print(text, numbers["ö"], text)

    [problem] = told(fail)
    assert (problem.kind, problem.message, problem.relation) == ("KeyError", "'ö'", "")
    frame = problem.frames[0]
    assert frame.function.endswith("fail")
    assert frame.file.endswith("test_exception_report.py") and not frame.is_library
    [line] = [line for line in frame.lines if line.current]
    assert line.number == frame.line
    assert (line.before.strip(), line.failed, line.after) == (
        "print(text,",
        'numbers["ö"]',
        ", text)",
    )
    assert len(frame.lines) > 5
    assert dict(frame.variables) == {"text": "'ä'", "numbers": "{'ä': 1}"}


def test_secrets_of_one_frame_are_secret_in_all() -> None:
    def inner(value: str) -> None:
        raise ValueError(f"cannot use {value}")

    def outer() -> None:
        password = "hunter2" + "hunter3"
        inner(password)

    [problem] = told(outer)
    assert problem.message == f"cannot use {MASK}"
    assert [dict(frame.variables) for frame in problem.frames[:2]] == [
        {"value": f"'{MASK}'"},
        {"inner": dict(problem.frames[1].variables)["inner"], "password": MASK},
    ]


def test_causes_contexts_groups_and_notes() -> None:
    def cause() -> None:
        try:
            raise KeyError("first")
        except KeyError as error:
            try:
                raise ValueError("second") from error
            except ValueError:
                third = ExceptionGroup("third", [OSError("a"), TypeError("b")])
                third.add_note("a note")
                raise third  # noqa: B904  # a context is what is tested

    problems = told(cause)
    assert [(problem.relation, problem.kind) for problem in problems] == [
        ("", "ExceptionGroup"),
        ("has in it", "OSError"),
        ("has in it", "TypeError"),
        ("came while this one was handled:", "ValueError"),
        ("was caused by", "KeyError"),
    ]
    assert problems[0].notes == ["a note"]


def test_a_suppressed_context_is_not_told_and_circles_end() -> None:
    def suppress() -> None:
        try:
            raise KeyError
        except KeyError:
            raise ValueError from None

    assert len(told(suppress)) == 1
    error, other = ValueError(), KeyError()
    error.__context__, other.__context__ = other, error
    assert len(report(error, Redactor())) == 2


def test_bounds() -> None:
    def recurse() -> None:
        recurse()

    [problem] = told(recurse)
    assert len(problem.frames) == OUTER_FRAMES + INNER_FRAMES + 1
    [gap] = [frame for frame in problem.frames if frame.skipped]
    assert gap.skipped + OUTER_FRAMES + INNER_FRAMES >= sys.getrecursionlimit() - 200
    many = ExceptionGroup("many", [ValueError(n) for n in range(100)])
    assert len(report(many, Redactor())) == MAX_EXCEPTIONS


class Unwilling(Exception):
    """It has no text."""

    def __str__(self) -> str:
        raise RuntimeError


def test_an_exception_without_a_text() -> None:
    [problem] = report(Unwilling(), Redactor())
    assert problem.message == "<its text cannot be made: RuntimeError>"
    assert problem.kind.endswith("test_exception_report.Unwilling")


def test_a_line_in_a_template(tmp_path: Path) -> None:
    (tmp_path / "base.html").write_text("<body>\n{% block b %}{% end %}\n</body>")
    (tmp_path / "page.html").write_text(
        "{% extends 'base.html' %}\n{% block b %}\n{{ item['x'] }}\n{% end %}"
    )
    template = Loader(tmp_path).load("page.html")
    [problem] = told(lambda: template.generate(item={"y": 1}))
    page, base, *rest = problem.frames
    assert (page.path, page.line) == (str(tmp_path / "page.html"), 3)
    assert [line.failed for line in page.lines if line.current] == ["item['x']"]
    assert dict(page.variables)["item"] == "{'y': 1}"
    assert (base.path, base.line) == (str(tmp_path / "base.html"), 2)
    assert all(frame.is_library for frame in rest[:1])
    assert problem.notes == ["In the template: # page.html:3 (via base.html:2)"]


def test_a_template_that_cannot_be_compiled(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<ul>\n{{ items[ }}\n</ul>")
    [problem] = told(lambda: Loader(tmp_path).load("bad.html"))
    frame = problem.frames[0]
    assert (frame.path, frame.line) == (str(tmp_path / "bad.html"), 2)
    assert [line.failed for line in frame.lines if line.current] == ["["]
    assert [line.before for line in frame.lines if not line.current] == ["<ul>", "</ul>"]


def test_a_template_that_is_no_file() -> None:
    [problem] = told(lambda: DictLoader({"a": "x\n{{ y["}).load("a"))
    assert problem.kind == f"{ParseError.__module__}.ParseError"
    assert [(line.number, line.before) for line in problem.frames[0].lines] == [(2, "{{ y[")]


def test_a_module_that_cannot_be_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_module_of_a_test.py").write_text("a = 1\nb = (1 +\n")
    monkeypatch.syspath_prepend(tmp_path)
    [problem] = told(lambda: __import__("broken_module_of_a_test"))
    frame = problem.frames[0]
    assert (frame.file, frame.line) == ("broken_module_of_a_test.py", 2)
    assert [line.failed for line in frame.lines if line.current] == ["("]
