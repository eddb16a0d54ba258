"""permessage-deflate at work on one side of a websocket, RFC 7692 section 7.2."""

from __future__ import annotations

from .deflater import Deflater
from .inflater import Inflater


class Codec:
    """What `~zonda.websocket.Protocol` needs where compression was negotiated.

    :ivar deflater: compresses what is sent.
    :ivar inflater: decompresses what is received.
    :ivar threshold: messages with fewer bytes are sent as they are.
    """

    __slots__ = ("deflater", "inflater", "threshold")

    def __init__(self, deflater: Deflater, inflater: Inflater, threshold: int) -> None:
        self.deflater = deflater
        self.inflater = inflater
        self.threshold = threshold
