"""The options of the program: one set for all of its modules.

A module defines its options when it is imported; the main module imports all of them, and parses.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

from .log_setup import define_logging_options
from .program_set import options
from .values import Kind


def define(
    name: str,
    default: Any = None,
    type: Kind | None = None,
    help: str | None = None,
    metavar: str | None = None,
    multiple: bool = False,
    group: str | None = None,
    callback: Callable[[Any], None] | None = None,
) -> None:
    """Define an option of the program: see :meth:`OptionParser.define`."""
    options.define(name, default, type, help, metavar, multiple, group, callback)


def parse_command_line(args: Sequence[str] | None = None, final: bool = True) -> list[str]:
    """Parse the command line of the program: see :meth:`OptionParser.parse_command_line`."""
    return options.parse_command_line(args, final)


def parse_config_file(path: str | os.PathLike[str], final: bool = True) -> None:
    """Parse a configuration file: see :meth:`OptionParser.parse_config_file`."""
    options.parse_config_file(path, final)


def parse_environment(
    prefix: str, environ: Mapping[str, str] | None = None, final: bool = True
) -> None:
    """Parse environment variables: see :meth:`OptionParser.parse_environment`."""
    options.parse_environment(prefix, environ, final)


def print_help(file: TextIO | None = None) -> None:
    """Print all options of the program: see :meth:`OptionParser.print_help`."""
    options.print_help(file)


def add_parse_callback(callback: Callable[[], None]) -> None:
    """Call a function when parsing is done: see :meth:`OptionParser.add_parse_callback`."""
    options.add_parse_callback(callback)


define_logging_options(options)
