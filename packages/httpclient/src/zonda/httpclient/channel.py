"""What a fetch and a pool see of a connection: enough for more than one kind of it.

::

    Fetch ──send──▶ Channel ──head, body, end──▶ Exchange (the fetch)
                       └──released, lost──▶ Owner (the pool)

`ClientConnection` is one, over a transport of the event loop; `CurlChannel` another, over curl.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from zonda.http import HeaderBlock, ResponseStartLine
from zonda.iostream import State

from .request import Options
from .route import Route


class Exchange(Protocol):
    """A request that was sent and waits for its answer.

    :ivar options: the request's options.
    :ivar takes_whole: the largest answer, head and body, that may come in one piece instead of
        its parts; 0 takes none.
    """

    takes_whole: int

    @property
    def options(self) -> Options:
        """The request's options."""

    def head_received(self, start_line: ResponseStartLine, block: HeaderBlock) -> None:
        """The final answer begins."""

    def interim_received(self, code: int) -> None:
        """An answer with a status below 200 has come; the final one follows."""

    def whole_received(
        self, start_line: ResponseStartLine, block: HeaderBlock, body: bytes
    ) -> None:
        """The final answer, all of it, instead of its parts."""

    def body_received(self, data: bytes) -> None:
        """A piece of the body."""

    def finished(self) -> None:
        """The answer is complete."""

    def failed(self, error: Exception) -> None:
        """There will be no complete answer."""


class Channel(Protocol):
    """A way to a server that carries one exchange at a time.

    :ivar deadline: when it ends unless it is used, in seconds of the loop's clock.
    :ivar used: how many requests were sent.
    :ivar answered: whether a byte came since the last request was sent.
    :ivar may_send_again: a request that was lost with an idle connection is to be sent once more;
        False where that has been done already.
    """

    state: State
    deadline: float
    used: int
    answered: bool
    may_send_again: bool

    @property
    def is_open(self) -> bool:
        """Whether it can carry anything."""

    @property
    def is_fresh(self) -> bool:
        """Whether nothing has come since it became free: it can be used again."""

    @property
    def times(self) -> Mapping[str, float]:
        """Seconds of parts of the last exchange, for ``time_info``."""

    def send(self, exchange: Exchange, method: str, data: bytes, more: bool = False) -> None:
        """Begin an exchange with the head of its request, or all of it.

        :param more: pieces of the body follow, then `sent`.
        """

    def write(self, data: bytes) -> None:
        """Send more of a body whose length was announced."""

    def write_chunk(self, data: bytes) -> None:
        """Send more of a body without a length; nothing is its end."""

    def sent(self) -> None:
        """The request is complete."""

    def retire(self) -> None:
        """The request says that it is the last one here (RFC 9112 section 9.6)."""

    async def drain(self) -> None:
        """Wait until more can be written.

        :raises StreamClosedError: it has ended.
        """

    def pause_reading(self) -> None:
        """Take no more of the answer for now."""

    def resume_reading(self) -> None:
        """Take more of the answer."""

    def give_up(self) -> None:
        """The exchange wants no answer any more, and is told nothing more; ends the channel."""

    def expire_after(self, seconds: float) -> None:
        """End it unless something else happens within *seconds*."""

    def close(self) -> None:
        """End it."""

    def abort(self) -> None:
        """End it at once."""


class Owner(Protocol):
    """Where a channel belongs."""

    def released(self, channel: Channel) -> None:
        """The channel is free, and as good as new if it is open."""

    def lost(self, channel: Channel) -> None:
        """The channel ended while nobody used it."""


class Maker(Protocol):
    """Makes channels."""

    async def make(self, route: Route, owner: Owner) -> Channel:
        """A channel along *route*.

        :raises OSError: there is no such host, nobody answers, TLS failed.
        :raises ProxyError: the proxy refused.
        :raises RequestError: an option is of no use.
        """

    def close(self) -> None:
        """Free what is held; channels go on."""
