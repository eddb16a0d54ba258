"""Logging as Tornado's: three loggers, colours on a terminal, options for the command line."""

from __future__ import annotations

import logging

from zonda.options import (
    LogFormatter,
    access_log,
    app_log,
    define_logging_options,
    enable_pretty_logging,
    gen_log,
)

__all__ = [
    "LogFormatter",
    "access_log",
    "app_log",
    "define_logging_options",
    "enable_pretty_logging",
    "gen_log",
]


def _share_loggers() -> None:
    """Let ``logging.getLogger("tornado.access")`` be the logger that Zonda writes to.

    One object under two names: levels, handlers and filters that a program puts on Tornado's
    loggers work.  What is logged has the name that begins with ``zonda``.
    """
    known = logging.root.manager.loggerDict
    for name in ("", ".access", ".application", ".general"):
        logger = logging.getLogger(f"zonda{name}")
        before = known.get(f"tornado{name}")
        if isinstance(before, logging.Logger) and before is not logger:
            _take_over(logger, before)
        known[f"tornado{name}"] = logger


def _take_over(logger: logging.Logger, before: logging.Logger) -> None:
    """Give *logger* what a program has set on the one that had its name *before*."""
    if before.level != logging.NOTSET:
        logger.setLevel(before.level)
    logger.propagate = before.propagate
    logger.disabled = before.disabled
    for handler in before.handlers:
        logger.addHandler(handler)
    for entry in before.filters:
        logger.addFilter(entry)


_share_loggers()
