"""Compiled code, and the values that it is called with.

A template is compiled to a function whose parameters are all the names that it reads: they are
local variables, the fastest that Python has.  This needs a value for each of them.  Where one is
missing, or the template looks at ``globals()``, the same code is compiled with global names
instead, and the values are its globals: then a missing name is an error only where it is used.
"""

from __future__ import annotations

import builtins
import datetime
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from operator import itemgetter
from types import CodeType, FunctionType
from typing import Any, TypeAlias

from zonda.escape import json_encode, linkify, squeeze, url_escape, xhtml_escape

from . import runtime
from .errors import ParseError
from .generator import STANDARD_ESCAPING, Function, generate
from .inheritance import Load
from .nodes import File
from .unset import UNSET

Namespace: TypeAlias = dict[str, Any]
Call: TypeAlias = tuple[FunctionType, tuple[Any, ...]]


# What every template can use.
DEFAULT_NAMESPACE: Namespace = {
    "datetime": datetime,
    "escape": xhtml_escape,
    "json_encode": json_encode,
    "linkify": linkify,
    "squeeze": squeeze,
    "url_escape": url_escape,
    "xhtml_escape": xhtml_escape,
}

# What compiled code uses itself.
_HELPERS: Namespace = {
    "_tt_each_escaped": runtime.each_escaped,
    "_tt_escaped": runtime.escaped,
    "_tt_filtered": runtime.filtered,
    "_tt_int": int,
    "_tt_len": len,
    "_tt_plain": runtime.PLAIN,
    "_tt_str": str,
    "_tt_text": runtime.text,
    "_tt_told": runtime.told,
    "_tt_type": type,
    "_tt_unset": UNSET,
    "_tt_xhtml_escape": xhtml_escape,
}

_BUILTINS: Namespace = vars(builtins)


class Program:
    """The compiled code of one template, with all that it extends and includes.

    :ivar asynchronous: whether it awaits something.
    :ivar names: the names that it reads, or None if it may read any.
    :raises ParseError: for what Python cannot compile.
    """

    __slots__ = (
        "_dynamic",
        "_fast",
        "_file",
        "_general",
        "_known",
        "_load",
        "_native",
        "_values",
        "asynchronous",
        "names",
    )

    def __init__(self, file: File, load: Load) -> None:
        self._file = file
        self._load = load
        # By whether xhtml_escape and escape are the function of this package.
        self._general: dict[bool, tuple[list[str], FunctionType]] = {}
        function = self._generate(native=True)
        self.asynchronous = function.asynchronous
        self._dynamic = function.dynamic
        # First those that must have the right value, and never a single one: of that itemgetter
        # makes no tuple.
        others = {*function.uses, *STANDARD_ESCAPING}.difference(function.native)
        names = [*function.native, *sorted(others)]
        self.names = None if self._dynamic else frozenset(names)
        self._native = (xhtml_escape,) * len(function.native)
        self._known = _known(names, function.optional)
        self._values: Callable[[Namespace], tuple[Any, ...]] = itemgetter(*names)
        self._fast = self._compiled(function, names)

    def bind(self, shared: Namespace, given: Namespace) -> Call:
        """The function to call for these values, and its arguments."""
        if not self._dynamic:
            try:
                values = self._values({**self._known, **shared, **given})
            except KeyError:
                pass
            else:
                if values[: len(self._native)] == self._native:
                    return self._fast, values
        return self._bind_globals({**DEFAULT_NAMESPACE, **shared, **given})

    def _bind_globals(self, namespace: Namespace) -> Call:
        native = all(namespace[name] is xhtml_escape for name in STANDARD_ESCAPING)
        if native not in self._general:
            function = self._generate(native)
            compiled = self._compiled(function, function.optional)
            self._general[native] = function.optional, compiled
        optional, compiled = self._general[native]
        values = tuple([namespace.get(name, self._known.get(name)) for name in optional])
        return FunctionType(compiled.__code__, namespace | compiled.__globals__), values

    def text(self) -> str:
        """The code, for reading."""
        function = self._generate(native=True)
        return function.listing(sorted(function.uses)).text

    def _generate(self, native: bool) -> Function:
        try:
            return generate(self._file, self._load, native)
        except RecursionError:
            raise self._too_deep() from None

    def _compiled(self, function: Function, parameters: list[str]) -> FunctionType:
        listing = function.listing(parameters)
        source = function.root.source
        try:
            module = compile(listing.text, f"{source.name} (compiled)", "exec", dont_inherit=True)
        except SyntaxError as error:
            number, column = error.lineno or 1, max(0, (error.offset or 1) - 1)
            place = listing.places(number)[0]
            at = listing.column(number, column) or 0
            raise place.source.error_at(error.msg, place.line, at) from None
        except (MemoryError, RecursionError):
            raise self._too_deep() from None
        # Whoever shows the text asks the loader for it, by one of its two names.
        spec = ModuleSpec(source.name, listing)  # type: ignore[arg-type]  # it loads no modules
        namespace = {
            "__name__": source.name,
            "__loader__": listing,
            "__spec__": spec,
            "__builtins__": _BUILTINS,
            **_HELPERS,
        }
        code = next(part for part in module.co_consts if isinstance(part, CodeType))
        return FunctionType(code, namespace)

    def _too_deep(self) -> ParseError:
        return self._file.source.error("The template is nested too deeply", 0)


def _known(names: list[str], optional: list[str]) -> Namespace:
    """The values that names have which nobody gives: Python's, the default ones, or none."""
    known: Namespace = dict.fromkeys(optional, UNSET)
    for given in (_BUILTINS, DEFAULT_NAMESPACE):
        # What begins with underscores tells about the module of a function, not of Python's.
        shared = [name for name in names if name in given and not name.startswith("__")]
        known.update((name, given[name]) for name in shared)
    return known
