"""Typed options from command line, files and environment, and logging.

>>> from datetime import timedelta
>>> from zonda.options import define, options, parse_command_line
>>> define("port", default=8888, help="to listen on")
>>> define("wait", default=timedelta(seconds=30), help="for the last requests")
>>> parse_command_line(["app.py", "--port=80", "--wait=1m", "--logging=none", "start"])
['start']
>>> options.port, str(options.wait)
(80, '0:01:00')
"""

from .errors import (
    ConfigFileError,
    DefinitionError,
    Error,
    OptionValueError,
    UnknownOptionError,
)
from .log_formatter import JSONFormatter, LogFormatter
from .log_setup import define_logging_options, enable_pretty_logging
from .loggers import access_log, app_log, gen_log
from .parser import OptionParser
from .program import (
    add_parse_callback,
    define,
    parse_command_line,
    parse_config_file,
    parse_environment,
    print_help,
)
from .program_set import options

__all__ = [
    "ConfigFileError",
    "DefinitionError",
    "Error",
    "JSONFormatter",
    "LogFormatter",
    "OptionParser",
    "OptionValueError",
    "UnknownOptionError",
    "access_log",
    "add_parse_callback",
    "app_log",
    "define",
    "define_logging_options",
    "enable_pretty_logging",
    "gen_log",
    "options",
    "parse_command_line",
    "parse_config_file",
    "parse_environment",
    "print_help",
]
