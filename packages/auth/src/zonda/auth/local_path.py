"""Where to go after a login, if that is a path of this site and nothing else."""

from __future__ import annotations

import re
from typing import Final

#: Characters of a path that is kept through a login; it travels in a cookie.
MAX_PATH_SIZE: Final = 1024

# One slash, then neither a second one nor a backslash, which browsers take for one: either would
# begin the name of a host.  Browsers drop tabs and line ends wherever they stand, so these and all
# other controls are refused, spaces too; what is beyond ASCII must be percent-encoded.
_LOCAL: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def local_path(url: str | None, default: str = "/") -> str:
    """*url* if it is a path of this site, else *default*.

    >>> local_path("/articles?page=2")
    '/articles?page=2'
    >>> [local_path(url) for url in ("//evil.example/", "https:evil.example", "/\\\\evil.example")]
    ['/', '/', '/']

    :param url: from an argument such as ``next``, hence from anybody.
    """
    if url is None or len(url) > MAX_PATH_SIZE or _LOCAL.fullmatch(url) is None:
        return default
    return url
