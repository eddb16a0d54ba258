"""A site for foreign servers: ``asgi`` for uvicorn and its like, ``wsgi`` for gunicorn and its."""

from __future__ import annotations

import asyncio

from zonda.asgi import ASGIAdapter
from zonda.web import Application, RequestHandler, stream_request_body
from zonda.websocket import WebSocketHandler
from zonda.wsgi import WSGIAdapter


class HelloHandler(RequestHandler):
    """Answers at once."""

    def get(self, name: str) -> None:
        """Greet, and count the visits in a cookie."""
        visits = int(self.get_cookie("visits", "0") or 0) + 1
        self.set_cookie("visits", str(visits))
        self.write(f"Hello {name}, {self.request.protocol}, visit {visits}")

    async def post(self, name: str) -> None:
        """Answer a form, after a moment."""
        await asyncio.sleep(0)
        self.write({"name": name, "said": self.get_body_argument("said")})


@stream_request_body
class UploadHandler(RequestHandler):
    """Counts a body that is larger than what others may send."""

    def prepare(self) -> None:
        """Allow more."""
        self.size = 0
        self.request.connection.set_max_body_size(1 << 30)  # type: ignore[union-attr]  # it has one

    async def data_received(self, chunk: bytes) -> None:
        """Count."""
        await asyncio.sleep(0)
        self.size += len(chunk)

    def put(self) -> None:
        """Tell."""
        self.write(str(self.size))


class StreamHandler(RequestHandler):
    """Streams its answer."""

    async def get(self) -> None:
        """Send two megabytes in pieces."""
        for _ in range(32):
            self.write(bytes(65536))
            await self.flush()


class FailHandler(RequestHandler):
    """Fails."""

    def get(self) -> None:
        """Raise."""
        raise ValueError("broken")


class ChatHandler(WebSocketHandler):
    """Needs the connection itself."""


application = Application(
    [
        (r"/hello/(.*)", HelloHandler),
        (r"/upload", UploadHandler),
        (r"/stream", StreamHandler),
        (r"/fail", FailHandler),
        (r"/chat", ChatHandler),
    ]
)
asgi = ASGIAdapter(application, max_body_size=1_000_000)
wsgi = WSGIAdapter(application, max_body_size=1_000_000)
