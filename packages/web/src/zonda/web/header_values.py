"""Values that handlers give to headers, as text."""

from __future__ import annotations

import datetime
import operator
import re
from typing import Final, SupportsIndex

from zonda.http import check_value, format_timestamp

_BAD_IN_URL: Final = r"[\x00-\x20\x7f]"
# Without the backslash: browsers read one as a slash, and then ``/\\x`` names a host.
_AS_THEY_ARE: Final = "".join(map(chr, range(0x21, 0x7F))).replace("\\", "")
_ORIGIN: Final = r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*"

HeaderValue = str | bytes | int | SupportsIndex | datetime.datetime


def header_text(name: str, value: HeaderValue) -> str:
    """*value* as it can stand in a header line.

    Times become HTTP dates, bytes are taken as Latin-1.

    :raises TypeError: there is no text for its type.
    :raises HTTPOutputError: it has a control character, which would split the answer.
    """
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else check_value(name, value)
    if isinstance(value, bytes):
        return check_value(name, value.decode("latin-1"))
    if isinstance(value, datetime.datetime):
        return format_timestamp(value)
    try:
        operator.index(value)
    except TypeError:
        raise TypeError(
            f"the value of header {name!r} must be str, bytes, int or datetime, not {value!r}"
        ) from None
    return str(value)


def is_url(url: str) -> bool:
    """Whether *url* has neither control characters nor spaces."""
    return re.search(_BAD_IN_URL, url) is None


def location(base: str, url: str) -> str:
    """*url*, which may be relative to *base*, as it stands in a ``Location`` header.

    Characters beyond ASCII are percent-encoded, and backslashes.  Whatever *base* is, a relative
    URL stays on this host.

    :raises ValueError: it has a control character or a space.
    """
    from urllib.parse import quote, urljoin

    if not is_url(url):
        raise ValueError(f"the URL {url!r} has a control character or a space")
    if not base.startswith("/") or base.startswith("//"):
        # The target of a request, whose path never is the name of a host; a target in absolute
        # form has one, which is whatever the client says.
        base = "/" + re.sub(_ORIGIN, "", base, count=1).lstrip("/")
    return quote(urljoin(base, url), safe=_AS_THEY_ARE)
