"""The handlers of live reload: its script, and its stream of events."""

from __future__ import annotations

import asyncio
import functools
import os
import re
from typing import cast

from zonda.httpserver import HTTP1Connection

from . import live_reload
from .errors import HTTPError
from .handler import RequestHandler
from .rules import Rule, URLSpec


def rules() -> list[Rule]:
    """The rules for script and stream."""
    return [
        URLSpec(re.escape(live_reload.SCRIPT_PATH), Script),
        URLSpec(re.escape(live_reload.STREAM_PATH), Stream),
    ]


class Script(RequestHandler):
    """The script."""

    async def get(self) -> None:
        """Send it."""
        self.set_header("Content-Type", "text/javascript; charset=UTF-8")
        self.set_header("Cache-Control", "no-cache")
        self.write(await asyncio.to_thread(_script))


class Stream(RequestHandler):
    """The stream of events."""

    def get(self) -> None:
        """Begin it; the connection belongs to it from now on."""
        if live_reload.is_full():
            raise HTTPError(503, "too many pages listen for changes already")
        server = cast(HTTP1Connection, self.request.connection).server
        live_reload.Listener(self.detach(), server)


@functools.cache
def _script() -> str:
    with open(os.path.join(os.path.dirname(__file__), "live_reload.js"), encoding="utf-8") as file:
        return file.read()
