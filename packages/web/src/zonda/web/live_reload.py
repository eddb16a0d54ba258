"""Live reload: pages that load themselves again when a file of the site has changed.

In debug mode a page made from a template gets a small script, which listens to a stream of
server-sent events.  It loads the page again at the event ``change``, and also when the stream
begins with another ``start`` than the page was made with: then the server has been restarted.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from zonda.httpserver import HTTPServer

from . import development

if TYPE_CHECKING:
    from zonda.iostream import IOStream

SCRIPT_PATH: Final = "/_zonda/live-reload.js"
STREAM_PATH: Final = "/_zonda/live-reload"

# Pages that may listen; browsers have far fewer tabs.
MAX_LISTENERS: Final = 200
# Seconds between two signs of life, by which dead connections are noticed.
KEEP_ALIVE: Final = 15.0
# Milliseconds until a browser connects again: a server restarts in less than a second.
RETRY: Final = 300

HEAD: Final = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: text/event-stream\r\n"
    b"Cache-Control: no-store\r\n"
    b"X-Accel-Buffering: no\r\n"
    b"Connection: close\r\n\r\n"
)

# Tells this process from the next one.
START: Final = secrets.token_hex(8)

_listeners: set[Listener] = set()


def script_url(settings: Mapping[str, object]) -> str:
    """The URL of the script; empty where there is none."""
    return f"{SCRIPT_PATH}?start={START}" if settings.get("live_reload") else ""


def add_script(page: bytes, settings: Mapping[str, object]) -> bytes:
    """*page* with the script at the end of its body, if it has one."""
    before, body, after = page.rpartition(b"</body>")
    if not body:
        return page
    return b'%b<script src="%b" defer></script>%b%b' % (
        before,
        script_url(settings).encode(),
        body,
        after,
    )


def is_full() -> bool:
    """Whether no more pages may listen."""
    return len(_listeners) >= MAX_LISTENERS


def announce() -> None:
    """Let every page load itself again."""
    for listener in list(_listeners):
        listener.tell_of_change()


class Listener:
    """One page that listens.

    It is no answer in progress: a server that is told to end does not wait for it.

    :param stream: what the request came over; it belongs to the listener now.
    """

    def __init__(self, stream: IOStream, server: HTTPServer) -> None:
        self._stream = stream
        self._server = server
        self._loop = asyncio.get_running_loop()
        _listeners.add(self)
        server.adopt(self)
        stream.write(HEAD + b"retry: %d\n\n" % RETRY)
        self.send("start", START)
        self._timer = self._loop.call_later(KEEP_ALIVE, self._keep_alive)
        stream.set_close_callback(self._closed)

    def tell_of_change(self) -> None:
        """Let the page load itself again; may be called by any thread."""
        with contextlib.suppress(RuntimeError):  # its loop is closed
            self._loop.call_soon_threadsafe(self.send, "change", "")

    def send(self, event: str, data: str) -> None:
        """Send an event."""
        if not self._stream.closed():
            self._stream.write(f"event: {event}\ndata: {data}\n\n".encode())

    def end_soon(self) -> None:
        """The server ends."""
        self._stream.close()

    abort = end_soon

    def _closed(self) -> None:
        self._timer.cancel()
        _listeners.discard(self)
        self._server.release(self)

    def _keep_alive(self) -> None:
        if not self._stream.closed():
            self._stream.write(b":\n\n")
            self._timer = self._loop.call_later(KEEP_ALIVE, self._keep_alive)


development.on_change(announce, tell=True)
