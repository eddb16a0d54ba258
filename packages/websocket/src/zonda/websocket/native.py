"""The compiled functions, where there are any.

A compiled wheel has a module `_native`, in C, for the way of nearly every message: a whole frame
without compression, in and out.  Its functions replace methods and call those where a frame is not
quite ordinary, so all there is to know stands in the Python code.  With the environment variable
``ZONDA_PURE`` set they are not used.
"""

from __future__ import annotations

import os

from zonda.iostream import GATHERED_SIZE, LARGE_PIECE, READY
from zonda.iostream import State as TransportState

from .connection import WebSocketConnection
from .hold import Hold
from .masking import new_key
from .message_writer import MessageWriter
from .prepared import PreparedMessage
from .protocol import Protocol
from .receiver import Reading, Receiver
from .slow_consumers import SlowConsumer
from .states import State


def replace_methods() -> bool:
    """Use the compiled functions; false if there are none, or they are not wanted."""
    if os.environ.get("ZONDA_PURE"):
        return False
    try:
        from ._native import replace
    except ImportError:
        return False
    from .codec import Codec

    replace(
        {
            "Receiver": Receiver,
            "Protocol": Protocol,
            "MessageWriter": MessageWriter,
            "WebSocketConnection": WebSocketConnection,
            "PreparedMessage": PreparedMessage,
            "Codec": Codec,
            "MESSAGE": Reading.MESSAGE,
            "OPEN": State.OPEN,
            "NOTHING": Hold.NOTHING,
            "WRITING": Hold.WRITING,
            "TRANSPORT_OPEN": TransportState.OPEN,
            "WAIT": SlowConsumer.WAIT,
            "READY": READY,
            "GATHERED_SIZE": GATHERED_SIZE,
            "LARGE_PIECE": LARGE_PIECE,
            "new_key": new_key,
        }
    )
    return True


compiled = replace_methods()
"""Whether the compiled functions are used."""
