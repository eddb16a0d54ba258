"""The compiled functions, where there are any.

A compiled wheel has a module `_native`, in C, for the way that nearly every request takes.  Its
functions replace methods of `RequestHandler`, of `Application` and of what runs handlers; they call
those where a request is not quite ordinary, so all there is to know stands in the Python code.
With the environment variable ``ZONDA_PURE`` set they are not used.
"""

from __future__ import annotations

import hashlib
import os
import time

from zonda.http import HeaderBlock, HTTPHeaders, HTTPServerRequest
from zonda.iostream import READY

from . import execution, output
from .application import Application
from .handler import RequestHandler
from .request_delegate import HandlerDelegate
from .route_table import WHOLE, Candidate, Route, RouteTable


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
            "HandlerDelegate": HandlerDelegate,
            "RequestHandler": RequestHandler,
            "Application": Application,
            "HTTPServerRequest": HTTPServerRequest,
            "HTTPHeaders": HTTPHeaders,
            "HeaderBlock": HeaderBlock,
            "Route": Route,
            "RouteTable": RouteTable,
            "Candidate": Candidate,
            "WHOLE": WHOLE,
            "NO_NAMES": execution.NO_NAMES,
            "READY": READY,
            "HTML": output.HTML,
            "JSON": output.JSON,
            "SERVER_LINE": f"Server: {output.SERVER}\r\nContent-Type: ",
            "run": execution.run,
            "fail": execution.fail,
            "decode": execution.decode,
            "start": execution.start,
            "prepare_and_call": execution.prepare_and_call,
            "conclude": execution.conclude,
            "sha1": hashlib.sha1,
            "perf_counter": time.perf_counter,
        }
    )
    return True


compiled = replace_methods()
"""Whether the compiled functions are used."""
