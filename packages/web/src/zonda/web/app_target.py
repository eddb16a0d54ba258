"""Finding the application that a command line names: ``package.module:attribute``."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import os
import sys
from typing import Any, Final

from zonda.http import HTTPServerConnectionDelegate

from .command_error import CommandError

# What a module's application is called where the command line does not say.
USUAL_NAMES: Final = ("app", "application", "make_app", "make_application", "create_app")


def find_module(target: str) -> str:
    """The name of the module in *target*, which exists.

    :raises CommandError: it does not, or *target* is no name at all.
    """
    module, _, _ = target.partition(":")
    is_name = all(part.isidentifier() for part in module.split("."))
    if not is_name or module.endswith(".py"):
        hint = _hint_for_file(target)
        raise CommandError(f"{target!r} must be like package.module:make_app{hint}")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        spec = None
    if spec is None:
        raise CommandError(f"there is no module {module!r}, neither in {here} nor installed")
    return module


def load(target: str) -> Any:
    """What *target* names: an application, or a function that makes one.

    What the module itself raises is let through.

    :raises CommandError: there is no such module, or nothing of that name in it.
    """
    name = find_module(target)
    module = importlib.import_module(name)
    attribute = target.partition(":")[2]
    found: object = module
    if not attribute:
        usual = [usual for usual in USUAL_NAMES if hasattr(module, usual)]
        if not usual:
            raise CommandError(
                f"the module {name!r} has none of {', '.join(USUAL_NAMES)}; "
                f"say which with {name}:NAME"
            )
        attribute = usual[0]
    for part in attribute.split("."):
        if not hasattr(found, part):
            near = difflib.get_close_matches(part, [n for n in dir(found) if n[0] != "_"], 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise CommandError(f"{name!r} has no {attribute!r}{hint}")
        found = getattr(found, part)
    if not isinstance(found, HTTPServerConnectionDelegate) and not callable(found):
        raise CommandError(
            f"{name}:{attribute} is of type {type(found).__name__}: "
            "neither an Application nor a function that makes one"
        )
    _check_arguments(f"{name}:{attribute}", found)
    return found


def _check_arguments(target: str, found: object) -> None:
    if isinstance(found, HTTPServerConnectionDelegate) or not callable(found):
        return
    try:
        signature = inspect.signature(found)
    except ValueError:
        return  # made in C: calling it will tell
    needed = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if needed:
        kind = " is a class that" if inspect.isclass(found) else ""
        raise CommandError(
            f"{target}{kind} needs arguments ({', '.join(needed)}): name a function without any"
        )


def _hint_for_file(target: str) -> str:
    path, _, attribute = target.partition(":")
    if not path.endswith(".py"):
        return ""
    module = path.removesuffix(".py").strip("./").replace("/", ".")
    return f"; try {module}{':' if attribute else ''}{attribute}"
