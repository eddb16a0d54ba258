"""What can go wrong with a websocket, split by whose fault it was."""

from __future__ import annotations

from collections.abc import Mapping


class WebSocketError(Exception):
    """The root of this package's errors."""


class WebSocketClosedError(WebSocketError):
    """Something was to be sent on, or awaited from, a websocket that is closed or closing.

    :ivar code: the close code of the peer if it sent one (RFC 6455 section 7.4), else None.
    :ivar reason: the peer's reason, or None.
    """

    def __init__(self, code: int | None = None, reason: str | None = None) -> None:
        detail = "" if code is None else f" ({code}{f': {reason}' if reason else ''})"
        super().__init__(f"the websocket is closed{detail}")
        self.code = code
        self.reason = reason


class ProtocolViolation(WebSocketError):
    """The peer broke a rule, or passed a limit; the websocket fails with a close code.

    :ivar code: the close code that tells the peer (RFC 6455 section 7.4.1).
    :ivar reason: what was wrong, in ASCII and short enough for a close frame.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code
        self.reason = reason


class HandshakeError(WebSocketError):
    """The opening handshake failed (RFC 6455 section 4).

    :ivar code: on the server the status to answer with; at the client the status of the
        server's answer, or None if there was no answer that could be read.
    :ivar headers: on the server what to send with the status; at the client what came with it.
    :ivar body: at the client the beginning of the answer's body, as far as it had arrived.
    """

    def __init__(
        self,
        message: str,
        code: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        self.body = body


class ProxyError(HandshakeError):
    """A proxy did not give a connection to the server; ``code`` and ``headers`` are the proxy's."""


class SlowConsumerError(WebSocketClosedError):
    """The websocket was closed since its peer reads too slowly and its send queue is full."""

    def __init__(self, max_send_queue: int) -> None:
        WebSocketError.__init__(
            self,
            f"the peer does not read: more than {max_send_queue} bytes of messages wait for it",
        )
        self.code = None
        self.reason = None
