"""Milliseconds until a package is imported, in fresh processes, beside the peers' in one run.

``nox -s bench -- benchmarks/imports.py --rounds 11``

Zonda's packages are copied side by side into one directory, as an installation has them, and run
with the peers' interpreter, so that everybody's search path is the same; compiled files are made by
a first import that does not count.  "ms" is the time from the import statement to its end, "CPU us"
the processor time of the same; "modules" is how many were loaded that the interpreter had not.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from benchmarks.programs import (
    PEERS,
    SERVER_CORE,
    CannotRun,
    Peers,
    finished,
    last_line,
    pinned,
    versions,
)
from benchmarks.recording import CPU, Measure, Recording, arguments, progress

ROOT = Path(__file__).parent.parent
OURS = (
    *("escape", "template", "ioloop", "iostream", "http", "httpserver", "web"),
    *("websocket", "httpclient", "locale", "options", "autoreload"),
)
MEASURES = (
    Measure("ms", more_is_better=False),
    CPU,
    Measure("modules", more_is_better=False),
)

# By case: what each program imports.  Of Zonda it is the names that a program uses, since some of a
# package is only loaded with the first name that needs it.  Tornado loads the second module of its
# client when the first one is made.
CASES = {
    "template": {
        "zonda": "from zonda.template import Loader, Template",
        "tornado": "import tornado.template",
        "jinja2": "import jinja2",
        "mako": "import mako.template",
    },
    "loop": {
        "zonda": "from zonda.ioloop import IOLoop",
        "tornado": "import tornado.ioloop",
        "asyncio": "import asyncio",
    },
    "web": {
        "zonda": "from zonda.web import Application, RequestHandler",
        "tornado": "import tornado.web",
        "aiohttp": "import aiohttp.web",
        "starlette": (
            "import starlette.applications, starlette.routing, starlette.responses, uvicorn"
        ),
    },
    "client": {
        "zonda": "from zonda.httpclient import AsyncHTTPClient",
        "tornado": "import tornado.httpclient, tornado.simple_httpclient",
        "aiohttp": "import aiohttp",
        "httpx": "import httpx",
    },
    "websocket": {
        "zonda": "from zonda.websocket import WebSocketHandler",
        "tornado": "import tornado.websocket",
        "websockets": "import websockets.asyncio.server",
    },
    "websocket client": {
        "zonda": "from zonda.websocket import websocket_connect",
        "tornado": "import tornado.websocket",
        "websockets": "import websockets.asyncio.client",
    },
}
REQUIRES = {
    "tornado": ("tornado",),
    "aiohttp": ("aiohttp",),
    "starlette": ("starlette", "uvicorn"),
    "httpx": ("httpx",),
    "jinja2": ("jinja2",),
    "mako": ("mako",),
    "websockets": ("websockets",),
}

PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
known = len(sys.modules)
wall, cpu = time.perf_counter(), time.process_time()
{}
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(wall * 1e3, cpu * 1e6, len(sys.modules) - known)
"""


def third_party() -> tuple[str, ...]:
    """What Zonda's packages need of others."""
    found: set[str] = set()
    for name in OURS:
        project = tomllib.loads((ROOT / "packages" / name / "pyproject.toml").read_text())[
            "project"
        ]
        found.update(line for line in project["dependencies"] if not line.startswith("zonda"))
    return tuple(sorted(found))


def lay_out(directory: str) -> None:
    """Copy Zonda's packages into one *directory*."""
    for name in OURS:
        shutil.copytree(ROOT / "packages" / name / "src", directory, dirs_exist_ok=True)


def imported(peers: Peers, directory: str, statement: str) -> list[float]:
    """Milliseconds, processor microseconds, and modules of one fresh process."""
    command = [str(peers.python), "-c", PROGRAM.format(statement), directory]
    # Without compiled files a module takes ten times as long: everybody may write them.
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = finished(pinned(SERVER_CORE, command), statement, env=env)
    if done.returncode:
        raise CannotRun(last_line(done.stderr))
    return [float(word) for word in done.stdout.split()]


def main() -> int:
    """Measure what was asked for."""
    parser = arguments(__doc__, rounds=11)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--peers", type=Path, default=PEERS, help="a directory for them")
    options = parser.parse_args()
    peers = Peers(options.peers)
    recording = Recording("imports", MEASURES, ("tornado",))
    for name, requires in {"zonda": third_party(), **REQUIRES}.items():
        try:
            peers.install(f"imports-{name}", requires)
        except CannotRun as error:
            recording.failed(name, str(error))
    for name, requires in REQUIRES.items():
        recording.versions[name] = versions(requires, str(peers.python))
    with tempfile.TemporaryDirectory() as directory:
        lay_out(directory)
        for number in range(options.rounds + 1):  # the first compiles
            progress(f"round {number}/{options.rounds}")
            for case in options.only:
                for name, statement in CASES[case].items():
                    if name in recording.failures:
                        continue
                    try:
                        figures = imported(peers, directory, statement)
                    except CannotRun as error:
                        recording.failed(name, f"{statement}: {error}")
                        continue
                    for measure, figure in zip(MEASURES, figures, strict=True):
                        if number:
                            recording.add(case, name, figure, measure.unit)
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
