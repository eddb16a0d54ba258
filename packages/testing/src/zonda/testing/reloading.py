"""A process that runs tests must not be restarted by what is tested."""

from __future__ import annotations

from zonda.http import HTTPServerConnectionDelegate
from zonda.web import Application


def without_reload(app: HTTPServerConnectionDelegate) -> HTTPServerConnectionDelegate:
    """*app*, whose setting ``autoreload`` is off now."""
    if isinstance(app, Application):
        app.settings["autoreload"] = False
    return app
