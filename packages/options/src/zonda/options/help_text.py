"""What ``--help`` prints."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .values import metavar

if TYPE_CHECKING:
    from .option import Option

WIDTH = 79
"""Columns of the help text: it fits the narrowest terminals in use."""

NAME_WIDTH = 30
"""Columns for ``name=METAVAR``; the description of a longer one begins on a line of its own."""

INDENT = 35


def help_text(program: str, options: Iterable[Option]) -> str:
    """The usage of a program, and its options by group."""
    groups: dict[str, list[Option]] = {}
    for option in options:
        groups.setdefault(option.group_name, []).append(option)
    lines = [f"Usage: {program} [OPTIONS]", "", "Options:", ""]
    for group in sorted(groups):
        if group:
            lines += ["", f"{os.path.normpath(group)} options:", ""]
        for option in sorted(groups[group], key=lambda option: option.name):
            lines += _describe(option)
    return "\n".join([*lines, ""])


def _describe(option: Option) -> list[str]:
    import textwrap

    name = option.name.replace("_", "-")
    placeholder = option.metavar or metavar(option.type)
    if placeholder:
        name += f"={placeholder}" + (",..." if option.multiple and not option.metavar else "")
    text = " ".join(filter(None, (option.help, _default(option))))
    described = textwrap.wrap(text, WIDTH - INDENT)
    if len(name) > NAME_WIDTH or not described:
        described.insert(0, "")
    first = f"  --{name:<{NAME_WIDTH}} {described[0]}".rstrip()
    return [first, *(" " * INDENT + line for line in described[1:])]


def _default(option: Option) -> str:
    """The default in brackets, if there is one."""
    default = option.default
    if default is None or default == "" or default == []:
        return ""
    if isinstance(default, list):
        default = ",".join(map(str, default))
    return f"(default {default})"
