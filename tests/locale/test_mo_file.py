"""Compiled catalogues: the good are read, the damaged are refused with one kind of error."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zonda.locale import LocaleError
from zonda.locale.mo_file import read_catalogue

from .gettext_files import make_catalog, write_catalogue


def test_a_good_one(tmp_path: Path) -> None:
    path = write_catalogue(tmp_path, "fr_FR", make_catalog("fr_FR"))
    assert read_catalogue(str(path)).gettext("school") == "école"


def test_the_plural_rule_is_that_of_the_file(tmp_path: Path) -> None:
    catalog = Catalog(locale="ru_RU")
    catalog.add(("file", "files"), ("файл", "файла", "файлов"))
    russian = read_catalogue(str(write_catalogue(tmp_path, "ru_RU", catalog)))
    shown = [russian.ngettext("file", "files", count) for count in (1, 2, 5, 11, 21)]
    assert shown == ["файл", "файла", "файлов", "файлов", "файл"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"plural=(n > 1)", b"plural=(n % 0)"),
        (b"plural=(n > 1)", b"plural=(import)"[:14]),
        (b"plural=(n > 1)", b"plural=((((((("),
        (b"charset=utf-8", b"charset=kling"),
        (b"charset=utf-8", b"charset=ascii"),
        (b"\xde\x12\x04\x95", b"\0\0\0\0"),
    ],
)
def test_a_damaged_one(tmp_path: Path, old: bytes, new: bytes) -> None:
    path = write_catalogue(tmp_path, "fr_FR", make_catalog("fr_FR"))
    data = path.read_bytes()
    assert old in data and len(old) == len(new)
    path.write_bytes(data.replace(old, new))
    with pytest.raises(LocaleError):
        read_catalogue(str(path))


def test_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(LocaleError, match="cannot be read"):
        read_catalogue(str(tmp_path / "x.mo"))


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_gives_another_error(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "fr_FR" / "LC_MESSAGES" / "app.mo"
    if not path.exists():
        write_catalogue(tmp_path, "fr_FR", make_catalog("fr_FR"))
        path.with_suffix(".good").write_bytes(path.read_bytes())
    content = bytearray(path.with_suffix(".good").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        catalogue = read_catalogue(str(path))
    except LocaleError:
        return
    assert isinstance(catalogue.gettext("school"), str)
