"""Finding what is wrong with a directory of templates before anybody asks for them.

Syntax is what the compiler says.  A name cannot be defined when Python, the engine and the web
framework do not define it, the template does not bind it, and it appears nowhere in the program:
neither as a name, nor as a keyword, nor as a string.  That finds misspelt names, and never accuses
one that the program gives to its templates.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .errors import ParseError
from .generator import generate
from .inheritance import ancestors
from .loaders import Loader
from .nodes import File, Statement
from .program import DEFAULT_NAMESPACE

# What the web framework gives to templates.
WEB_NAMES = frozenset(
    (
        "_",
        "_tt_modules",
        "current_user",
        "handler",
        "locale",
        "modules",
        "pgettext",
        "request",
        "reverse_url",
        "static_url",
        "translate",
        "xsrf_form_html",
    )
)
_WORD = re.compile(r"[^\W\d]\w*")
_SKIPPED_DIRECTORIES = frozenset(("__pycache__", "node_modules", "site-packages"))
_KNOWN = WEB_NAMES | vars(builtins).keys() | DEFAULT_NAMESPACE.keys() | {"__name__", "__loader__"}


class Problem(NamedTuple):
    """Something wrong in a template: the file, the line from 1, and words about it."""

    filename: str
    line: int
    message: str
    hint: str

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.filename}:{self.line}: {self.message}{hint}"


def find_problems(directory: str, names: frozenset[str] | None = None) -> list[Problem]:
    """Check all templates in a directory.

    :param names: the names that templates are given; ``None`` if that is not known.
    """
    loader = Loader(directory)
    problems: set[Problem] = set()
    for name in template_names(directory):
        try:
            problems.update(_check(loader, name, names))
        except ParseError as error:
            filename = error.filename or name
            problems.add(Problem(filename, error.lineno, error.message, error.hint))
    return sorted(
        problem._replace(filename=os.path.join(directory, problem.filename)) for problem in problems
    )


def template_names(directory: str) -> list[str]:
    """The names of the text files in a directory, at any depth; hidden ones are left out."""
    names = []
    for path in _files(directory):
        with open(path, "rb") as file:
            if b"\0" not in file.read(1024):
                names.append(os.path.relpath(path, directory).replace(os.sep, "/"))
    return sorted(names)


def names_in_code(paths: Iterable[str]) -> frozenset[str]:
    """All names, keywords, and strings that could be names, in the Python files at the paths."""
    names: set[str] = set()
    for path in paths:
        for filename in [path] if os.path.isfile(path) else _files(path):
            if filename.endswith(".py"):
                with open(filename, "rb") as file:
                    names.update(_names_in(file.read()))
    return frozenset(names)


def _files(directory: str) -> Iterator[str]:
    for parent, directories, files in os.walk(directory):
        directories[:] = [
            name
            for name in directories
            if not name.startswith(".")
            and name not in _SKIPPED_DIRECTORIES
            and not os.path.exists(os.path.join(parent, name, "pyvenv.cfg"))
        ]
        for name in files:
            if not name.startswith("."):
                yield os.path.join(parent, name)


def _names_in(code: bytes) -> Iterable[str]:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        # Not this Python's, but its words are all there.
        return _WORD.findall(code.decode("utf-8", "replace"))
    # The fields that hold names: id, attr, arg, name, names, and the value of a string.
    fields = [value for node in ast.walk(tree) for _, value in ast.iter_fields(node)]
    fields += [name for value in fields if isinstance(value, list) for name in value]
    return {value for value in fields if isinstance(value, str) and value.isidentifier()}


def _check(loader: Loader, name: str, names: frozenset[str] | None) -> Iterator[Problem]:
    template = loader.load(name)
    file = template.file
    function = generate(file, template.load_file, native=True)
    ignored = _ignored(ancestors(file, template.load_file))
    for used, (source, line) in function.uses.items():
        if used in _KNOWN or used in function.optional or (names is not None and used in names):
            continue
        if used in ignored:
            hint = f"{ignored[used]}, but a template that extends another is only its blocks."
        elif names is None:
            continue
        else:
            near = difflib.get_close_matches(used, [*_KNOWN, *names], 1)
            hint = f"Did you mean {near[0]!r}?" if near else ""
        yield Problem(source.name, line, f"nothing defines the name {used!r}", hint)


def _ignored(chain: list[File]) -> dict[str, str]:
    """The names that are set where it has no effect, and where that is."""
    ignored = {}
    for file in chain[:-1]:
        for node in file.body:
            if isinstance(node, Statement):
                for name, line in node.code.names.bound.items():
                    ignored[name] = f"{file.source.name}:{node.code.line + line} sets it"
    return ignored
