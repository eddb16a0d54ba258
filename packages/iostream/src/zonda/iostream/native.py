"""The compiled functions, where there are any.

A compiled wheel has a module `_native`, in C, for the way of nearly every read and write: a read
waits, what arrives is exactly its result, and what is written goes to the transport.  Its functions
replace methods and call those where something is not quite ordinary, so all there is to know stands
in the Python code.  With the environment variable ``ZONDA_PURE`` set they are not used.
"""

from __future__ import annotations

import os

from .read_buffer import ReadBuffer
from .reads import Read, ReadBytes, ReadUntil
from .resuming import AT_ONCE_SIZE, set_result_now
from .room import READY
from .stream_connection import StreamConnection
from .write_queue import WriteQueue


def replace_methods(stream: type) -> bool:
    """Use the compiled functions in *stream*, which is `BaseIOStream`, and in what is below it.

    :return: false if there are none, or they are not wanted.
    """
    if os.environ.get("ZONDA_PURE"):
        return False
    try:
        from ._native import replace
    except ImportError:
        return False
    replace(
        {
            "AT_ONCE_SIZE": AT_ONCE_SIZE,
            "BaseIOStream": stream,
            "READY": READY,
            "Read": Read,
            "ReadBuffer": ReadBuffer,
            "ReadBytes": ReadBytes,
            "ReadUntil": ReadUntil,
            "StreamConnection": StreamConnection,
            "WriteQueue": WriteQueue,
            "set_result_now": set_result_now,
        }
    )
    return True
