"""Choosing the translation of a plural among the rows of a table."""

from __future__ import annotations

import pytest

from zonda.locale.csv_table import find_plural, has_categories, key

TABLE = {
    "singular": {"%(n)d file": "один файл", "ctx\x04%(n)d file": "c1"},
    "plural": {"%(n)d files": "файлов", "ctx\x04%(n)d files": "c2"},
    "few": {"%(n)d files": "%(n)d файла"},
}
MESSAGES = ("%(n)d file", "%(n)d files")


@pytest.mark.parametrize(
    ("category", "context", "count", "expected"),
    [
        (None, "", 1, "один файл"),
        (None, "", 2, "файлов"),
        (None, "", 0, "файлов"),
        ("few", "", 2, "%(n)d файла"),
        ("many", "", 5, "файлов"),
        ("one", "", 1, "один файл"),
        (None, "ctx", 1, "c1"),
        ("few", "ctx", 2, "c2"),
        (None, "other", 2, None),
    ],
)
def test_find_plural(category: str | None, context: str, count: int, expected: str | None) -> None:
    assert find_plural(TABLE, category, context, MESSAGES, count) == expected


def test_has_categories() -> None:
    assert has_categories(TABLE)
    assert not has_categories({"singular": {}, "plural": {}, "unknown": {}})


def test_key() -> None:
    assert key("message", "") == "message"
    assert key("message", "context") == "context\x04message"
