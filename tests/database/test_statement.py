"""Placeholders are found where they are placeholders, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.database import ProgrammingError
from zonda.database.statement import CACHED_STATEMENTS, Style, translate

S, P, M = Style.SQLITE, Style.POSTGRESQL, Style.MYSQL


@pytest.mark.parametrize(
    ("source", "question", "dollar"),
    [
        ("a = %s", "a = ?", "a = $1"),
        ("(%s, %s)", "(?, ?)", "($1, $2)"),
        ("%(a)s", "?", "$1"),
        ("%(a)s %(b)s %(a)s", "? ? ?", "$1 $2 $1"),
        ("7 %% 2", "7 % 2", "7 % 2"),
        ("7 % 2", "7 % 2", "7 % 2"),
        ("%S %d %(a) %", "%S %d %(a) %", "%S %d %(a) %"),
        ("'%s'", "'%s'", "'%s'"),
        ("'it''s %s' %s", "'it''s %s' ?", "'it''s %s' $1"),
        ("'%%Y' %s", "'%Y' ?", "'%Y' $1"),
        ('"%s" %s', '"%s" ?', '"%s" $1'),
        ("`%s` %s", "`%s` ?", "`%s` $1"),
        ("-- %s\n%s", "-- %s\n?", "-- %s\n$1"),
        ("/* %s */ %s", "/* %s */ ?", "/* %s */ $1"),
        ("a::int = %s", "a::int = ?", "a::int = $1"),
        ("'open %s", "'open %s", "'open %s"),
        ("/* open %s", "/* open %s", "/* open %s"),
        ("?", "?", "?"),
        ("", "", ""),
    ],
)
def test_each_style(source: str, question: str, dollar: str) -> None:
    assert translate(source, S).text == question
    # MySQL's driver formats, so that a percent sign is doubled; what comes out is the same.
    mysql = translate(source, M)
    assert mysql.text % (("?",) * mysql.count) == question
    assert translate(source, P).text == dollar


@pytest.mark.parametrize(
    ("source", "style", "text"),
    [
        ("$$ %s $$ %s", P, "$$ %s $$ $1"),
        ("$tag$ $$ %s $tag$ %s", P, "$tag$ $$ %s $tag$ $1"),
        (r"E'\' %s' %s", P, r"E'\' %s' $1"),
        (r"'\' %s", P, r"'\' $1"),  # a backslash is nothing in a standard literal
        (r"'\' %s", S, r"'\' ?"),
        (r"'\' %s' %s", M, r"'\' %%s' %s"),  # but escapes the quote in MySQL's
        ("a$1 = %s", P, "a$1 = $1"),
    ],
)
def test_literals_of_a_dialect(source: str, style: Style, text: str) -> None:
    assert translate(source, style).text == text


def test_values_are_put_in_the_order_of_the_placeholders() -> None:
    source = "%(b)s %(a)s %(b)s"
    assert translate(source, S).bind((), {"a": 1, "b": 2}) == [2, 1, 2]
    assert translate(source, P).bind((), {"a": 1, "b": 2}) == [2, 1]
    assert translate("%s %s", M).bind((1, 2), {}) == (1, 2)
    assert translate("%s", S).bind_one([5]) == [5]
    assert translate("%(x)s", S).bind_one({"x": 5}) == [5]


@pytest.mark.parametrize("row", [{"a": 1}, [1, 2], []])
def test_row_that_does_not_fit(row: object) -> None:
    with pytest.raises(ProgrammingError, match=r"the statement needs 1 positional parameters"):
        translate("%s", S).bind_one(row)  # type: ignore[arg-type]  # that is the point


def test_kinds_are_not_mixed() -> None:
    with pytest.raises(ProgrammingError, match=r"^%s and %\(name\)s are mixed in: %s %\(a\)s$"):
        translate("%s %(a)s", S)


@given(st.text(alphabet="%s()a'\"`\\-/*$\n ?1"), st.sampled_from(Style))
def test_any_text_is_translated_or_refused(source: str, style: Style) -> None:
    try:
        statement = translate(source, style)
    except ProgrammingError:
        return
    if style is M:
        assert statement.text.replace("%%", "").count("%") == statement.count
    else:
        assert statement.text.count("?") - source.count("?") in (0, statement.count)
    assert (statement.names is None) or len(statement.names) == statement.count


@given(st.text(alphabet="ab'%s ", max_size=20))
def test_text_without_percent_sign_stays(source: str) -> None:
    source = source.replace("%", "")
    assert translate(source, S).text == translate(source, M).text == source


def test_long_statements_are_linear() -> None:
    import time

    def seconds(size: int) -> float:
        sources = [
            f"{kind * size}{number}" for number in range(5) for kind in ("'", "/*", "$a$", "%")
        ]
        best = float("inf")
        for source in sources:
            start = time.process_time()
            translate.__wrapped__(source, P)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(20_000) < 1  # a quadratic one takes minutes


def test_cache_is_bounded() -> None:
    for number in range(CACHED_STATEMENTS + 10):
        translate(f"SELECT {number}", S)
    assert translate.cache_info().currsize == CACHED_STATEMENTS
