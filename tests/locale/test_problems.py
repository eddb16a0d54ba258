"""One log record for each broken file."""

from __future__ import annotations

import pytest

from zonda.locale.problems import MAX_PROBLEMS_NAMED, Problem, report, summarize


def test_a_problem_says_where_it_is() -> None:
    assert str(Problem(3, "has no message")) == "line 3: has no message"
    assert str(Problem(0, "cannot be read")) == "cannot be read"


def test_a_file_full_of_problems_makes_one_short_message() -> None:
    problems = [Problem(line, "is odd") for line in range(1, MAX_PROBLEMS_NAMED + 8)]
    text = summarize(problems)
    assert text.count("is odd") == MAX_PROBLEMS_NAMED
    assert text.endswith("; and 7 more")
    assert summarize(problems[:2]) == "line 1: is odd; line 2: is odd"


def test_nothing_is_logged_about_a_good_file(caplog: pytest.LogCaptureFixture) -> None:
    report("x.csv", [])
    assert caplog.records == []
    report("x%s.csv", [Problem(1, "is %d odd")])
    [record] = caplog.records
    assert record.getMessage() == "x%s.csv: line 1: is %d odd"
    assert record.name == "zonda.general"
