"""Finding the messages of a program: in its Python files and in its templates."""

from __future__ import annotations

import os
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .babel_extra import require_babel
from .errors import LocaleError
from .problems import Problem
from .template_messages import BrokenTemplateError

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

PYTHON_SUFFIX = ".py"
TEMPLATE_METHOD = f"{BrokenTemplateError.__module__}:extract"

TEMPLATE_SUFFIXES = (".html", ".htm", ".txt", ".xml", ".svg", ".js")
"""The files of a directory that are templates.  A file that is named itself may have any suffix."""

SKIPPED_DIRECTORIES = frozenset({"__pycache__", "node_modules"})

Spec = tuple[int | tuple[int, int] | tuple[int, str], ...] | None
Keyword = dict[int | None, Spec] | Spec

MESSAGE_OR_PLURAL: Keyword = {1: (1,), 3: (1, 2)}

KEYWORDS: dict[str, Keyword] = {
    "_": MESSAGE_OR_PLURAL,
    "translate": MESSAGE_OR_PLURAL,
    "gettext": (1,),
    "ngettext": (1, 2),
    "pgettext": {2: ((1, "c"), 2), 4: ((1, "c"), 2, 3)},
    "npgettext": ((1, "c"), 2, 3),
    "lazy": {1: (1,), 2: ((2, "c"), 1), 3: (1, 2), 4: ((4, "c"), 1, 2)},
}
"""The functions whose arguments are messages; by number of arguments, which of them is the
message, its plural and its context, as in the keywords of Babel."""

NOTE_TAGS = ("NOTE:", "Translators:")
"""What a comment for the translator begins with."""


class Found(NamedTuple):
    """A message and one place where it is.

    :ivar path: of the file
    :ivar line: from 1
    :ivar plural: empty where the message has none
    :ivar context: empty where the message has none
    :ivar notes: for the translator
    """

    path: str
    line: int
    message: str
    plural: str
    context: str
    notes: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The message, and its plural where it has one."""
        return (self.message, self.plural) if self.plural else (self.message,)


class Extraction(NamedTuple):
    """The messages of a program, and the files that could not be read to their end."""

    found: list[Found]
    problems: list[tuple[str, Problem]]


def source_files(paths: Iterable[str], suffixes: Sequence[str]) -> Iterator[str]:
    """The files among ``paths``, and those below the directories among them, sorted.

    Directories whose name begins with a dot are left out.

    :raises LocaleError: when there is nothing at a path
    """
    for path in paths:
        if os.path.isfile(path):
            yield path
            continue
        if not os.path.isdir(path):
            raise LocaleError(f"there is no file or directory {path}")
        for directory, children, names in os.walk(path):
            children[:] = sorted(
                name
                for name in children
                if not name.startswith(".") and name not in SKIPPED_DIRECTORIES
            )
            for name in sorted(names):
                if name.endswith((PYTHON_SUFFIX, *suffixes)):
                    yield os.path.join(directory, name)


def extract(
    paths: Iterable[str],
    suffixes: Sequence[str] = TEMPLATE_SUFFIXES,
    keywords: Iterable[str] = (),
) -> Extraction:
    """The messages in these files and directories.

    :param suffixes: of the templates
    :param keywords: more functions, each with a message as its first argument
    :raises MissingExtraError: when Babel is not installed
    :raises LocaleError: when there is nothing at a path
    """
    require_babel()
    result = Extraction([], [])
    functions = {**dict.fromkeys(keywords, MESSAGE_OR_PLURAL), **KEYWORDS}
    for path in source_files(paths, suffixes):
        try:
            result.found.extend(_extract_file(path, functions))
        except BrokenTemplateError as error:
            result.problems.append((path, Problem(error.line, error.reason)))
        except (tokenize.TokenError, SyntaxError) as error:
            result.problems.append((path, Problem(0, f"is not Python ({error.args[0]})")))
        except (OSError, UnicodeError) as error:
            result.problems.append((path, Problem(0, f"cannot be read ({error})")))
    return result


def _extract_file(path: str, functions: dict[str, Keyword]) -> list[Found]:
    from babel.messages.extract import extract_from_file

    # Babel finds the method for templates by its name.
    method = "python" if path.endswith(PYTHON_SUFFIX) else TEMPLATE_METHOD
    found: list[Found] = []
    for line, message, notes, context in extract_from_file(
        method, path, keywords=functions, comment_tags=NOTE_TAGS
    ):
        singular, plural = (message, "") if isinstance(message, str) else message[:2]
        found.append(Found(path, line, singular, plural, context or "", tuple(notes)))
    return found


def to_catalog(found: Iterable[Found], locale: str | None = None) -> Catalog:
    """The messages as a catalogue of Babel without translations.

    :param locale: the code of its language, for its plural forms; a template has none
    """
    from babel.messages.catalog import Catalog

    catalog = Catalog(locale=locale)
    for item in found:
        catalog.add(
            (item.message, item.plural) if item.plural else item.message,
            locations=[(item.path, item.line)],
            auto_comments=item.notes,
            context=item.context or None,
        )
    return catalog
