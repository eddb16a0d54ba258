"""``zonda routes``: what an application answers."""

from __future__ import annotations

import argparse
import inspect
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from zonda.http import HTTPServerConnectionDelegate
from zonda.ioloop import run as run_loop

from . import app_target
from .application import Application
from .command_error import CommandError
from .rule_listing import RuleLine, list_rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "target", metavar="MODULE:NAME", help="an Application, or a function that makes one"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the rules; the exit status."""
    source = app_target.load(arguments.target)
    lines = run_loop(lambda: _list(source, arguments.target))
    print(table(lines))
    return 0


async def _list(source: Any, target: str) -> list[RuleLine]:
    made: object = source
    async with AsyncExitStack() as stack:
        if not isinstance(source, HTTPServerConnectionDelegate):
            made = source()
            if inspect.isawaitable(made):
                made = await made
        if isinstance(made, AbstractAsyncContextManager):
            made = await stack.enter_async_context(made)
        if not isinstance(made, Application):
            kind = type(made).__name__
            raise CommandError(f"{target} makes a {kind}: only an Application has rules")
        return list_rules(made)


def table(lines: list[RuleLine]) -> str:
    """The rules in columns: pattern, target, name."""
    if not lines:
        return "no rules"
    rows = [("  " * line.depth + line.pattern, line.target, line.name) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(
        f"{pattern:{widths[0]}}  {target:{widths[1]}}  {name}".rstrip()
        for pattern, target, name in rows
    )
