"""The future that ``fetch`` returns."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .response import HTTPResponse

if TYPE_CHECKING:
    from .fetch import Fetch


class PendingResponse(asyncio.Future[HTTPResponse]):
    """What ``fetch`` returns; cancelling it ends the fetch at once."""

    fetch: Fetch | None = None

    def cancel(self, msg: object = None) -> bool:
        """Give the fetch up."""
        cancelled = super().cancel(msg)
        if cancelled and self.fetch is not None:
            self.fetch.give_up(asyncio.CancelledError())
        return cancelled
