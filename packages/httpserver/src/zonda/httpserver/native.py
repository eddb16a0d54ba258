"""The compiled functions, where there are any.

A compiled wheel has a module `_native`, in C, for the way that nearly every request takes.  Its
functions replace methods of `HTTP1Connection` and call those where a request is not quite ordinary,
so all there is to know stands in the Python code.  With the environment variable ``ZONDA_PURE`` set
they are not used.
"""

from __future__ import annotations

import os

from zonda.http import (
    Framing,
    HeaderBlock,
    HTTPHeaders,
    is_known_host,
    parse_request_line,
    recall_request_line,
)
from zonda.iostream import State, Sweep

from .answering import CLOSES, COMPLETE, HEAD_SENT, NEVER, NOTHING, STAYS
from .connection import HTTP1Connection
from .heads import STATUS_LINES
from .phases import ANSWER, BODY, CALLED, HEAD, STARTED


def replace_methods() -> bool:
    """Use the compiled functions; false if there are none, or they are not wanted."""
    if os.environ.get("ZONDA_PURE"):
        return False
    try:
        from ._native import replace
    except ImportError:
        return False
    replace(
        {
            "HTTP1Connection": HTTP1Connection,
            "HTTPHeaders": HTTPHeaders,
            "HeaderBlock": HeaderBlock,
            "Sweep": Sweep,
            "HEAD": HEAD,
            "CALLED": CALLED,
            "ANSWER": ANSWER,
            "STARTED": STARTED,
            "BODY": BODY,
            "NOTHING": NOTHING,
            "HEAD_SENT": HEAD_SENT,
            "COMPLETE": COMPLETE,
            "OPEN": State.OPEN,
            "NO_BODY": Framing.NONE,
            "LENGTH": Framing.LENGTH,
            "STAYS": STAYS,
            "CLOSES": CLOSES,
            "NEVER": NEVER,
            "RECALLED": getattr(recall_request_line, "__self__"),  # noqa: B009  # the dict of `get`
            "HOSTS": getattr(is_known_host, "__self__"),  # noqa: B009  # the set
            "parse_request_line": parse_request_line,
            "STATUS_LINES": STATUS_LINES,
        }
    )
    return True


compiled = replace_methods()
"""Whether the compiled functions are used."""
