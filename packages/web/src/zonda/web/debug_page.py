"""The page that shows a developer what went wrong, in debug mode and nowhere else."""

from __future__ import annotations

import functools
import os
import platform
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from zonda.http import HTTPHeaders, HTTPInputError
from zonda.template import Loader, Template

from .exception_report import report
from .redaction import Redactor, is_secret
from .rule_listing import list_rules
from .version import VERSION

if TYPE_CHECKING:
    from .handler import RequestHandler

# What the page may do: show itself, and be told to load again.
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# Rows of a table, and bytes of a body that are shown.
MAX_ROWS: Final = 200
MAX_BODY: Final = 4000

Row = tuple[str, str]


def wants_page(handler: RequestHandler) -> bool:
    """Whether a browser asks, which shows pages; others get the traceback as text."""
    return "text/html" in (handler.request.headers.get("Accept") or "")


def render(
    handler: RequestHandler, status_code: int, reason: str, error: BaseException, script: str
) -> bytes:
    """The page.

    :param script: the URL of a script that loads it again after a change; empty for none.
    """
    redactor = Redactor()
    _learn(redactor, handler)
    problems = report(error, redactor)
    request = handler.request
    return _template().generate(
        status_code=status_code,
        reason=reason,
        problems=problems,
        text=redactor.text("".join(traceback.format_exception(error))),
        method=request.method,
        url=redactor.text(request.full_url()),
        uri=redactor.text(request.uri or ""),
        tables=list(_tables(handler, redactor)),
        rules=_rules(handler) if status_code == 404 else [],
        versions=f"Zonda {VERSION} · Python {platform.python_version()}",
        script=script,
    )


def text(handler: RequestHandler, error: BaseException) -> str:
    """The traceback without secrets."""
    redactor = Redactor()
    _learn(redactor, handler)
    return redactor.text("".join(traceback.format_exception(error)))


@functools.cache
def _template() -> Template:
    return Loader(os.path.dirname(__file__), whitespace="all").load("debug_page.html")


def _learn(redactor: Redactor, handler: RequestHandler) -> None:
    """Everything that the request or the settings call a secret."""
    request = handler.request
    redactor.learn_by_name(handler.settings)
    for name, value in request.headers.get_all():
        if is_secret(name):
            redactor.learn(value)
            redactor.learn(value.partition(" ")[2])
    redactor.learn([morsel.value for morsel in request.cookies.values()])
    for values in (_arguments(lambda: request.query_arguments), _form(handler)):
        redactor.learn_by_name(values)


def _tables(handler: RequestHandler, redactor: Redactor) -> Iterable[tuple[str, list[Row]]]:
    """Headings and rows of what is known about the request."""
    request = handler.request

    def rows(named: Mapping[str, object]) -> list[Row]:
        found = [
            (redactor.text(str(name)), redactor.named(name, value)) for name, value in named.items()
        ]
        return found[:MAX_ROWS]

    where: dict[str, object] = {
        "client": request.remote_ip,
        "version": request.version,
        "handler": f"{type(handler).__module__}.{type(handler).__qualname__}",
    }
    where |= {f"path argument {i}": value for i, value in enumerate(handler.path_args)}
    where |= {f"path argument {name}": value for name, value in handler.path_kwargs.items()}
    yield "Request", [(name, redactor.text(str(value))) for name, value in where.items()]
    yield "Headers", _header_rows(request.headers, redactor)
    yield "Query", rows(_arguments(lambda: request.query_arguments))
    yield "Form", rows(_form(handler))
    yield "Cookies", [(name, redactor.named("cookie", "")) for name in request.cookies]
    body = request.body[:MAX_BODY]
    if body and not _form(handler):
        yield "Body", [(f"{len(request.body)} bytes", redactor.describe(body))]
    yield "Settings", rows(handler.settings)


def _header_rows(headers: HTTPHeaders, redactor: Redactor) -> list[Row]:
    rows = []
    for name, value in headers.get_all():
        shown = redactor.named(name, value) if is_secret(name) else redactor.text(value)
        rows.append((name, shown))
    return rows[:MAX_ROWS]


def _form(handler: RequestHandler) -> dict[str, object]:
    request = handler.request
    fields = _arguments(lambda: request.body_arguments)
    try:
        for name, files in request.files.items():
            fields[name] = [f"{file.filename} ({len(file.body)} bytes)" for file in files]
    except HTTPInputError:
        pass
    return fields


def _arguments(get: Callable[[], Mapping[str, list[bytes]]]) -> dict[str, object]:
    """The arguments as text, one without a list."""
    try:
        found = get()
    except HTTPInputError as error:
        return {"cannot be read": str(error)}
    named: dict[str, object] = {}
    for name, values in found.items():
        texts = [value.decode("utf-8", "replace") for value in values]
        named[name] = texts[0] if len(texts) == 1 else texts
    return named


def _rules(handler: RequestHandler) -> list[tuple[str, str, str]]:
    """The patterns, targets and names of an application's rules."""
    lines = list_rules(handler.application)[:MAX_ROWS]
    return [("    " * line.depth + line.pattern, line.target, line.name) for line in lines]
