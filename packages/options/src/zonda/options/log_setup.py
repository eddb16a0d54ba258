"""Setting up logging as the options say."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from .errors import OptionValueError
from .log_formatter import JSONFormatter, LogFormatter
from .program_set import options as program_options

if TYPE_CHECKING:
    from .parser import OptionParser

GROUP = "logging"

LEVELS = ("debug", "info", "warning", "error", "critical")
NONE: Final = "none"

FORMATS = ("pretty", "json")
ROTATE_MODES = ("size", "time")
ROTATE_WHENS = ("s", "m", "h", "d", "midnight", *(f"w{day}" for day in range(7)))
"""Units of rotation by time: seconds to days, midnight, and weekdays from Monday, W0, on."""

MAX_FILE_SIZE = 100 * 1000 * 1000
"""Bytes of a log file before the next begins: what an editor still opens."""

KEPT_FILES = 10
"""Log files beside the one that is written: with their size this bounds the disk."""

OURS = "zonda_options_handler"
"""The attribute of the handlers that were made here, which the next set-up takes away again."""


def define_logging_options(options: OptionParser | None = None) -> None:
    """Define ``--logging`` and the ``--log_...`` options, and obey them after parsing.

    :data:`options` has them already; a set of one's own needs this call.
    """
    target = _or_global(options)

    def define(name: str, default: object, kind: type, help: str, metavar: str = "") -> None:
        target.define(name, default, type=kind, help=help, metavar=metavar or None, group=GROUP)

    define(
        "logging",
        "info",
        str,
        "the lowest level that is logged; none leaves logging as the program set it up",
        "|".join((*LEVELS, NONE)),
    )
    define(
        "log_to_stderr",
        None,
        bool,
        "log to standard error, in colours if it is a terminal; by default so if there is no "
        "log_file_prefix and nothing else was set up",
    )
    define("log_format", "pretty", str, "lines to read, or JSON objects", "|".join(FORMATS))
    define(
        "log_file_prefix",
        None,
        str,
        "the path of the log file; each process needs one of its own",
        "PATH",
    )
    define("log_file_max_size", MAX_FILE_SIZE, int, "bytes of a log file before the next begins")
    define("log_file_num_backups", KEPT_FILES, int, "old log files that are kept")
    define("log_rotate_mode", "size", str, "when the next file begins", "|".join(ROTATE_MODES))
    define(
        "log_rotate_when",
        "midnight",
        str,
        "of rotation by time, the unit: S, M, H, D, W0 to W6, midnight",
        "UNIT",
    )
    define("log_rotate_interval", 1, int, "of rotation by time, the number of units")
    target.add_parse_callback(lambda: enable_pretty_logging(target))


def enable_pretty_logging(
    options: OptionParser | None = None, logger: logging.Logger | None = None
) -> None:
    """Set up logging as the options say.

    Parsing the options calls this.  A second call takes the handlers of the first away, so no
    record is logged twice.

    :param options: without it, :data:`options`
    :param logger: without it, the root of all loggers
    :raises OptionValueError: when one of the options has a value that it cannot have
    :raises OSError: when the log file cannot be written
    """
    chosen = _or_global(options)
    level = chosen.logging
    if level is None or level.lower() == NONE:
        return
    _require("logging", level.lower(), (*LEVELS, NONE))
    _require("log_format", chosen.log_format, FORMATS)
    _require("log_rotate_mode", chosen.log_rotate_mode, ROTATE_MODES)
    _require("log_rotate_when", chosen.log_rotate_when.lower(), ROTATE_WHENS)
    if chosen.log_rotate_interval < 1:
        raise OptionValueError("Option 'log_rotate_interval' has to be 1 or more")
    logger = logging.getLogger() if logger is None else logger
    _remove_ours(logger)
    logger.setLevel(level.upper())
    if chosen.log_file_prefix:
        _add(logger, _file_handler(chosen), chosen.log_format, color=False)
    to_stderr = chosen.log_to_stderr
    if to_stderr or (to_stderr is None and not logger.handlers):
        _add(logger, logging.StreamHandler(), chosen.log_format, color=True)


def _or_global(options: OptionParser | None) -> OptionParser:
    return program_options if options is None else options


def _require(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise OptionValueError(
            f"Option {name!r} cannot be {value!r}: it has to be one of {', '.join(allowed)}"
        )


def _remove_ours(logger: logging.Logger) -> None:
    for handler in logger.handlers[:]:
        if hasattr(handler, OURS):
            logger.removeHandler(handler)
            handler.close()


def _add(logger: logging.Logger, handler: logging.Handler, format: str, color: bool) -> None:
    handler.setFormatter(JSONFormatter() if format == "json" else LogFormatter(color=color))
    setattr(handler, OURS, True)
    logger.addHandler(handler)


def _file_handler(options: OptionParser) -> logging.Handler:
    from logging.handlers import RotatingFileHandler, TimedRotatingFileHandler

    if options.log_rotate_mode == "size":
        return RotatingFileHandler(
            options.log_file_prefix,
            maxBytes=options.log_file_max_size,
            backupCount=options.log_file_num_backups,
            encoding="utf-8",
        )
    return TimedRotatingFileHandler(
        options.log_file_prefix,
        when=options.log_rotate_when,
        interval=options.log_rotate_interval,
        backupCount=options.log_file_num_backups,
        encoding="utf-8",
    )
