"""CSV files are compared with the program, and grow with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from zonda.locale import LocaleError, get, load_translations
from zonda.locale.csv_upkeep import CSVTranslations
from zonda.locale.extraction import Found

FOUND = [
    Found("app.py", 1, "New", "", "", ()),
    Found("app.py", 2, "right", "", "law", ()),
    Found("app.py", 3, "%(n)d file", "%(n)d files", "", ()),
    Found("app.py", 4, 'say "hi",\nplease', "", "", ()),
]


def test_a_new_file_has_a_row_for_each_message(tmp_path: Path) -> None:
    path = tmp_path / "i18n" / "de_DE.csv"
    assert CSVTranslations(str(path), "de_DE").update(FOUND) == 5
    assert path.read_text() == (
        '"New",""\n'
        '"right","","","law"\n'
        '"%(n)d file","","singular"\n'
        '"%(n)d files","","plural"\n'
        '"say ""hi"",\nplease",""\n'
    )
    assert CSVTranslations(str(path), "de_DE").update(FOUND) == 0


def test_an_empty_new_file_is_made_too(tmp_path: Path) -> None:
    path = tmp_path / "de_DE.csv"
    assert CSVTranslations(str(path), "de_DE").update([]) == 0
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    ("encoding", "end"),
    [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("utf-16", "\r\n"), ("utf-16-be", "\n")],
)
def test_what_is_there_stays_as_it_is(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "de_DE.csv"
    old = f'"New",  "Neü"{end}"old","alt"'
    path.write_bytes(old.encode(encoding))
    assert CSVTranslations(str(path), "de_DE").update(FOUND[:3]) == 3
    text = path.read_bytes().decode(encoding)
    assert text.startswith(old + end + '"right","","","law"' + end)
    assert text.count(end) == 5
    load_translations(tmp_path)
    assert get("de_DE").translate("New") == "Neü"


def test_a_big_endian_file_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "de_DE.csv"
    path.write_bytes(b"\xfe\xff" + '"New","Neu"\n'.encode("utf-16-be"))
    assert CSVTranslations(str(path), "de_DE").update(FOUND[:2]) == 1
    assert path.read_bytes().decode("utf-16") == '"New","Neu"\n"right","","","law"\n'


def test_a_broken_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "de_DE.csv"
    path.write_text('"New","Neu\n')
    with pytest.raises(LocaleError, match=r"line 1: .* correct this first"):
        CSVTranslations(str(path), "de_DE").update(FOUND)
    assert path.read_text() == '"New","Neu\n'


def test_review(tmp_path: Path) -> None:
    path = tmp_path / "de_DE.csv"
    path.write_text(
        '"New","Neu"\n"right","Recht"\n"%(n)d file","%(m)d Datei","singular"\n'
        '"gone","weg"\n"gone","fort","plural"\n"January","Januar"\n"broken"\n'
    )
    review = CSVTranslations(str(path), "de_DE").review(FOUND)
    assert [(gap.item.line, gap.reason) for gap in review.gaps] == [
        (2, "has no translation (unknown)"),
        (
            3,
            "has a translation that is not used: its placeholder %(m) is not in the message",
        ),
        (3, "has no translation (plural)"),
        (4, "has no translation (unknown)"),
    ]
    assert review.unused == ["gone"]
    assert [problem.line for problem in review.problems] == [7]


def test_a_file_with_plural_categories_gets_those_of_its_language(tmp_path: Path) -> None:
    path = tmp_path / "ru_RU.csv"
    path.write_text('"%(n)d files","%(n)d файл","one"\n', encoding="utf-8")
    file = CSVTranslations(str(path), "ru_RU")
    assert file.update(FOUND[2:3]) == 3
    assert [line.rpartition(",")[2] for line in path.read_text().splitlines()] == [
        '"one"',
        '"few"',
        '"many"',
        '"other"',
    ]
