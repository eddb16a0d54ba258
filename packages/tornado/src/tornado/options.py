"""Options from the command line and from files."""

from __future__ import annotations

from zonda.options import (
    Error,
    OptionParser,
    add_parse_callback,
    define,
    define_logging_options,
    options,
    parse_command_line,
    parse_config_file,
    print_help,
)

from .log import LogFormatter, enable_pretty_logging

__all__ = [
    "Error",
    "LogFormatter",
    "OptionParser",
    "add_parse_callback",
    "define",
    "define_logging_options",
    "enable_pretty_logging",
    "options",
    "parse_command_line",
    "parse_config_file",
    "print_help",
]
