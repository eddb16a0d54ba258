"""The compiled functions, where there are any.

A compiled wheel has a module `_native`, in C, for the way of nearly every fetch: a GET without
options over a connection that is kept, and an answer in one piece.  Its functions replace methods
and call those where a fetch is not quite ordinary, so all there is to know stands in the Python
code.  With the environment variable ``ZONDA_PURE`` set they are not used.
"""

from __future__ import annotations

import asyncio
import os
import time
from asyncio import _get_running_loop

from zonda.http import MAX_HEADER_COUNT, Framing, HeaderBlock, HTTPHeaders
from zonda.iostream import State, Sweep

from .client import AsyncHTTPClient
from .connection import ClientConnection, Sending
from .connection import Phase as ConnectionPhase
from .fetch import Fetch
from .limits import PRECISE_BELOW
from .next_request import NO_DETOURS
from .phases import NEVER, Phase
from .pool import Branch, Pool
from .preparation import Preparation, plain_plan
from .request import HTTPRequest, MergedOptions
from .response import HTTPResponse
from .response_head import ResponseHead


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
            "ALL_SENT": Sending.DONE,
            "AsyncHTTPClient": AsyncHTTPClient,
            "Branch": Branch,
            "ClientConnection": ClientConnection,
            "DONE": Phase.DONE,
            "EXCHANGING": Phase.EXCHANGING,
            "Fetch": Fetch,
            "Future": asyncio.Future,
            "HEAD": ConnectionPhase.HEAD,
            "HTTPHeaders": HTTPHeaders,
            "HTTPRequest": HTTPRequest,
            "HTTPResponse": HTTPResponse,
            "HeaderBlock": HeaderBlock,
            "IDLE": ConnectionPhase.IDLE,
            "LENGTH": Framing.LENGTH,
            "MAX_HEADER_COUNT": MAX_HEADER_COUNT,
            "MergedOptions": MergedOptions,
            "NEVER": NEVER,
            "NEW": Phase.NEW,
            "NO_DETOURS": NO_DETOURS,
            "OPEN": State.OPEN,
            "PRECISE_BELOW": PRECISE_BELOW,
            "Pool": Pool,
            "Preparation": Preparation,
            "ResponseHead": ResponseHead,
            "Sweep": Sweep,
            "plain_plan": plain_plan,
            "running_loop": _get_running_loop,
            "time": time,
        }
    )
    return True


compiled = replace_methods()
"""Whether the compiled functions are used."""
