"""The command ``zonda``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from . import routes_command, serve_command
from .command_error import FAILED, MISTAKE, CommandError
from .own_traceback import print_own_traceback
from .version import VERSION


def main(arguments: Sequence[str] | None = None) -> int:
    """``zonda serve package.module:make_app`` and ``zonda routes package.module:make_app``.

    :param arguments: of the command line; those of this process unless given.
    :return: the exit status: 0, 1 if something failed, 2 for a mistake in the command line.
    """
    parser = make_parser()
    given = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] | None = getattr(given, "run", None)
    if run is None:
        parser.print_help(sys.stderr)
        return MISTAKE
    try:
        return run(given)
    except CommandError as error:
        print(f"zonda: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        print_own_traceback(error)
        return FAILED


def make_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser("zonda", description="Serves and shows Zonda applications.")
    parser.add_argument("--version", action="version", version=f"zonda {VERSION}")
    commands = parser.add_subparsers(metavar="COMMAND")
    for name, command, told in (
        ("serve", serve_command, "serve an application"),
        ("routes", routes_command, "list what an application answers"),
    ):
        one = commands.add_parser(
            name,
            usage=f"zonda {name} [OPTION ...] MODULE:NAME",
            help=told,
            description=f"{told.capitalize()}.",
            allow_abbrev=False,
            formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=30),
        )
        command.add_arguments(one)
        one.set_defaults(run=command.run)
    return parser
