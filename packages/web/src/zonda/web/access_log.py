"""The access log: one line for each finished request."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .handler import RequestHandler

log = logging.getLogger("zonda.access")


def log_request(handler: RequestHandler) -> None:
    """``200 GET /path (127.0.0.1) 1.23ms``: INFO below 400, WARNING below 500, then ERROR.

    The record also has ``status``, ``method``, ``uri``, ``remote_ip`` and ``milliseconds`` as
    attributes, which `zonda.options.JSONFormatter` writes as members of its object.
    """
    status = handler._status_code
    level = logging.INFO
    if status >= 400:
        level = logging.WARNING if status < 500 else logging.ERROR
    request = handler.request
    milliseconds = 1000.0 * request.request_time()
    fields = {
        "status": status,
        "method": request.method,
        "uri": request.uri,
        "remote_ip": request.remote_ip,
        "milliseconds": round(milliseconds, 2),
    }
    summary = handler._request_summary()
    log.log(level, "%d %s %.2fms", status, summary, milliseconds, extra=fields)
