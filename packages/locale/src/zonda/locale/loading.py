"""Finding the catalogues in a directory and reading them.

A file that is broken is reported and passed over, in whole or in part: a program starts with the
translations that can be read.
"""

from __future__ import annotations

import os
import re
import struct
from typing import TYPE_CHECKING

from . import registry
from .codes import normalize
from .csv_file import read_rows, to_table
from .problems import Problem, report

if TYPE_CHECKING:
    from gettext import NullTranslations

CSV_SUFFIX = ".csv"

DOMAIN = re.compile(r"[^/\\\0]+")


def load_translations(directory: str | os.PathLike[str], encoding: str | None = None) -> None:
    """Load the translations of all files ``LOCALE.csv`` in a directory, such as ``de_DE.csv``.

    They replace what was loaded before.  A row has a message and its translation; a third column
    may say ``plural`` or ``singular``, a fourth names the context::

        "I love you","Ich liebe dich"
        "%(name)s liked this","%(name)s gefällt das","singular"
        "%(name)s liked this","%(name)s gefällt das","plural"
        "right","das Recht","","law"

    Files and rows that cannot be used are logged to ``zonda.general`` with their lines, one error
    for each file, and passed over.

    :param encoding: of all files; if it is not given, UTF-16 and UTF-32 are recognized, and
        everything else is UTF-8, with or without a byte order mark
    :raises OSError: when the directory cannot be read
    :raises LocaleError: when there is no encoding of this name
    """
    catalogues: dict[str, registry.CSVTable] = {}
    for name in sorted(os.listdir(directory)):
        if not name.endswith(CSV_SUFFIX):
            continue
        path = os.path.join(directory, name)
        code = normalize(name.removesuffix(CSV_SUFFIX))
        if code is None:
            report(path, [Problem(0, "the name is not a locale; it has to be such as de_DE.csv")])
            continue
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError as error:
            report(path, [Problem(0, f"cannot be read: {error.strerror}")])
            continue
        rows, problems = read_rows(data, encoding)
        report(path, problems)
        catalogues[code] = to_table(rows)
    registry.replace_catalogues(catalogues)


def load_gettext_translations(directory: str | os.PathLike[str], domain: str) -> None:
    """Load the catalogues ``directory/LOCALE/LC_MESSAGES/domain.mo`` of gettext.

    They replace what was loaded before.  A catalogue that cannot be read is logged to
    ``zonda.general`` and passed over.

    :param domain: the name of the files without ``.mo``
    :raises OSError: when the directory cannot be read
    :raises ValueError: when the domain is not the name of a file
    """
    if not DOMAIN.fullmatch(domain):
        raise ValueError(f"the domain {domain!r} is not the name of a file")
    from gettext import GNUTranslations

    catalogues: dict[str, NullTranslations] = {}
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name, "LC_MESSAGES", f"{domain}.mo")
        code = normalize(name)
        if code is None or not os.path.isfile(path):
            continue
        try:
            with open(path, "rb") as file:
                catalogues[code] = GNUTranslations(file)
        except (OSError, ValueError, IndexError, KeyError, struct.error) as error:
            report(path, [Problem(0, f"cannot be read: {error}")])
    registry.replace_catalogues(catalogues)
