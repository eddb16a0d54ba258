"""Locales have names in their own language."""

from __future__ import annotations

import pytest

from zonda.locale import LOCALE_NAMES
from zonda.locale.codes import normalize
from zonda.locale.names import display_name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("de_DE", "Deutsch"),
        ("es_LA", "Español"),
        ("pt_BR", "Português (Brasil)"),
        ("de", "Deutsch"),
        ("pt", "Português"),
        ("ja", "日本語"),
        ("de_NA", "Unknown"),
        ("tlh", "Unknown"),
    ],
)
def test_display_name(code: str, name: str) -> None:
    assert display_name(code) == name


def test_every_locale_of_the_table_has_both_names_and_a_normal_code() -> None:
    for code, names in LOCALE_NAMES.items():
        assert normalize(code) == code
        assert names.keys() == {"name", "name_en"}
        assert all(names.values())
