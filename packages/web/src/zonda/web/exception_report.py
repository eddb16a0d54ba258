"""What is to be told of an exception: its causes, its frames with source lines and variables.

The frames of templates are among them, with the template's own lines: `zonda.template` puts them
into tracebacks.
"""

from __future__ import annotations

import dataclasses
import linecache
import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from itertools import islice
from types import FrameType, TracebackType
from typing import Final

from zonda.template import ParseError

from .redaction import Redactor

# Lines around the one that failed.
CONTEXT: Final = 5
# Frames of one traceback: the outermost and the innermost ones.
OUTER_FRAMES: Final = 10
INNER_FRAMES: Final = 40
# Variables of one frame.
MAX_VARIABLES: Final = 60
# Exceptions: causes, contexts, members of groups.
MAX_EXCEPTIONS: Final = 12
# Characters of a source line, and of a message.
MAX_LINE: Final = 400
MAX_MESSAGE: Final = 4000

_LIBRARIES: Final = tuple(
    {os.path.join(path, "") for key, path in sysconfig.get_paths().items() if key != "data"}
)


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of source.

    :ivar before: up to what failed; all of the line unless it is the current one.
    :ivar failed: what failed.
    :ivar after: behind it.
    """

    number: int
    current: bool
    before: str
    failed: str = ""
    after: str = ""


@dataclasses.dataclass(frozen=True)
class Frame:
    """A place that was on the way, or lines that were left out (*skipped*)."""

    file: str
    path: str
    line: int
    function: str
    lines: list[Line]
    variables: list[tuple[str, str]]
    is_library: bool
    skipped: int = 0


@dataclasses.dataclass(frozen=True)
class Problem:
    """An exception.

    :ivar relation: how it goes together with the one before; empty for the first.
    :ivar frames: innermost first.
    """

    kind: str
    message: str
    relation: str
    notes: list[str]
    frames: list[Frame]


def report(error: BaseException, redactor: Redactor) -> list[Problem]:
    """*error* and what led to it, the last exception first."""
    found = list(islice(_related(error), MAX_EXCEPTIONS))
    for _, exception in found:
        for frame, _ in _walk(exception.__traceback__):
            redactor.learn_by_name(_variables(frame), 1)
    return [_problem(exception, relation, redactor) for relation, exception in found]


def _related(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    seen: set[int] = set()
    waiting: list[tuple[str, BaseException]] = [("", error)]
    while waiting:
        relation, exception = waiting.pop()
        if id(exception) in seen:
            continue
        seen.add(id(exception))
        yield relation, exception
        if exception.__cause__ is not None:
            waiting.append(("was caused by", exception.__cause__))
        elif exception.__context__ is not None and not exception.__suppress_context__:
            waiting.append(("came while this one was handled:", exception.__context__))
        if isinstance(exception, BaseExceptionGroup):
            members = list(exception.exceptions)
            waiting += [("has in it", member) for member in reversed(members)]


def _problem(error: BaseException, relation: str, redactor: Redactor) -> Problem:
    module = type(error).__module__
    prefix = "" if module in ("builtins", "__main__") else f"{module}."
    frames = [_frame(frame, position, redactor) for frame, position in _walk(error.__traceback__)]
    if len(frames) > OUTER_FRAMES + INNER_FRAMES:
        left_out = len(frames) - OUTER_FRAMES - INNER_FRAMES
        gap = Frame("", "", 0, "", [], [], is_library=True, skipped=left_out)
        frames = [*frames[:OUTER_FRAMES], gap, *frames[-INNER_FRAMES:]]
    place = _place(error, redactor)
    if place is not None:
        frames.append(place)
    try:
        message = str(error)
    except Exception as raised:
        message = f"<its text cannot be made: {type(raised).__name__}>"
    return Problem(
        prefix + type(error).__qualname__,
        redactor.text(message)[:MAX_MESSAGE],
        relation,
        [redactor.text(str(note)) for note in getattr(error, "__notes__", ())],
        frames[::-1],
    )


def _walk(entry: TracebackType | None) -> Iterator[tuple[FrameType, _Position]]:
    while entry is not None:
        positions = entry.tb_frame.f_code.co_positions()
        line, end_line, start, end = next(
            islice(positions, entry.tb_lasti // 2, None), (None, None, None, None)
        )
        span = (start, end) if line is not None and line == end_line else (None, None)
        yield entry.tb_frame, (entry.tb_lineno or 0, *span)
        entry = entry.tb_next


_Position = tuple[int, int | None, int | None]


def _frame(frame: FrameType, position: _Position, redactor: Redactor) -> Frame:
    code = frame.f_code
    path = code.co_filename
    line, start, end = position
    variables = _variables(frame)
    shown = [(name, redactor.named(name, value)) for name, value in variables.items()]
    return Frame(
        file=_short(path),
        path=path,
        line=line,
        function=code.co_qualname,
        lines=_lines(_source(path, frame.f_globals), line, redactor, start, end),
        variables=shown[:MAX_VARIABLES],
        is_library=path.startswith(_LIBRARIES) or _is_ours(frame),
    )


def _variables(frame: FrameType) -> dict[str, object]:
    return {name: value for name, value in frame.f_locals.items() if not name.startswith("__")}


def _is_ours(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__")
    return isinstance(name, str) and name.startswith("zonda.")


def _source(path: str, names: Mapping[str, object]) -> list[str]:
    linecache.checkcache(path)
    return linecache.getlines(path, dict(names))


def _lines(
    source: list[str],
    line: int,
    redactor: Redactor,
    start: int | None = None,
    end: int | None = None,
) -> list[Line]:
    first = max(1, line - CONTEXT)
    found = []
    for number, text in enumerate(source[first - 1 : line + CONTEXT], first):
        text = text.rstrip("\r\n")
        if number != line:
            found.append(Line(number, False, redactor.text(text)[:MAX_LINE]))
            continue
        # Columns are counted in bytes of UTF-8.
        data = text.encode("utf-8", "replace")
        begin, stop = (0, 0) if start is None or end is None else (start, end)
        whole = data[begin:stop].strip() == data.strip()
        parts = [text, "", ""]
        if not whole and stop > begin:
            cut = data[:begin], data[begin:stop], data[stop:]
            parts = [part.decode("utf-8", "replace") for part in cut]
        found.append(Line(number, True, *[redactor.text(part)[:MAX_LINE] for part in parts]))
    return found


def _place(error: BaseException, redactor: Redactor) -> Frame | None:
    """The line that an error names itself: where a source could not be compiled."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        source = _source(error.filename, {})
        start = (error.offset or 1) - 1
        end = error.end_offset - 1 if error.end_offset and error.end_offset > 0 else start + 1
        lines = _lines(source, error.lineno, redactor, start, max(end, start + 1))
        return Frame(
            _short(error.filename), error.filename, error.lineno, "", lines, [], is_library=False
        )
    if isinstance(error, ParseError) and error.filename and error.lineno:
        return _template_place(error, error.filename, redactor)
    return None


def _template_place(error: ParseError, name: str, redactor: Redactor) -> Frame:
    """The line of a template that cannot be compiled, and those around it if it is a file."""
    source: list[str] = []
    path = name
    for frame, _ in _walk(error.__traceback__):
        root = getattr(frame.f_locals.get("self"), "root", None)
        if isinstance(root, str) and (source := _source(os.path.join(root, name), {})):
            path = os.path.join(root, name)
            break
    start = max(error.column - 1, 0)
    if source:
        lines = _lines(source, error.lineno, redactor, start, start + 1)
    else:
        lines = [Line(error.lineno, True, redactor.text(error.line)[:MAX_LINE])]
    return Frame(_short(path), path, error.lineno, "", lines, [], is_library=False)


def _short(path: str) -> str:
    """A path as one would say it: relative to where Python finds modules."""
    directories = [os.path.join(place, "") for place in sys.path if place]
    for directory in sorted([*directories, *_LIBRARIES], key=len, reverse=True):
        if path.startswith(directory):
            return path[len(directory) :]
    return path
