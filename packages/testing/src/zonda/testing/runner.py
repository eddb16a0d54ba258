"""`main`: a program that runs tests."""

from __future__ import annotations

import signal
import sys
import unittest
from typing import Any

from zonda.options import Error, define, options, parse_command_line


def main(**kwargs: Any) -> None:
    """Run tests as :func:`unittest.main` does, and know the program's options besides.

    ``python -m zonda.testing package.test_module.TestCase.test_method`` runs what it names, and
    without names what it discovers.  A file of one's own that calls ``main()`` runs what its
    function ``all`` returns, or all its test cases if it has none, or those that are named.  The
    program exits with status 0 if all tests passed.

    :param kwargs: as of :func:`unittest.main`.
    """
    _define_options()
    try:
        names = parse_command_line()
    except Error as error:
        print(f"{error} (--help lists the options)", file=sys.stderr)
        sys.exit(2)
    if not options.exception_on_interrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if options.verbose is not None:
        kwargs["verbosity"] = 2
    if options.quiet is not None:
        kwargs["verbosity"] = 0
    for name, argument in (("failfast", "failfast"), ("catch", "catchbreak"), ("buffer", "buffer")):
        if options[name] is not None:
            kwargs[argument] = options[name]
    program = sys.modules["__main__"]
    if not names and hasattr(program, "all"):
        kwargs.setdefault("defaultTest", "all")
    # Names of the program itself need its module, all others are found without.
    own = all(hasattr(program, name.partition(".")[0]) for name in names)
    kwargs.setdefault("module", "__main__" if own else None)
    kwargs.setdefault("argv", [sys.argv[0], *names])
    unittest.main(**kwargs)


def _define_options() -> None:
    """Define the options of `main`, once."""
    if "exception-on-interrupt" in options:
        return
    group = "tests"
    define(
        "exception_on_interrupt",
        type=bool,
        default=True,
        help="Ctrl-C raises KeyboardInterrupt; otherwise it ends the process at once",
        group=group,
    )
    define("verbose", type=bool, help="name each test", group=group)
    define("quiet", type=bool, help="say only what failed", group=group)
    define("failfast", type=bool, help="stop at the first failure", group=group)
    define("catch", type=bool, help="Ctrl-C ends after the test that runs", group=group)
    define("buffer", type=bool, help="show the output only of tests that fail", group=group)
