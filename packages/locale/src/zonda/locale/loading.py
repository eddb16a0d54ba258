"""Finding the catalogues in a directory and reading them.

A file that is broken is reported and passed over, in whole or in part: a program starts with the
translations that can be read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import registry
from .codes import normalize
from .csv_table import PluralRule, has_categories
from .errors import LocaleError, MissingExtraError
from .locales import CSVLocale, GettextLocale
from .problems import Problem, report

if TYPE_CHECKING:
    from .locales import Locale

Directory = str | os.PathLike[str]

CSV_SUFFIX = ".csv"
MO_SUFFIX = ".mo"
MESSAGES = "LC_MESSAGES"


def load_translations(directory: Directory, encoding: str | None = None) -> None:
    """Load the translations of all files ``LOCALE.csv`` in a directory, such as ``de_DE.csv``.

    They replace what was loaded before.  A row has a message and its translation; a third column
    may say ``plural`` or ``singular``, a fourth names the context::

        "I love you","Ich liebe dich"
        "%(name)s liked this","%(name)s gefällt das","singular"
        "%(name)s liked this","%(name)s gefällt das","plural"
        "right","das Recht","","law"

    With the extra ``zonda-locale[babel]`` the third column may also be a plural category of CLDR
    (``zero``, ``one``, ``two``, ``few``, ``many``, ``other``); the message is the plural one then.

    Files and rows that cannot be used are logged to ``zonda.general`` with their lines, one error
    for each file, and passed over.

    :param encoding: of all files; if it is not given, UTF-16 and UTF-32 are recognized, and
        everything else is UTF-8, with or without a byte order mark
    :raises OSError: when the directory cannot be read
    :raises LocaleError: when there is no encoding of this name
    """
    registry.load(CSVDirectory(directory, encoding))


def load_gettext_translations(directory: Directory, domain: str) -> None:
    """Load the catalogues ``directory/LOCALE/LC_MESSAGES/domain.mo`` of gettext.

    They replace what was loaded before.  A catalogue that cannot be read, and a directory that
    cannot, are logged to ``zonda.general`` and passed over.

    :param domain: the name of the files without ``.mo``
    :raises ValueError: when the domain is not the name of a file
    """
    registry.load(GettextDirectory(directory, domain))


class CSVDirectory:
    """A directory of files ``LOCALE.csv``."""

    def __init__(self, directory: Directory, encoding: str | None = None) -> None:
        self.directory = os.fspath(directory)
        self.encoding = encoding

    def files(self) -> list[str]:
        """The paths of the CSV files, sorted."""
        names = sorted(name for name in os.listdir(self.directory) if name.endswith(CSV_SUFFIX))
        return [os.path.join(self.directory, name) for name in names]

    def read(self) -> dict[str, Locale]:
        """A locale for each file whose name is a locale code."""
        locales: dict[str, Locale] = {}
        for path in self.files():
            name = os.path.basename(path).removesuffix(CSV_SUFFIX)
            code = normalize(name)
            if code is None:
                reason = "the name is not that of a locale; it has to be such as de_DE.csv"
                report(path, [Problem(0, reason)])
            elif code in locales:
                report(
                    path, [Problem(0, f"there is another file for {code}; this one is not used")]
                )
            else:
                locale = self._read_file(path, code)
                if locale is not None:
                    locales[code] = locale
        return locales

    def _read_file(self, path: str, code: str) -> Locale | None:
        from .csv_file import read_rows, to_table

        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError as error:
            report(path, [Problem(0, f"cannot be read ({error.strerror})")])
            return None
        rows, problems = read_rows(data, self.encoding)
        table = to_table(rows)
        rule: PluralRule | None = None
        if has_categories(table):
            try:
                rule = _plural_rule(code)
            except LocaleError as error:
                problems.append(Problem(0, f"rows with a plural category are not used: {error}"))
        report(path, problems)
        return CSVLocale(code, table, rule)


def _plural_rule(code: str) -> PluralRule:
    from .cldr import CLDR

    return CLDR(code).plural_category


class GettextDirectory:
    """A directory with ``LOCALE/LC_MESSAGES/domain.mo``."""

    def __init__(self, directory: Directory, domain: str) -> None:
        if not domain or os.path.basename(domain) != domain or "\0" in domain:
            raise ValueError(f"the domain {domain!r} is not the name of a file")
        self.directory = os.fspath(directory)
        self.domain = domain

    def files(self) -> list[str]:
        """The paths of the catalogues, sorted."""
        names = sorted(os.listdir(self.directory))
        file = os.path.join(MESSAGES, self.domain + MO_SUFFIX)
        paths = (os.path.join(self.directory, name, file) for name in names)
        return [path for path in paths if os.path.exists(path)]

    def read(self) -> dict[str, Locale]:
        """A locale for each catalogue that can be read."""
        from .mo_file import read_catalogue

        try:
            paths = self.files()
        except OSError as error:
            report(self.directory, [Problem(0, f"cannot be read ({error.strerror})")])
            return {}
        locales: dict[str, Locale] = {}
        for path in paths:
            name = os.path.basename(os.path.dirname(os.path.dirname(path)))
            code = normalize(name)
            if code is None or code in locales:
                reason = "is not that of a locale" if code is None else "is there a second time"
                report(path, [Problem(0, f"the name {name!r} of its directory {reason}")])
                continue
            try:
                locales[code] = GettextLocale(code, read_catalogue(path))
            except LocaleError as error:
                report(path, [Problem(0, str(error))])
        return locales


def load_cldr() -> None:
    """Read the CLDR data of all supported locales, so that no request waits for a file.

    :raises MissingExtraError: when the extra ``zonda-locale[babel]`` is not installed
    """
    loaded = registry.current()
    for code in sorted(loaded.supported):
        try:
            CSVLocale.get(code).cldr.warm_up()
        except MissingExtraError:
            raise
        except LocaleError as error:
            report(code, [Problem(0, str(error))])
