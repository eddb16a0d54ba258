"""What can be sent as a message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

Message: TypeAlias = str | bytes | bytearray | memoryview | Mapping[str, object]
"""A text, bytes, or a mapping, which is sent as JSON."""


def as_text_or_bytes(message: Message) -> str | bytes:
    """The message as it goes into a frame.

    :raises TypeError: it is something else, or has a part that JSON cannot express.
    """
    if isinstance(message, (str, bytes)):
        return message
    if isinstance(message, (bytearray, memoryview)):
        return bytes(message)
    if isinstance(message, Mapping):
        return json.dumps(dict(message))
    raise TypeError(
        "a message is a str, bytes, or a mapping, which is sent as JSON;"
        f" not {type(message).__name__}"
    )
