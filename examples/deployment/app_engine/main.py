"""A site on Google App Engine's standard runtime: a WSGI application, to which coroutines are fine.

Each process has one event loop, and each thread of gunicorn waits for one answer of it.
"""

from __future__ import annotations

import asyncio

from zonda.web import Application, RequestHandler
from zonda.wsgi import WSGIAdapter


class Front(RequestHandler):
    """The front page."""

    async def get(self) -> None:
        await asyncio.sleep(0)
        self.write({"protocol": self.request.protocol, "host": self.request.host})


app = WSGIAdapter(Application([("/", Front)]))
