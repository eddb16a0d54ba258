"""Translations in a CSV file: one for each locale, with two to four columns.

==============  ==================================================================================
column          meaning
==============  ==================================================================================
message         the text in the program
translation     the same in the language of the file; empty where nobody has translated it yet
plural          ``plural``, ``singular``, ``unknown`` or empty; or a plural category of CLDR
context         what tells two equal messages apart, as the first argument of ``pgettext``
==============  ==================================================================================

The dialect is Excel's.  Blanks before a cell are ignored, a quoted cell may run over several
lines, and a quote inside it is doubled.  A row that cannot be used is a :class:`Problem` with its
line, and the rows around it are used.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .csv_table import INDICATORS, key
from .errors import LocaleError
from .placeholders import misfit
from .problems import Problem

MAX_COLUMNS = 4

MAX_CELL_LINES = 200
"""The lines that one row may run over.  A quote that is never closed ends there, so that reading a
file full of them takes time in proportion to its length."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""In this order: the mark of UTF-32-LE begins with that of UTF-16-LE."""

REPLACEMENT = "\ufffd"


class Row(NamedTuple):
    """One usable row of the file.

    :ivar line: the number of its first line, from 1
    :ivar indicator: of the plural: ``unknown`` where the row is for no number
    :ivar context: empty where there is none
    """

    line: int
    message: str
    translation: str
    indicator: str
    context: str


def detect_encoding(data: bytes) -> str:
    """UTF-16 or UTF-32 where a byte order mark says so, or where a first character of ASCII shows
    it; UTF-8 otherwise."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    if data[:1] != b"\0" and data[1:2] == b"\0":
        return "utf-16-le"
    if data[:1] == b"\0" and data[1:2] not in (b"\0", b""):
        return "utf-16-be"
    return "utf-8"


def decode(data: bytes, encoding: str | None) -> tuple[str, str | None]:
    """The text of a file, and what is wrong with its encoding.

    Where something is wrong, the bytes in question are U+FFFD in the text.

    :raises LocaleError: when there is no encoding of this name
    """
    name = encoding or detect_encoding(data)
    try:
        return data.decode(name), None
    except LookupError:
        raise LocaleError(f"there is no encoding {encoding!r}") from None
    except UnicodeError as error:
        return data.decode(name, "replace"), f"is not {name} ({error})"


class _Lines(Iterator[str]):
    """The lines of a text, which can be read again from an earlier one."""

    def __init__(self, text: str) -> None:
        # With newline="" only LF, CR LF and CR end a line, and they stay in quoted cells.
        self.lines = list(io.StringIO(text, newline=""))
        self.position = 0
        self.stop = 0

    def start_row(self) -> int:
        """Begin a row here; it may take the next :data:`MAX_CELL_LINES` lines."""
        self.stop = min(len(self.lines), self.position + MAX_CELL_LINES)
        return self.position

    def __next__(self) -> str:
        if self.position >= self.stop:
            raise StopIteration
        self.position += 1
        return self.lines[self.position - 1]


def read_cells(text: str) -> Iterator[tuple[int, list[str]] | Problem]:
    """The cells of each row with the number of its first line.

    After a row that breaks the rules reading goes on at the line below its first one.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, skipinitialspace=True, strict=True)
    while True:
        start = lines.start_row()
        try:
            yield start + 1, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Problem(
                start + 1, f"the quotes are not balanced, or a cell is too long ({error})"
            )
            lines.position = start + 1
            reader = csv.reader(lines, skipinitialspace=True, strict=True)


def _check(line: int, cells: Sequence[str]) -> Row | Problem:
    """The row that these cells make, or why they make none."""
    if not 2 <= len(cells) <= MAX_COLUMNS:
        return Problem(
            line,
            f"has {len(cells)} column{'s' if len(cells) > 1 else ''}; allowed are message, "
            "translation, plural, context (a text with a comma needs quotes)",
        )
    message, translation, indicator, context = (*cells, "", "")[:MAX_COLUMNS]
    if any("\0" in cell for cell in cells):
        return Problem(line, "contains a NUL character")
    if not message:
        return Problem(line, "has no message in its first column")
    indicator = indicator or "unknown"
    if indicator not in INDICATORS:
        allowed = ", ".join(INDICATORS)
        return Problem(line, f"has {indicator!r} in its plural column; allowed are {allowed}")
    # The singular may have the placeholders of its plural, which is in another row.
    reason = misfit(translation, message) if translation and indicator != "singular" else None
    if reason is not None:
        return Problem(line, f"is not used: {reason}")
    return Row(line, message, translation, indicator, context)


def read_rows(data: bytes, encoding: str | None = None) -> tuple[list[Row], list[Problem]]:
    """All rows of a file that can be used, and all problems in the others, in order of lines.

    :raises LocaleError: when there is no encoding of this name
    """
    text, wrong = decode(data, encoding)
    rows: list[Row] = []
    problems: list[Problem] = []
    for item in read_cells(text):
        if isinstance(item, Problem):
            problems.append(item)
            continue
        line, cells = item[0], [cell.strip() for cell in item[1]]
        if not any(cells):
            continue
        if wrong is not None and any(REPLACEMENT in cell for cell in cells):
            problems.append(Problem(line, wrong))
            continue
        checked = _check(line, cells)
        if isinstance(checked, Problem):
            problems.append(checked)
        else:
            rows.append(checked)
    return rows, problems


def to_table(rows: Sequence[Row]) -> dict[str, dict[str, str]]:
    """Translations by indicator and message; of two equal rows the later one counts."""
    table: dict[str, dict[str, str]] = {}
    for row in rows:
        if row.translation:
            table.setdefault(row.indicator, {})[key(row.message, row.context)] = row.translation
    return table
