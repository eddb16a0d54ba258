"""WSGI applications on this server."""

from __future__ import annotations

from concurrent.futures import Executor
from wsgiref.types import WSGIApplication

from zonda.wsgi import WSGIAdapter
from zonda.wsgi import WSGIContainer as _WSGIContainer

from .concurrent import DummyExecutor

__all__ = ["WSGIAdapter", "WSGIContainer", "to_wsgi_str"]


def to_wsgi_str(s: bytes) -> str:
    """Bytes of a request as the text that an environ has them as: one character for each."""
    return s.decode("latin-1")


class WSGIContainer(_WSGIContainer):
    """A `zonda.wsgi.WSGIContainer` that calls its application for one request at a time.

    Programs for Tornado are used to that, and some of them need it.

    :param executor: runs the requests, as many at a time as it likes.
    """

    def __init__(self, wsgi_application: WSGIApplication, executor: Executor | None = None) -> None:
        # In the loop's thread a request would wait for ever.
        if isinstance(executor, DummyExecutor):
            executor = None
        super().__init__(wsgi_application, executor, max_threads=1)
