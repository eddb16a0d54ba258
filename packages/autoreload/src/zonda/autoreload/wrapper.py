"""``python -m zonda.autoreload``: run a program, and again whenever its source changes."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import runpy
import sys
import traceback
from types import TracebackType

from .error_sources import watch_error
from .errors import AutoreloadError
from .reloading import begin, wait, watch

USAGE = """\
usage: python -m zonda.autoreload [--until-success] SCRIPT [ARGUMENT ...]
       python -m zonda.autoreload [--until-success] -m MODULE [ARGUMENT ...]

Runs a program, and again whenever its source changes.

  --until-success  stop after a run that ended without an error (exit status 0)
"""


@dataclasses.dataclass(frozen=True)
class Program:
    """What the command line asked for."""

    name: str
    is_module: bool
    arguments: list[str]
    until_success: bool


def main() -> None:
    """Run a program and wait for a change of its source, again and again.

    ``python -m zonda.autoreload [--until-success] script.py ...`` or ``... -m package.module ...``.
    The program sees its own ``sys.argv`` and is ``__main__``.  An error, a syntax error included,
    is shown, and then a change of any file that it touched starts the next run.  Ctrl-C ends it.
    With ``--until-success`` the process exits, with status 0, after the first run that succeeds.
    """
    if sys.argv[1:2] in (["-h"], ["--help"]):
        print(USAGE, end="")
        return
    try:
        program = parse(sys.argv[1:])
    except AutoreloadError as error:
        print(f"{USAGE}\nerror: {error}", file=sys.stderr)
        sys.exit(2)
    begin()  # what changes while the program runs is known when it ends
    success = run(program)
    if success and program.until_success:
        return
    begin()  # the modules that it imported in the end
    _tell(f"{program.name} {'ended' if success else 'failed'}; waiting for a change")
    wait()


def parse(arguments: list[str]) -> Program:
    """Read the command line, without the name of the wrapper.

    :raises AutoreloadError: when it names no program, no such script, or an unknown option
    """
    rest = list(arguments)
    until_success = is_module = False
    while rest and rest[0].startswith("-") and not is_module:
        option = rest.pop(0)
        if option == "--until-success":
            until_success = True
        elif option == "-m":
            is_module = True
        else:
            raise AutoreloadError(f"unknown option {option}")
    if not rest:
        raise AutoreloadError(f"{'-m needs a module' if is_module else 'a script is missing'}")
    if not is_module and not os.path.exists(rest[0]):
        raise AutoreloadError(f"there is no file {rest[0]}")
    return Program(rest[0], is_module, rest[1:], until_success)


def run(program: Program) -> bool:
    """Run *program* once; whether it succeeded.  What is needed to see a fix is watched."""
    sys.argv = [program.name, *program.arguments]
    try:
        if program.is_module:
            _run_module(program.name)
        else:
            _run_script(program.name)
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        return error.code is None or error.code == 0
    except Exception as error:
        watch_error(error)
        traceback.print_exception(error.with_traceback(_own_part(error)))
        return False
    return True


def _run_script(path: str) -> None:
    watch(os.path.join(path, "__main__.py") if os.path.isdir(path) else path)
    if not sys.flags.safe_path and os.path.isfile(path):
        # In front of the directory in which this wrapper was started: that is searched, too.
        sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    runpy.run_path(path, run_name="__main__")


def _run_module(name: str) -> None:
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        name = f"{name}.__main__"
        spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    if spec.origin is not None:
        watch(spec.origin)
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _own_part(error: BaseException) -> TracebackType | None:
    """The traceback without the frames of this wrapper; None when there are no others."""
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__")
        if name not in (__name__, "runpy", "importlib.util"):
            break
        trace = trace.tb_next
    return trace


def _tell(text: str) -> None:
    print(f"[autoreload] {text}", file=sys.stderr, flush=True)
