"""The names of Tornado, served by Zonda.

Every module that Tornado documents is here under its own name.  What it gives is Zonda's: a class
that both know, such as ``tornado.web.RequestHandler``, is one and the same object in both, or a
subclass where old programs expect something else.

>>> import tornado.web
>>> import zonda.web
>>> tornado.web.RequestHandler is zonda.web.RequestHandler
True
"""

from __future__ import annotations

import importlib
from types import ModuleType

#: The release of Tornado whose documented interface this is.
version = "6.5.10"

#: The same as numbers; the last is negative for what comes before a release.
version_info = (6, 5, 10, 0)

__all__ = [
    "auth",
    "autoreload",
    "concurrent",
    "curl_httpclient",
    "escape",
    "gen",
    "http1connection",
    "httpclient",
    "httpserver",
    "httputil",
    "ioloop",
    "iostream",
    "locale",
    "locks",
    "log",
    "netutil",
    "options",
    "platform",
    "process",
    "queues",
    "routing",
    "simple_httpclient",
    "tcpclient",
    "tcpserver",
    "template",
    "testing",
    "util",
    "web",
    "websocket",
    "wsgi",
]


def __getattr__(name: str) -> ModuleType:
    """Import a module when it is first asked for, so that ``import tornado`` costs nothing."""
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
