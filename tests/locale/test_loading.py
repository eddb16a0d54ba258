"""Catalogues are found in a directory and loaded; broken files cost only themselves."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import pytest

from zonda import locale
from zonda.locale import MissingExtraError

from .gettext_files import make_catalog, write_catalogue

CATALOGUES = Path(__file__).parent / "catalogues"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "zonda.general")
    return caplog


def test_the_german_file_of_the_talk() -> None:
    locale.load_translations(CATALOGUES)
    assert "de_DE" in locale.get_supported_locales(None)
    german = locale.get("de_DE")
    assert isinstance(german, locale.CSVLocale)
    assert german.translate("Secure, Private Pasting") == "Sicheres Pasten"
    assert german.translate("Unclaimed Hostname") == (
        "Sie benutzen einen offenen Hostnamen.\nKlicken Sie heir für weitere Informationen."
    )
    assert german.translate("All Rights Reserved") == "Alle Rechte vorbehalten"


def test_files_that_are_no_csv_are_not_looked_at(
    tmp_path: Path, logged: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "README.txt").write_text("x")
    (tmp_path / "de_DE.csv").write_text('"a","b"')
    locale.load_translations(str(tmp_path))
    assert locale.get_supported_locales() == {"de_DE", "en_US"}
    assert logged.records == []


@pytest.mark.parametrize("name", ["english language.csv", "de.DE.csv", ".csv", "de_DE_x.csv"])
def test_a_file_with_a_name_that_is_no_locale_is_named(
    tmp_path: Path, logged: pytest.LogCaptureFixture, name: str
) -> None:
    (tmp_path / name).write_text('"a","b"')
    (tmp_path / "de_DE.csv").write_text('"a","b"')
    locale.load_translations(tmp_path)
    assert locale.get_supported_locales() == {"de_DE", "en_US"}
    [record] = logged.records
    assert str(tmp_path / name) in record.getMessage()


def test_two_files_for_one_locale(tmp_path: Path, logged: pytest.LogCaptureFixture) -> None:
    (tmp_path / "de-DE.csv").write_text('"a","first"')
    (tmp_path / "de_DE.csv").write_text('"a","second"')
    locale.load_translations(tmp_path)
    assert locale.get("de_DE").translate("a") == "first"
    [record] = logged.records
    assert "de_DE.csv: there is another file for de_DE" in record.getMessage()


def test_one_message_for_each_broken_file(tmp_path: Path, logged: pytest.LogCaptureFixture) -> None:
    bad_rows = "".join(f'"row {number}"\n' for number in range(8))
    (tmp_path / "de_DE.csv").write_text(f'"a","b"\n{bad_rows}"c","d"\n')
    (tmp_path / "fr_FR.csv").write_bytes('"a","\xe4"\n"e","f"\n'.encode("latin-1"))
    (tmp_path / "it_IT.csv").mkdir()
    (tmp_path / "pl_PL.csv").symlink_to("nowhere")
    (tmp_path / "ru_RU.csv").write_bytes(b"\0" * 100)
    (tmp_path / "sv_SE.csv").write_bytes('"a","ä"'.encode("utf-16"))
    locale.load_translations(tmp_path)
    assert locale.get("de_DE").translate("c") == "d"
    assert locale.get("fr_FR").translate("e") == "f"
    assert locale.get("sv_SE").translate("a") == "ä"
    assert "it_IT" not in locale.get_supported_locales()
    texts = [record.getMessage() for record in logged.records]
    assert [text.split(":")[0][-9:] for text in texts] == [
        "de_DE.csv",
        "fr_FR.csv",
        "it_IT.csv",
        "pl_PL.csv",
        "ru_RU.csv",
    ]
    assert "line 2: has 1 column;" in texts[0] and texts[0].endswith("; and 3 more")


def test_a_directory_that_is_not_there_is_the_caller_s_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        locale.load_translations(tmp_path / "missing")


def test_plural_categories_of_cldr(tmp_path: Path, logged: pytest.LogCaptureFixture) -> None:
    rows = [("one", "%(n)d файл"), ("few", "%(n)d файла"), ("many", "%(n)d файлов")]
    text = "".join(f'"%(n)d files","{text}","{name}"\n' for name, text in rows)
    (tmp_path / "ru_RU.csv").write_text(text, encoding="utf-8")
    locale.load_translations(tmp_path)
    russian = locale.get("ru_RU")
    shown = [russian.translate("%(n)d file", "%(n)d files", n) % {"n": n} for n in (1, 2, 5, 21)]
    assert shown == ["1 файл", "2 файла", "5 файлов", "21 файл"]
    assert logged.records == []


def test_plural_categories_without_babel(
    tmp_path: Path, logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "babel", None)
    text = '"a","b"\n"files","файл","few"\n"files","файлы","plural"\n'
    (tmp_path / "ru_RU.csv").write_text(text, encoding="utf-8")
    locale.load_translations(tmp_path)
    russian = locale.get("ru_RU")
    assert russian.translate("a") == "b"
    assert russian.translate("file", "files", 2) == "файлы"
    [record] = logged.records
    assert "zonda-locale[babel]" in record.getMessage()


def test_gettext_catalogues(tmp_path: Path, logged: pytest.LogCaptureFixture) -> None:
    write_catalogue(tmp_path, "fr_FR", make_catalog("fr_FR"))
    write_catalogue(tmp_path, "pt-BR", make_catalog("pt_BR"))
    write_catalogue(tmp_path, "da_DK", make_catalog("da_DK"), "other")
    (tmp_path / "README").write_text("x")
    locale.load_gettext_translations(tmp_path, "app")
    assert locale.get_supported_locales() == {"en_US", "fr_FR", "pt_BR"}
    assert isinstance(locale.get("fr"), locale.GettextLocale)
    assert logged.records == []


def test_broken_catalogues_are_named_and_the_others_load(
    tmp_path: Path, logged: pytest.LogCaptureFixture
) -> None:
    write_catalogue(tmp_path, "fr_FR", make_catalog("fr_FR"))
    write_catalogue(tmp_path, "fr-FR", make_catalog("fr_FR"))
    write_catalogue(tmp_path, "no locale", make_catalog("fr_FR"))
    write_catalogue(tmp_path, "de_DE", make_catalog("de_DE")).write_bytes(b"not a catalogue")
    locale.load_gettext_translations(tmp_path, "app")
    assert locale.get_supported_locales() == {"en_US", "fr_FR"}
    texts = [record.getMessage() for record in logged.records]
    assert [("de_DE" in text, "fr_FR" in text, "no locale" in text) for text in texts] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def test_a_gettext_directory_that_is_not_there_is_logged(
    tmp_path: Path, logged: pytest.LogCaptureFixture
) -> None:
    locale.load_gettext_translations(tmp_path / "missing", "app")
    assert locale.get_supported_locales() == {"en_US"}
    [record] = logged.records
    assert "missing" in record.getMessage()


@pytest.mark.parametrize("domain", ["", "../x", f"a{os.sep}b", "a\0"])
def test_a_domain_is_the_name_of_a_file(tmp_path: Path, domain: str) -> None:
    with pytest.raises(ValueError, match="domain"):
        locale.load_gettext_translations(tmp_path, domain)


def test_load_cldr_reads_everything_before_the_first_request() -> None:
    locale.load_translations(CATALOGUES)
    locale.load_cldr()
    assert locale.get("de_DE").cldr.percent(0.25) == "25\xa0%"


def test_load_cldr_names_languages_that_cldr_does_not_know(
    logged: pytest.LogCaptureFixture,
) -> None:
    locale.set_default_locale("xx")
    locale.load_cldr()
    [record] = logged.records
    assert "'xx'" in record.getMessage()


def test_load_cldr_needs_babel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "babel", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'zonda-locale\[babel\]'"):
        locale.load_cldr()
