"""Catalogues of gettext are compared with the program, grow with it, and are compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from zonda.locale import LocaleError, get, load_gettext_translations
from zonda.locale.extraction import Found
from zonda.locale.po_upkeep import POTranslations

FOUND = [
    Found("app.py", 1, "New", "", "", ()),
    Found("app.py", 2, "right", "", "law", ()),
    Found("app.py", 3, "%(n)d file", "%(n)d files", "", ()),
]

HEADER = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "de_DE" / "LC_MESSAGES" / "app.po"
    path.parent.mkdir(parents=True)
    return path


def test_update_makes_a_catalogue_and_adds_to_it(path: Path) -> None:
    file = POTranslations(str(path), "de_DE")
    assert file.update(FOUND[:2]) == 2
    assert 'msgctxt "law"' in path.read_text()
    assert file.update(FOUND) == 1
    assert 'msgid_plural "%(n)d files"' in path.read_text()
    assert file.update(FOUND) == 0


def test_translations_stay_and_messages_that_are_gone_become_obsolete(path: Path) -> None:
    path.write_text(HEADER + 'msgid "New"\nmsgstr "Neu"\n\nmsgid "gone away"\nmsgstr "weg"\n')
    POTranslations(str(path), "de_DE").update(FOUND)
    text = path.read_text()
    assert 'msgstr "Neu"' in text
    assert '#~ msgid "gone away"' in text


def test_review(path: Path) -> None:
    path.write_text(
        HEADER
        + 'msgid "New"\nmsgstr "Neu"\n\n'
        + '#, fuzzy\nmsgctxt "law"\nmsgid "right"\nmsgstr "rechts"\n\n'
        + 'msgid "%(n)d file"\nmsgid_plural "%(n)d files"\n'
        + 'msgstr[0] "%(n)d Datei"\nmsgstr[1] "%(m)d Dateien"\n\n'
        + 'msgid "gone"\nmsgid_plural "gones"\nmsgstr[0] "weg"\nmsgstr[1] "weg"\n\n'
        + 'msgid "Monday"\nmsgstr "Montag"\n\n'
        + 'msgid "empty"\nmsgstr ""\n'
    )
    found = [
        *FOUND,
        Found("app.py", 4, "empty", "", "", ()),
        Found("app.py", 5, "absent", "", "", ()),
    ]
    review = POTranslations(str(path), "de_DE").review(found)
    assert [(gap.item.line, gap.reason) for gap in review.gaps] == [
        (2, "has a fuzzy translation"),
        (3, "has a translation that is not used: its placeholder %(m) is not in the message"),
        (4, "has no translation"),
        (5, "is not in the catalogue"),
    ]
    assert review.unused == ["gone"]
    assert review.problems == []


def test_review_of_a_catalogue_that_is_not_there(path: Path) -> None:
    review = POTranslations(str(path), "de_DE").review(FOUND)
    assert len(review.gaps) == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER + "nonsense\n", "line 6"),
        (HEADER.replace("utf-8", "klingon") + 'msgid "a"\nmsgstr "ä"\n', "klingon"),
    ],
)
def test_a_broken_catalogue_is_named_and_not_touched(path: Path, text: str, reason: str) -> None:
    path.write_text(text, encoding="utf-8")
    file = POTranslations(str(path), "de_DE")
    [problem] = file.review(FOUND).problems
    assert reason in problem.reason
    with pytest.raises(LocaleError, match=reason):
        file.update(FOUND)
    with pytest.raises(LocaleError, match=reason):
        file.compile()
    assert path.read_text(encoding="utf-8") == text


def test_a_compiled_catalogue_loads(path: Path, tmp_path: Path) -> None:
    path.write_text(
        HEADER + 'msgid "New"\nmsgstr "Neu"\n\n#, fuzzy\nmsgid "right"\nmsgstr "rechts"\n'
    )
    compiled = POTranslations(str(path), "de_DE").compile()
    assert compiled == str(path.with_suffix(".mo"))
    assert sorted(child.name for child in path.parent.iterdir()) == ["app.mo", "app.po"]
    load_gettext_translations(tmp_path, "app")
    assert get("de_DE").translate("New") == "Neu"
    assert get("de_DE").translate("right") == "right"


def test_compiling_what_is_not_there(path: Path) -> None:
    with pytest.raises(LocaleError, match="no such file"):
        POTranslations(str(path), "de_DE").compile()
