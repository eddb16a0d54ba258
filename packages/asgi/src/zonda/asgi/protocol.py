"""The shapes of ASGI 3: what an application is called with.

The words are those of the specification, https://asgi.readthedocs.io/en/latest/specs/main.html.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
"""What is known of a connection from its beginning; ``scope["type"]`` says of what kind it is."""

Message = MutableMapping[str, Any]
"""One event; ``message["type"]`` says which."""

Receive = Callable[[], Awaitable[Message]]
"""Waits for the next event from the client."""

Send = Callable[[Message], Awaitable[None]]
"""Sends an event to the client; done when more may be sent."""

ASGICallable = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An ASGI 3 application."""

# The versions of the specification that servers of this package announce: since 2.4 `Send` raises
# an OSError when the client is gone.
HTTP_VERSIONS: Final = {"version": "3.0", "spec_version": "2.4"}
WEBSOCKET_VERSIONS: Final = {"version": "3.0", "spec_version": "2.4"}
LIFESPAN_VERSIONS: Final = {"version": "3.0", "spec_version": "2.0"}
