"""Programs that are asked for a few pages each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from .program import running

# A hub whose proxy is somebody else's affair, and in which everybody may log in.
JUPYTERHUB = """
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    should_start = False
    routes = {}
    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}
    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)
    async def get_all_routes(self):
        return self.routes
    async def check_running(self):
        return True

c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.hub_port = {port}
c.JupyterHub.bind_url = "http://127.0.0.1:9"
"""

PANEL = """
import panel
panel.Column("# Hello", panel.widgets.IntSlider(name="n", start=0, end=3)).servable()
"""

GUNICORN = """
import tornado.web

class Hello(tornado.web.RequestHandler):
    def get(self):
        self.write("hello from " + type(self.application).__module__)

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello from WSGI"]

tornado_application = tornado.web.Application([("/", Hello)])
"""

LIVERELOAD = "from livereload.cli import main; main()"
LUIGI = "from luigi.cmdline import luigid; luigid()"


class Served(NamedTuple):
    """A program, and what it must answer.

    :ivar arguments: of ``python``, with ``{port}`` for a free port.
    :ivar pages: a part of the body, by path; the first is asked for until it is there.
    :ivar files: what it needs, by name.
    """

    arguments: tuple[str, ...]
    pages: Mapping[str, bytes]
    files: Mapping[str, str] = {}


PROGRAMS = {
    "gunicorn, a Tornado application": Served(
        ("-m", "gunicorn", "-k", "tornado", "-b", "127.0.0.1:{port}", "app:tornado_application"),
        {"/": b"hello from tornado.web"},
        {"app.py": GUNICORN},
    ),
    "gunicorn, a WSGI application": Served(
        ("-m", "gunicorn", "-k", "tornado", "-b", "127.0.0.1:{port}", "app:application"),
        {"/": b"hello from WSGI"},
        {"app.py": GUNICORN},
    ),
    "jupyterhub": Served(
        ("-m", "jupyterhub", "-f", "jupyterhub_config.py"),
        {
            "/hub/login": b'name="_xsrf"',
            "/hub/api": b"version",
            "/hub/static/css/style.min.css": b"{",
        },
        {"jupyterhub_config.py": JUPYTERHUB},
    ),
    "livereload": Served(
        ("-c", LIVERELOAD, "--port={port}", "."),
        {"/": b"livereload.js?port=", "/livereload.js": b"LiveReload"},
        {"index.html": "<html><head></head><body>Hello</body></html>"},
    ),
    "luigi": Served(
        ("-c", LUIGI, "--port={port}", "--state-path=state", "--pidfile=pid"),
        {"/static/visualiser/index.html": b"Luigi", "/api/task_list": b"response"},
    ),
    "panel": Served(
        ("-m", "panel", "serve", "app.py", "--port={port}"),
        {"/app": b"<html", "/static/js/bokeh.min.js": b"Bokeh"},
        {"app.py": PANEL},
    ),
    "streamlit": Served(
        (
            *("-m", "streamlit", "run", "app.py", "--server.port={port}"),
            *("--server.headless=true", "--browser.gatherUsageStats=false"),
        ),
        {"/": b"<title>", "/_stcore/health": b"ok", "/_stcore/host-config": b"{"},
        {"app.py": 'import streamlit\nstreamlit.write("Hello")'},
    ),
}


def check(name: str, directory: Path) -> list[str]:
    """Run a program in *directory*; the result says what it was asked for."""
    served = PROGRAMS[name]
    first = next(iter(served.pages))
    with running(served.arguments, directory, first, {}, served.files) as program:
        for path, part in served.pages.items():
            body = program.get(path)
            assert part in body, f"{path} has no {part!r}: {body[:200]!r}"
    return list(served.pages)
