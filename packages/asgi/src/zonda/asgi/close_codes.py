"""Close codes of websockets, RFC 6455 section 7.4.1, which ASGI passes on as numbers."""

from __future__ import annotations

from typing import Final

NORMAL: Final = 1000
#: The peer gave none; never sent.
NO_CODE: Final = 1005
#: There was no close frame; never sent.
CUT_OFF: Final = 1006
REFUSED: Final = 1008
INTERNAL_ERROR: Final = 1011
