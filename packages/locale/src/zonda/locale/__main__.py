"""The command ``python -m zonda.locale``: find the messages, and keep the translations complete."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from .babel_extra import require_babel
from .codes import normalize
from .csv_upkeep import CSVTranslations
from .errors import LocaleError
from .extraction import TEMPLATE_SUFFIXES, Found, extract, to_catalog
from .loading import CSV_SUFFIX, MESSAGES
from .po_upkeep import POTranslations
from .upkeep import distinct, own_messages

PROGRAM = "python -m zonda.locale"
PO_SUFFIX = ".po"


def parser() -> argparse.ArgumentParser:
    """The arguments of all commands."""
    result = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    commands = result.add_subparsers(dest="command", required=True)

    sources = argparse.ArgumentParser(add_help=False)
    sources.add_argument("source", nargs="+", help="a file or a directory of the program")
    sources.add_argument(
        "--keyword", action="append", default=[], help="a function that translates, beside _"
    )
    sources.add_argument(
        "--suffix", action="append", default=[], help="of more templates, such as .jinja"
    )
    sources.add_argument(
        "--dates", action="store_true", help="with the messages of format_date and list"
    )
    files = argparse.ArgumentParser(add_help=False)
    files.add_argument("directory", help="of the translations")
    files.add_argument(
        "--domain", help="of gettext catalogues; without it the translations are CSV files"
    )
    files.add_argument(
        "--locale", action="append", default=[], help="only this one; update makes new files"
    )

    command = commands.add_parser(
        "extract", parents=[sources], help="write the messages as a template for gettext (.pot)"
    )
    command.add_argument("-o", "--output", help="the file; without it, standard output")
    commands.add_parser(
        "update", parents=[files, sources], help="add new messages to the translations"
    )
    commands.add_parser(
        "check", parents=[files, sources], help="name the messages that have no translation"
    )
    commands.add_parser("compile", parents=[files], help="make .mo files of .po files")
    return result


def existing_files(directory: str, domain: str | None) -> dict[str, str]:
    """Code of each locale that has a file in the directory to the path of the file."""
    paths: dict[str, str] = {}
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        if domain:
            path = os.path.join(directory, name, MESSAGES, domain + PO_SUFFIX)
            code = normalize(name) if os.path.isfile(path) else None
        else:
            path = os.path.join(directory, name)
            stem, suffix = os.path.splitext(name)
            code = normalize(stem) if suffix == CSV_SUFFIX else None
        if code is not None:
            paths.setdefault(code, path)
    return paths


def translation_files(arguments: argparse.Namespace) -> list[CSVTranslations | POTranslations]:
    """The files that the command is about: those of the named locales, else all there are.

    :raises LocaleError: when the name of a locale is none, or there are no files
    """
    domain: str | None = arguments.domain
    paths = existing_files(arguments.directory, domain)
    if arguments.locale:
        paths = {code: paths.get(code, "") for code in map(_code, arguments.locale)}
    if not paths:
        raise LocaleError(f"there are no translations in {arguments.directory}; name a --locale")
    files: list[CSVTranslations | POTranslations] = []
    for code, path in paths.items():
        if domain:
            new = os.path.join(arguments.directory, code, MESSAGES, domain + PO_SUFFIX)
            files.append(POTranslations(path or new, code))
        else:
            new = os.path.join(arguments.directory, code + CSV_SUFFIX)
            files.append(CSVTranslations(path or new, code))
    return files


def _code(name: str) -> str:
    code = normalize(name)
    if code is None:
        raise LocaleError(f"{name!r} is not a locale; it has to be such as de_DE")
    return code


def program_messages(arguments: argparse.Namespace) -> tuple[list[Found], bool]:
    """The messages of the sources, and whether all of them could be read; says which could not."""
    suffixes = (*TEMPLATE_SUFFIXES, *arguments.suffix)
    extraction = extract(arguments.source, suffixes, arguments.keyword)
    for path, problem in extraction.problems:
        print(f"{path}: {problem}", file=sys.stderr)
    found = extraction.found + (own_messages() if arguments.dates else [])
    return found, not extraction.problems


def run_extract(arguments: argparse.Namespace) -> bool:
    """Write the template."""
    from babel.messages.pofile import write_po

    found, complete = program_messages(arguments)
    buffer = io.BytesIO()
    write_po(buffer, to_catalog(found))
    if arguments.output:
        with open(arguments.output, "wb") as file:
            file.write(buffer.getvalue())
    else:
        sys.stdout.write(buffer.getvalue().decode())
    return complete


def run_update(arguments: argparse.Namespace) -> bool:
    """Add what is new to each file."""
    found, complete = program_messages(arguments)
    for file in translation_files(arguments):
        try:
            print(f"{file.path}: {file.update(found)} added")
        except LocaleError as error:
            complete = False
            print(f"{file.path}: {error}", file=sys.stderr)
    return complete


def run_check(arguments: argparse.Namespace) -> bool:
    """Say what each file lacks."""
    found, complete = program_messages(arguments)
    total = len(distinct(found))
    for file in translation_files(arguments):
        review = file.review(found)
        for problem in review.problems:
            print(f"{file.path}: {problem}")
        for gap in review.gaps:
            print(
                f"{file.path}: {gap.item.path}:{gap.item.line}: {gap.item.message!r} {gap.reason}"
            )
        for message in review.unused:
            print(f"{file.path}: {message!r} is not in the program")
        lacking = len(distinct(gap.item for gap in review.gaps))
        print(f"{file.path}: {total - lacking} of {total} messages are translated")
        complete = complete and not review.problems and not review.gaps
    return complete


def run_compile(arguments: argparse.Namespace) -> bool:
    """Compile each catalogue."""
    complete = True
    for file in translation_files(arguments):
        if not isinstance(file, POTranslations):
            raise LocaleError("only gettext catalogues are compiled; name their --domain")
        try:
            print(file.compile())
        except LocaleError as error:
            complete = False
            print(f"{file.path}: {error}", file=sys.stderr)
    return complete


COMMANDS = {
    "extract": run_extract,
    "update": run_update,
    "check": run_check,
    "compile": run_compile,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    :param argv: the arguments without the name of the program
    :returns: 0, or 1 where something is missing or broken, or 2 where the command cannot be run
    """
    arguments = parser().parse_args(argv)
    try:
        require_babel()
        return 0 if COMMANDS[arguments.command](arguments) else 1
    except (LocaleError, OSError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
