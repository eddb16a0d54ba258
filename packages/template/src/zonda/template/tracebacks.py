"""Tracebacks that show the lines of templates.

The compiled code of a page is one function although its lines are from many files.  When an
exception comes out of it, its frame is replaced by one for each file on the way: the base
template's with the line of the block, and the one with the line in the block.  They have the
variables, too, so that debuggers work as usual.  As long as nothing fails, all this costs nothing.
"""

from __future__ import annotations

import ast
import os
from itertools import islice
from types import CodeType, TracebackType

from .lines import Lines, Place
from .source import Source
from .trees import locate

_OWN = "_tt_"


def complete(error: BaseException) -> None:
    """Let the traceback of *error* show the templates, and note the place in them."""
    entries = []
    entry = error.__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    # The first entry is our caller, the second one the template.
    own = entries[1].tb_frame.f_globals["_tt_lines"] if len(entries) > 1 else None
    following: TracebackType | None = None
    places: list[Place] = []
    for entry in reversed(entries):
        lines = entry.tb_frame.f_globals.get("_tt_lines")
        filename = entry.tb_frame.f_code.co_filename
        if isinstance(lines, Lines) and lines is own and filename == lines.root.filename:
            entry_places = lines.places(entry.tb_lineno)
            places = places or entry_places
            for place in entry_places:
                _show(place.source)
            if not lines.outermost(entry.tb_lineno):
                following = _replaced(entry, entry_places, following)
                continue
        entry.tb_next = following
        following = entry
    if places:
        _note(error, places)


def _replaced(
    entry: TracebackType, places: list[Place], following: TracebackType | None
) -> TracebackType | None:
    """The entries for all these places, innermost first; the first has the columns of *entry*."""
    frame = entry.tb_frame
    variables = {name: value for name, value in frame.f_locals.items() if not name.startswith(_OWN)}
    span = _span(frame.f_code, entry.tb_lasti)
    for place in places:
        try:
            exec(_raising(place, span or _whole(place)), frame.f_globals, variables)
        except TypeError as raised:
            made = raised.__traceback__
            if made is not None and made.tb_next is not None:  # this function, and the code
                made = made.tb_next
                following = TracebackType(following, made.tb_frame, made.tb_lasti, made.tb_lineno)
        span = None
    return following


def _raising(place: Place, span: tuple[int, int]) -> CodeType:
    """Code that raises a TypeError at that place."""
    start, end = span
    statement = ast.Raise(ast.Constant(None))
    locate(statement, place.line, start, end)
    code = compile(ast.Module([statement], []), place.source.filename, "exec")
    return code.replace(co_name=place.title, co_qualname=place.title)


def _span(code: CodeType, instruction: int) -> tuple[int, int] | None:
    """The bytes of its line that an instruction comes from, if it comes from one line."""
    positions = next(islice(code.co_positions(), instruction // 2, None), None)
    if positions is None:
        return None
    line, end_line, start, end = positions
    if line != end_line or start is None or end is None or end <= start:
        return None
    return start, end


def _whole(place: Place) -> tuple[int, int]:
    text = place.source.line(place.line)
    end = len(text.rstrip().encode("utf-8", "surrogatepass"))
    return min(end, len(text) - len(text.lstrip())), max(end, 0)


def _show(source: Source) -> None:
    """Let Python find the lines of a template that is not a file."""
    import linecache  # here, for it is needed only where something failed

    if not os.path.isfile(source.filename):
        lines = [f"{line}\n" for line in source.text.split("\n")]
        linecache.cache[source.filename] = len(source.text), None, lines, source.filename


def _note(error: BaseException, places: list[Place]) -> None:
    """Say where it was, in terms of template names."""
    first, *others = [f"{place.source.name}:{place.line}" for place in places]
    via = f" (via {', '.join(others)})" if others else ""
    note = f"In the template: # {first}{via}"
    # An exception may be raised again and again.
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
