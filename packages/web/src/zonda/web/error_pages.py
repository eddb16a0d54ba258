"""When a handler fails: the log line and the page."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, cast

from zonda.escape import xhtml_escape
from zonda.http import REASONS

from .errors import Finish, HTTPError
from .output import BODILESS, is_reason

if TYPE_CHECKING:
    from .handler import RequestHandler

app_log = logging.getLogger("zonda.application")
gen_log = logging.getLogger("zonda.general")


def log_exception(
    handler: RequestHandler,
    typ: type[BaseException] | None,
    value: BaseException | None,
    tb: TracebackType | None,
) -> None:
    """One line for an `HTTPError` that has a message, a traceback for everything else."""
    if isinstance(value, HTTPError):
        message = value.get_message()
        if message:
            gen_log.warning("%d %s: %s", value.status_code, handler._request_summary(), message)
        return
    app_log.error(
        "Uncaught exception %s",
        handler._request_summary(),
        exc_info=(typ, value, tb) if typ is not None and value is not None else None,
    )


def handle(handler: RequestHandler, error: BaseException) -> None:
    """End a request that raised."""
    if isinstance(error, Finish):
        if not handler._finished:
            handler.finish(*error.args)
        return
    try:
        handler.log_exception(type(error), error, error.__traceback__)
    except Exception:
        app_log.exception("Error in log_exception")
    if handler._finished:
        return
    status = error.status_code if isinstance(error, HTTPError) else 500
    handler.send_error(status, exc_info=(type(error), error, error.__traceback__))


def send(handler: RequestHandler, status_code: int, kwargs: dict[str, object]) -> None:
    """Replace the answer by an error page; cut the connection if it has begun already."""
    if handler._headers_written:
        gen_log.error("Cannot send error response after headers written")
        if not handler._finished:
            handler._finished = True
            connection = handler.request.connection
            abort = getattr(connection, "abort", None)
            if abort is not None:
                abort()
        return
    handler.clear()
    if status_code < 200:
        gen_log.error("An error with the interim status %d is no answer", status_code)
        status_code = 500
    error = _error_of(kwargs)
    reason = error.reason if isinstance(error, HTTPError) else None
    if reason is None:
        reason = cast("str | None", kwargs.get("reason"))
    if reason is not None and not is_reason(reason):
        gen_log.error("The reason %r has characters that may not stand in a status line", reason)
        reason = "Unknown"
    handler.set_status(status_code, reason)
    try:
        handler.write_error(status_code, **kwargs)
    except Exception:
        app_log.exception("Uncaught exception in write_error")
    if not handler._finished:
        if status_code in BODILESS:
            handler._write_buffer = []
        handler.finish()


def write_default(handler: RequestHandler, status_code: int, kwargs: Mapping[str, object]) -> None:
    """The page of an error: the traceback in debug mode, else the status and nothing more."""
    error = _error_of(kwargs)
    if handler.settings.get("serve_traceback") and error is not None:
        _write_traceback(handler, status_code, error)
        return
    if status_code in BODILESS:
        handler.finish()
        return
    reason = xhtml_escape(handler._reason or _reason(status_code))
    handler.finish(
        f"<html><title>{status_code}: {reason}</title><body>{status_code}: {reason}</body></html>"
    )


def _write_traceback(handler: RequestHandler, status_code: int, error: BaseException) -> None:
    # Not imported before: a program that has no debug mode needs none of it.
    from . import debug_page, live_reload

    handler.set_header("Cache-Control", "no-store")
    if handler.settings.get("debug") and debug_page.wants_page(handler):
        reason = handler._reason or _reason(status_code)
        script = live_reload.script_url(handler.settings)
        page = debug_page.render(handler, status_code, reason, error, script)
        handler.set_header("Content-Security-Policy", debug_page.POLICY)
        handler.finish(page)
        return
    handler.set_header("Content-Type", "text/plain; charset=UTF-8")
    handler.finish(debug_page.text(handler, error))


def _error_of(kwargs: Mapping[str, object]) -> BaseException | None:
    exc_info = kwargs.get("exc_info")
    if isinstance(exc_info, tuple) and len(exc_info) == 3:
        error = exc_info[1]
        return error if isinstance(error, BaseException) else None
    return None


def _reason(status_code: int) -> str:
    return REASONS.get(status_code, "Unknown")
