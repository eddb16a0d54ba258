"""Reading CSV: what can be used is used, and the rest is named with its line."""

from __future__ import annotations

import codecs
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth_of
from zonda.locale import LocaleError
from zonda.locale.csv_file import MAX_CELL_LINES, Row, decode, detect_encoding, read_rows, to_table
from zonda.locale.problems import Problem


def rows_of(text: str) -> list[Row]:
    rows, problems = read_rows(text.encode())
    assert problems == []
    return rows


def problem_lines(text: str | bytes, encoding: str | None = None) -> list[int]:
    data = text.encode() if isinstance(text, str) else text
    return [problem.line for problem in read_rows(data, encoding)[1]]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('"New","Neu"\n', Row(1, "New", "Neu", "unknown", "")),
        ("New,Neu", Row(1, "New", "Neu", "unknown", "")),
        ('   "New", "Neu"\r\n', Row(1, "New", "Neu", "unknown", "")),
        ('"New","Neu",""', Row(1, "New", "Neu", "unknown", "")),
        ('"New","Neu",unknown', Row(1, "New", "Neu", "unknown", "")),
        ('"A","B","plural"', Row(1, "A", "B", "plural", "")),
        ('"A","B","singular"', Row(1, "A", "B", "singular", "")),
        ('"A","B","few"', Row(1, "A", "B", "few", "")),
        ('"right","Recht","","law"', Row(1, "right", "Recht", "unknown", "law")),
        ('"say ""hi""","sag ""hallo"""', Row(1, 'say "hi"', 'sag "hallo"', "unknown", "")),
        ('" a "," b "', Row(1, "a", "b", "unknown", "")),
        ('"a\nb","c\nd"', Row(1, "a\nb", "c\nd", "unknown", "")),
        ('\n\n"a","b"', Row(3, "a", "b", "unknown", "")),
        ('"a",""', Row(1, "a", "", "unknown", "")),
    ],
)
def test_a_row(text: str, row: Row) -> None:
    assert rows_of(text) == [row]


@pytest.mark.parametrize(
    "broken",
    [
        '"alone"',
        '"a","b","c"',
        '"a","b","plural","ctx","more"',
        '"a,"b"',
        '"a","b',
        '"a","b"x',
        '"a\0","b"',
        '"","b"',
        '"%(name)s","%(nmae)s"',
        '"%(n)s","%(n)s","pural"',
        '"' + "a" * 200_000 + '","b"',
    ],
)
def test_a_broken_row_is_named_with_its_line_and_the_others_load(broken: str) -> None:
    rows, problems = read_rows(f'"one","eins"\n{broken}\n"two","zwei"\n"three","drei"'.encode())
    assert [row.message for row in rows] == ["one", "two", "three"]
    assert [problem.line for problem in problems] == [2]
    assert "\n" not in str(problems[0])


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    text = '"a","b\n' + "".join(f'"m{number}","t{number}"\n' for number in range(500))
    rows, problems = read_rows(text.encode())
    assert len(rows) == 500
    assert [problem.line for problem in problems] == [1]


def test_a_cell_may_run_over_many_lines_but_not_over_the_file() -> None:
    fits = '"a","' + "\n" * (MAX_CELL_LINES - 1) + '"\n"c","d"\n'
    assert [row.message for row in rows_of(fits)] == ["a", "c"]
    assert problem_lines('"a","' + "\n" * MAX_CELL_LINES + '"\n')[0] == 1


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_encoding_is_recognized(encoding: str) -> None:
    rows, problems = read_rows('"school","École"\n'.encode(encoding))
    assert (rows, problems) == ([Row(1, "school", "École", "unknown", "")], [])


def test_big_endian_with_a_mark() -> None:
    data = codecs.BOM_UTF16_BE + '"a","é"'.encode("utf-16-be")
    assert read_rows(data)[0][0].translation == "é"


def test_an_empty_file_is_utf_8_and_has_no_rows() -> None:
    assert detect_encoding(b"") == "utf-8"
    assert read_rows(b"") == ([], [])
    assert read_rows(codecs.BOM_UTF8) == ([], [])


def test_a_given_encoding_counts() -> None:
    rows, problems = read_rows('"a","ä"'.encode("latin-1"), "latin-1")
    assert (rows[0].translation, problems) == ("ä", [])


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(LocaleError, match="no encoding 'klingon'"):
        decode(b"x", "klingon")


def test_rows_in_a_wrong_encoding_are_named_and_the_others_load() -> None:
    data = '"one","eins"\n"five","fünf"\n"two","zwei"\n'.encode("latin-1")
    rows, problems = read_rows(data)
    assert [row.message for row in rows] == ["one", "two"]
    assert [problem.line for problem in problems] == [2]
    assert "utf-8" in problems[0].reason


def test_a_cut_utf_16_file_loads_but_for_its_last_row() -> None:
    data = '"one","eins"\n"two","zwei'.encode("utf-16") + b"\x00"
    rows, problems = read_rows(data)
    assert [row.message for row in rows] == ["one"]
    assert [problem.line for problem in problems] == [2]


def test_table_keeps_the_later_of_two_rows_and_leaves_out_the_untranslated() -> None:
    rows = rows_of('"a","1"\n"a","2"\n"b",""\n"c","3","plural"\n"a","4","","ctx"')
    assert to_table(rows) == {"unknown": {"a": "2", "ctx\x04a": "4"}, "plural": {"c": "3"}}


cells = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0%\ufffd"), max_size=20
)


@given(st.lists(st.tuples(cells.filter(str.strip), cells), max_size=8))
def test_what_a_csv_writer_writes_is_read(pairs: list[tuple[str, str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(pairs)
    rows, problems = read_rows(file.getvalue().encode("utf-8-sig"))
    assert problems == []
    assert [row[1:3] for row in rows] == [(a.strip(), b.strip()) for a, b in pairs]


@given(st.binary(max_size=300) | st.text('",\n a%(s)', max_size=200).map(str.encode))
def test_no_file_crashes_the_reader(data: bytes) -> None:
    rows, problems = read_rows(data)
    lines = data.count(b"\n") + data.count(b"\r") + 1
    assert all(isinstance(row, Row) and 1 <= row.line <= lines for row in rows)
    assert all(isinstance(problem, Problem) and problem.line <= lines for problem in problems)


@pytest.mark.parametrize("line", ['"a","b"\n', 'a","\n', '"\n', '"%(a)s","%(b)s"\n'])
def test_reading_is_linear(line: str) -> None:
    assert growth_of(lambda text: read_rows(text.encode()), lambda size: line * size) < LINEAR
