"""The command ``python -m zonda.locale``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from zonda.locale import get, load_gettext_translations, load_translations
from zonda.locale.__main__ import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in a directory with a small program."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("_('New')\n_('%(n)d file', '%(n)d files', n)\n")
    (tmp_path / "src" / "home.html").write_text("{{ _('Home') }}")

    def command(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        output = capsys.readouterr()
        return status, output.out, output.err

    return command


def test_extract_writes_a_template_for_gettext(run: Run, tmp_path: Path) -> None:
    status, output, _ = run("extract", "src")
    assert status == 0
    assert 'msgid "Home"' in output and 'msgid_plural "%(n)d files"' in output
    assert run("extract", "src", "-o", "messages.pot") == (0, "", "")
    assert 'msgid "New"' in (tmp_path / "messages.pot").read_text()


def test_extract_with_the_messages_of_dates(run: Run) -> None:
    _, output, _ = run("extract", "src", "--dates")
    assert 'msgid "January"' in output and 'msgid_plural "%(hours)d hours ago"' in output


def test_extract_with_more_functions_and_templates(run: Run, tmp_path: Path) -> None:
    (tmp_path / "src" / "x.jinja").write_text("{{ tr('Odd') }}")
    _, output, _ = run("extract", "src", "--keyword", "tr", "--suffix", ".jinja")
    assert 'msgid "Odd"' in output


def test_from_nothing_to_a_checked_csv_file(run: Run, tmp_path: Path) -> None:
    assert run("update", "i18n", "src", "--locale", "de-de") == (0, "i18n/de_DE.csv: 4 added\n", "")
    status, output, _ = run("check", "i18n", "src")
    assert status == 1
    assert output.splitlines() == [
        "i18n/de_DE.csv: src/app.py:1: 'New' has no translation (unknown)",
        "i18n/de_DE.csv: src/app.py:2: '%(n)d file' has no translation (singular)",
        "i18n/de_DE.csv: src/app.py:2: '%(n)d file' has no translation (plural)",
        "i18n/de_DE.csv: src/home.html:1: 'Home' has no translation (unknown)",
        "i18n/de_DE.csv: 0 of 3 messages are translated",
    ]
    (tmp_path / "i18n" / "de_DE.csv").write_text(
        '"New","Neu"\n"%(n)d file","%(n)d Datei","singular"\n'
        '"%(n)d files","%(n)d Dateien","plural"\n"Home","Start"\n"old","alt"\n'
    )
    assert run("check", "i18n", "src") == (
        0,
        "i18n/de_DE.csv: 'old' is not in the program\n"
        "i18n/de_DE.csv: 3 of 3 messages are translated\n",
        "",
    )
    load_translations("i18n")
    assert get("de").translate("Home") == "Start"


def test_from_nothing_to_a_compiled_catalogue(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "i18n" / "de_DE" / "LC_MESSAGES" / "app.po"
    assert run("update", "i18n", "src", "--domain", "app", "--locale", "de_DE")[0] == 0
    assert run("check", "i18n", "src", "--domain", "app")[0] == 1
    text = path.read_text()
    for message, translation in (("New", "Neu"), ("Home", "Start")):
        text = text.replace(
            f'msgid "{message}"\nmsgstr ""', f'msgid "{message}"\nmsgstr "{translation}"'
        )
    text = text.replace('msgstr[0] ""', 'msgstr[0] "%(n)d Datei"')
    text = text.replace('msgstr[1] ""', 'msgstr[1] "%(n)d Dateien"')
    path.write_text(text)
    assert run("check", "i18n", "src", "--domain", "app")[0] == 0
    compiled = "i18n/de_DE/LC_MESSAGES/app.mo\n"
    assert run("compile", "i18n", "--domain", "app") == (0, compiled, "")
    load_gettext_translations("i18n", "app")
    assert get("de_DE").translate("%(n)d file", "%(n)d files", 2) == "%(n)d Dateien"


def test_files_are_found_by_the_spelling_they_have(run: Run, tmp_path: Path) -> None:
    (tmp_path / "i18n").mkdir()
    (tmp_path / "i18n" / "de-de.csv").write_text("")
    (tmp_path / "i18n" / "notes.txt").write_text("")
    assert run("update", "i18n", "src")[1] == "i18n/de-de.csv: 4 added\n"
    assert run("update", "i18n", "src", "--locale", "de_DE")[1] == "i18n/de-de.csv: 0 added\n"


def test_broken_translations_are_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "i18n").mkdir()
    (tmp_path / "i18n" / "de_DE.csv").write_text('"New"\n')
    (tmp_path / "i18n" / "da_DK.csv").write_text("")
    status, output, errors = run("update", "i18n", "src")
    assert (status, output) == (1, "i18n/da_DK.csv: 4 added\n")
    assert errors.startswith("i18n/de_DE.csv: line 1: has 1 column")
    status, output, _ = run("check", "i18n", "src", "--locale", "de_DE")
    assert status == 1 and "i18n/de_DE.csv: line 1: has 1 column" in output


def test_broken_sources_are_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "src" / "bad.html").write_text("\n{{ _('x') ")
    status, output, errors = run("extract", "src")
    assert status == 1
    assert 'msgid "Home"' in output
    assert errors == "src/bad.html: line 2: {{ is not closed by }}\n"


def test_a_broken_catalogue_is_not_compiled(run: Run, tmp_path: Path) -> None:
    run("update", "i18n", "src", "--domain", "app", "--locale", "de_DE", "--locale", "da_DK")
    (tmp_path / "i18n" / "de_DE" / "LC_MESSAGES" / "app.po").write_text("nonsense")
    status, output, errors = run("compile", "i18n", "--domain", "app")
    assert (status, output) == (1, "i18n/da_DK/LC_MESSAGES/app.mo\n")
    assert errors.startswith("i18n/de_DE/LC_MESSAGES/app.po: line 1")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("update", "i18n", "src"), "there are no translations in i18n; name a --locale"),
        (("check", "i18n", "src", "--locale", "../x"), "'../x' is not a locale"),
        (("extract", "nowhere"), "there is no file or directory nowhere"),
        (("compile", "i18n", "--locale", "de"), "only gettext catalogues are compiled"),
        (("extract", "src", "-o", "no/such/dir.pot"), "No such file"),
    ],
)
def test_a_command_that_cannot_be_run(run: Run, arguments: tuple[str, ...], reason: str) -> None:
    status, output, errors = run(*arguments)
    assert (status, output) == (2, "")
    assert errors.startswith("python -m zonda.locale: ") and reason in errors


WITHOUT_BABEL = """\
import sys
sys.modules["babel"] = None
from zonda.locale.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "arguments",
    [("extract", "src"), ("check", "i18n", "src"), ("compile", "i18n", "--domain", "x")],
)
def test_without_babel_the_extra_is_named(arguments: tuple[str, ...]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_BABEL, *arguments], capture_output=True, text=True
    )
    assert result.returncode == 2
    assert "pip install 'zonda-locale[babel]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_it_is_a_module_that_runs() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "zonda.locale", "--help"], capture_output=True, text=True, check=True
    )
    assert "extract" in result.stdout and "python -m zonda.locale" in result.stdout
