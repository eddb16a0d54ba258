"""Tracebacks that show the lines of templates.

The compiled code of a page is one function although its lines are from many files.  When an
exception comes out of it, its frame is replaced by one for each file on the way: the base
template's with the line of the block, and the one with the line in the block.  They have the
variables, too, so that debuggers work as usual.  As long as nothing fails, all this costs nothing.
"""

from __future__ import annotations

import ast
import linecache
from itertools import islice
from types import CodeType, FrameType, TracebackType

from .listing import Listing, Place
from .source import Source

_OWN = "_tt_"


def complete(error: BaseException) -> None:
    """Let the traceback of *error* show the templates, and note the place in them.

    Its first entry is that of the caller, the second one the template.
    """
    entries = []
    entry = error.__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    template = entries[1].tb_frame if len(entries) > 1 else None
    listing = template.f_globals.get("__loader__") if template else None
    if template is None or not isinstance(listing, Listing):
        return  # it did not come so far
    following: TracebackType | None = None
    noted = False
    for entry in reversed(entries):
        if _belongs(entry.tb_frame, template):
            places = listing.places(entry.tb_lineno)
            following = _replaced(entry, listing, places, following)
            if not noted:
                _note(error, places)
                noted = True
        else:
            entry.tb_next = following
            following = entry


def _belongs(frame: FrameType, template: FrameType) -> bool:
    """Whether the frame is one of the template's code, not one that was made for it."""
    return (
        frame.f_globals.get("__loader__") is template.f_globals["__loader__"]
        and frame.f_code.co_filename == template.f_code.co_filename
    )


def _replaced(
    entry: TracebackType, listing: Listing, places: list[Place], following: TracebackType | None
) -> TracebackType | None:
    """The entries for all these places, innermost first; the first has the columns of *entry*."""
    frame = entry.tb_frame
    variables = {name: value for name, value in frame.f_locals.items() if not name.startswith(_OWN)}
    span = _span(frame.f_code, entry.tb_lasti, listing)
    for place in places:
        _show(place.source)
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
    nothing = ast.Constant(None)
    statement = ast.Raise(nothing)
    for node in (nothing, statement):
        node.lineno = node.end_lineno = place.line
        node.col_offset, node.end_col_offset = span
    code = compile(ast.Module([statement], []), place.source.filename, "exec")
    return code.replace(co_name=place.title, co_qualname=place.title)


def _span(code: CodeType, instruction: int, listing: Listing) -> tuple[int, int] | None:
    """The bytes of the template's line for an instruction, if it is from one line of it."""
    line, end_line, start, end = next(islice(code.co_positions(), instruction // 2, None))
    if line is None or line != end_line or start is None or end is None:
        return None
    first, last = listing.column(line, start), listing.column(line, end)
    return (first, last) if first is not None and last is not None else None


def _whole(place: Place) -> tuple[int, int]:
    """The bytes of the line from its first character to its last."""
    text = place.source.line(place.line)
    return len(text) - len(text.lstrip()), len(text.rstrip().encode())


def _show(source: Source) -> None:
    """Let Python find the lines of a template that is not a file."""
    if not source.is_file:
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
