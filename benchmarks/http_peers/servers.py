"""The servers that are compared, and what each of them is asked."""

from __future__ import annotations

import dataclasses

from benchmarks import programs
from zonda.web import compiled

from .files import LARGE, SMALL


@dataclasses.dataclass(frozen=True)
class Case:
    """What is requested, with which header fields, and what the answer has to be."""

    name: str
    path: str
    headers: str  # none | same | varying, see load.lua
    body: bytes  # the whole body, or for a page a part of it


HELLO = b"Hello, world"
ITEM = b'{"id": 42, "name": "zonda", "tags": ["wind", "warm", "dry"]}'
CELL = b"<td>49</td><td>&lt;item&gt; &amp; 49</td><td>61.25</td>"

CASES = {
    case.name: case
    for case in (
        Case("plain", "/", "none", HELLO),
        Case("plain-browser", "/", "same", HELLO),
        Case("plain-varying", "/", "varying", HELLO),
        Case("async", "/async", "none", HELLO),
        Case("suspend", "/suspend", "none", HELLO),
        Case("json", "/items/42", "none", ITEM),
        Case("page", "/page", "none", CELL),
        Case("file-8k", "/static/small.txt", "none", SMALL),
        Case("file-1m", "/static/large.bin", "none", LARGE),
    )
}
HEADS = ("plain", "plain-browser", "plain-varying")
FILES = ("file-8k", "file-1m")


@dataclasses.dataclass(frozen=True)
class Server(programs.Server):
    """A program of this directory, with the cases that it answers."""

    cases: tuple[str, ...] = (*HEADS, "json")


SERVERS = {
    server.name: server
    for server in (
        Server("limit", "http_peers/serve_limit.py", (), ("uvloop",), HEADS),
        Server("zonda", "http_peers/serve_handlers.py", ("zonda",), (), tuple(CASES)),
        Server(
            "zonda-uvloop", "http_peers/serve_handlers.py", ("zonda", "uvloop"), (), tuple(CASES)
        ),
        Server("tornado", "http_peers/serve_handlers.py", ("tornado",), ("tornado",), tuple(CASES)),
        Server(
            "aiohttp",
            "http_peers/serve_aiohttp.py",
            (),
            ("aiohttp", "uvloop"),
            (*HEADS, "json", *FILES),
        ),
        Server("nginx", "http_peers/serve_nginx.py", (), (), FILES),
        Server(
            "starlette",
            "http_peers/serve_starlette.py",
            (),
            ("starlette", "uvicorn", "uvloop", "httptools"),
        ),
        Server(
            "blacksheep",
            "http_peers/serve_blacksheep.py",
            (),
            ("blacksheep", "uvicorn", "uvloop", "httptools"),
        ),
        Server("granian", "http_peers/serve_granian.py", (), ("granian", "uvloop")),
        Server("socketify", "http_peers/serve_socketify.py", (), ("socketify",)),
    )
}
if compiled:
    SERVERS["zonda-pure"] = Server(
        "zonda-pure",
        "http_peers/serve_handlers.py",
        ("zonda", "uvloop", "pure"),
        (),
        tuple(CASES),
    )
