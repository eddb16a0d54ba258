"""Keeping a CSV file of translations in step with the program."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Sequence
from typing import NamedTuple

from .csv_file import Row, decode, detect_encoding, read_rows
from .csv_table import PLURAL_CATEGORIES
from .errors import LocaleError
from .extraction import Found
from .placeholders import misfit
from .problems import summarize
from .upkeep import Gap, Review, distinct, own_messages

ENCODINGS_WITHOUT_MARK = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Byte order mark to the encoding that adds none, for text at the end of a file."""


class Needed(NamedTuple):
    """A row that the file has to have.

    :ivar message: of the first column: the plural for the rows of a plural
    """

    message: str
    indicator: str
    context: str
    item: Found


class CSVTranslations:
    """The file ``LOCALE.csv``, which need not be there yet.

    :param code: of its locale
    """

    def __init__(self, path: str, code: str) -> None:
        self.path = path
        self.code = code

    def _read(self) -> bytes:
        try:
            with open(self.path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def _needed(self, found: Sequence[Found], rows: Sequence[Row]) -> list[Needed]:
        """The rows for the messages; categories of CLDR where the file has such rows already."""
        categories: tuple[str, ...] = ()
        if any(row.indicator in PLURAL_CATEGORIES for row in rows):
            from .cldr import CLDR

            categories = CLDR(self.code).plural_categories()
        needed: list[Needed] = []
        for item in distinct(found):
            if not item.plural:
                needed.append(Needed(item.message, "unknown", item.context, item))
            elif categories:
                needed += [Needed(item.plural, name, item.context, item) for name in categories]
            else:
                needed.append(Needed(item.message, "singular", item.context, item))
                needed.append(Needed(item.plural, "plural", item.context, item))
        return needed

    def review(self, found: Sequence[Found]) -> Review:
        """Compare the file with the messages of the program."""
        rows, problems = read_rows(self._read())
        present = {(row.message, row.indicator, row.context): row.translation for row in rows}
        gaps: list[Gap] = []
        needed = self._needed(found, rows)
        for row in needed:
            translation = present.get(row[:3], "")
            if not translation:
                gaps.append(Gap(row.item, f"has no translation ({row.indicator})"))
            elif reason := misfit(translation, *row.item.texts):
                gaps.append(Gap(row.item, f"has a translation that is not used: {reason}"))
        used = {row.message for row in self._needed([*found, *own_messages()], rows)}
        unused = dict.fromkeys(row.message for row in rows if row.message not in used)
        return Review(problems, gaps, list(unused))

    def update(self, found: Sequence[Found]) -> int:
        """Add rows without a translation for the messages that have no row.

        What is in the file stays as it is.

        :returns: the number of rows that were added
        :raises LocaleError: when the file is broken
        """
        data = self._read()
        rows, problems = read_rows(data)
        if problems:
            raise LocaleError(f"{summarize(problems)}; correct this first")
        present = {(row.message, row.indicator, row.context) for row in rows}
        missing = [row for row in self._needed(found, rows) if row[:3] not in present]
        if missing or not data:
            self._append(data, missing)
        return len(missing)

    def _append(self, data: bytes, rows: Sequence[Needed]) -> None:
        text, _ = decode(data, None)
        end = "\r\n" if "\r\n" in text else "\n"
        added = io.StringIO()
        if text and not text.endswith(("\n", "\r")):
            added.write(end)
        writer = csv.writer(added, quoting=csv.QUOTE_ALL, lineterminator=end)
        for row in rows:
            indicator = "" if row.indicator == "unknown" else row.indicator
            cells = [row.message, "", indicator, row.context]
            while not cells[-1] and len(cells) > 2:
                cells.pop()
            writer.writerow(cells)
        encoding = detect_encoding(data)
        for mark, plain in ENCODINGS_WITHOUT_MARK.items():
            if data.startswith(mark):
                encoding = plain
        os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        with open(self.path, "ab") as file:
            file.write(added.getvalue().encode(encoding))
