"""Was an unsafe request sent by a page of another site?

Browsers say so themselves: in ``Sec-Fetch-Site``, or by ``Origin`` where they are older.  A request
with neither does not come from a page in a browser of today, and other protections decide.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from zonda.http import HTTPHeaders

from .errors import HTTPError

if TYPE_CHECKING:
    from .handler import RequestHandler


class Origin(enum.Enum):
    """Where a request comes from."""

    SAME = "this site"
    CROSS = "another site"
    UNKNOWN = "the request does not say"


def origin_of(headers: HTTPHeaders, host: str) -> Origin:
    """Where a request to *host* comes from."""
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return Origin.SAME if site in ("same-origin", "none") else Origin.CROSS
    origin = headers.get("Origin")
    if origin is None:
        return Origin.UNKNOWN
    # A scheme and a host, RFC 6454 section 7.1, or "null": nothing stands behind it.
    _, colon, origin_host = origin.partition("://")
    return Origin.SAME if colon and origin_host.lower() == host.lower() else Origin.CROSS


def check_origin(handler: RequestHandler) -> None:
    """Refuse an unsafe request that a browser sent for another site's page.

    :raises HTTPError: 403.
    """
    if origin_of(handler.request.headers, handler.request.host) is Origin.CROSS:
        raise HTTPError(403, "%s from another site refused", handler.request.method)
