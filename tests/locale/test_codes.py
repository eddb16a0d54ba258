"""Locale codes: their spelling, the nearest supported one, and what comes from strangers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.locale.codes import MAX_CODE_LENGTH, closest, is_right_to_left, normalize


@pytest.mark.parametrize(
    ("code", "normal"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("de-DE", "de_DE"),
        ("DE_de", "de_DE"),
        ("zh-hant-tw", "zh_Hant_TW"),
        ("sr_latn", "sr_Latn"),
        ("es-419", "es_419"),
        ("fil", "fil"),
    ],
)
def test_every_spelling_has_one_normal_form(code: str, normal: str) -> None:
    assert normalize(code) == normal


@pytest.mark.parametrize(
    "code",
    [
        "",
        "d",
        "*",
        "../../etc/passwd",
        "de_DE.csv",
        "de/DE",
        "de DE",
        "de\0",
        "de\n",
        "d" * (MAX_CODE_LENGTH + 1),
        "x" * 10_240,
        "de__DE",
        "dé",
        "de_DE_DE_DE",
    ],
)
def test_anything_else_is_not_a_code(code: str) -> None:
    assert normalize(code) is None
    assert closest(code, frozenset({"de_DE", "en_US"})) is None


@pytest.mark.parametrize(
    ("code", "supported", "expected"),
    [
        ("de_DE", {"de_DE", "de"}, "de_DE"),
        ("de-de", {"de_DE", "de"}, "de_DE"),
        ("de_AT", {"de_DE", "de"}, "de"),
        ("de_AT", {"de_DE"}, "de_DE"),
        ("zh_TW", {"zh_CN"}, None),
        ("zh_Hant_TW", {"zh_TW", "zh"}, "zh_TW"),
        ("zh_Hant_TW", {"zh_Hant", "zh"}, "zh_Hant"),
        ("de", {"de_AT", "de_DE"}, "de_DE"),
        ("pt", {"pt_MZ", "pt_BR"}, "pt_BR"),
        ("da", {"de_DE"}, None),
        ("fr", {"fry_NL"}, None),
        ("x-odd", {"x-odd"}, "x-odd"),
    ],
)
def test_the_nearest_locale(code: str, supported: set[str], expected: str | None) -> None:
    assert closest(code, frozenset(supported)) == expected


@given(st.text(max_size=50))
def test_no_text_makes_a_code_with_anything_but_letters_and_digits(text: str) -> None:
    normal = normalize(text)
    assert normal is None or normal.replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("code", "rtl"),
    [
        ("ar", True),
        ("ar_EG", True),
        ("fa_IR", True),
        ("he_IL", True),
        ("ur_PK", True),
        ("az_Arab_IR", True),
        ("ar_Latn", False),
        ("arn_CL", False),
        ("de_DE", False),
        ("es_419", False),
    ],
)
def test_direction_of_the_text(code: str, rtl: bool) -> None:
    assert is_right_to_left(code) is rtl
