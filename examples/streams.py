"""Streams in both directions: server-sent events, lines of JSON, uploads that are not kept.

``python -m examples.streams``, then::

    curl -N http://127.0.0.1:8888/events
    curl -N "http://127.0.0.1:8888/squares?count=3"
    curl -F a=1 -F file=@README.md http://127.0.0.1:8888/upload
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any, cast

from zonda.web import Application, RequestHandler, RuleLike, stream_request_body

#: Bytes of a whole upload.
MAX_UPLOAD = 10 * 1024**3


class Events(RequestHandler):
    """A clock: one event for each second, for as long as somebody listens."""

    async def get(self) -> None:
        """Go on behind the last event that the browser has seen."""
        async with self.event_stream(retry=1) as events:
            number = int(events.last_event_id or 0)
            while True:
                number += 1
                await events.send({"number": number}, event="tick", id=number)
                await asyncio.sleep(cast(float, self.settings.get("pause", 1.0)))


class Squares(RequestHandler):
    """As many lines as the client takes."""

    async def get(self) -> AsyncIterator[dict[str, int]]:
        """Each line is sent when the client has read those before."""
        for number in range(int(self.get_argument("count", "1000"))):
            yield {"number": number, "square": number * number}


@stream_request_body
class Upload(RequestHandler):
    """Files of any size in little memory."""

    def prepare(self) -> None:
        """Allow more than other handlers have to take."""
        self.request.connection.set_max_body_size(MAX_UPLOAD)  # type: ignore[union-attr]

    async def post(self) -> None:
        """Tell what came; the client is read no faster than this goes."""
        parts = {}
        async for part in self.multipart():
            if part.filename is None:
                parts[part.name] = await part.text()
            else:
                digest = hashlib.sha256()
                async for chunk in part:
                    digest.update(chunk)
                parts[part.name] = digest.hexdigest()
        self.write({"parts": parts})


def make_application(**settings: Any) -> Application:
    """The site."""
    rules: list[RuleLike] = [("/events", Events), ("/squares", Squares), ("/upload", Upload)]
    return Application(rules, **settings)


async def main() -> None:
    """Serve until Ctrl-C."""
    await make_application().listen(8888, "127.0.0.1").serve_until_signal()


if __name__ == "__main__":
    asyncio.run(main())
