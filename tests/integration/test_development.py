"""Debug mode on a running site: what is edited is seen, by the server and by open pages."""

from __future__ import annotations

import re
import socket
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests.integration.program import Program, running

# What is tested runs in processes of its own, on whatever loop it chooses.
pytestmark = pytest.mark.own_process

SITE = """\
import asyncio, logging, sys
import zonda.locale
from zonda.web import Application, RequestHandler
import part

class Page(RequestHandler):
    def get(self):
        self.render("page.html", part=part.VALUE)

async def main():
    logging.basicConfig(level=logging.INFO)
    zonda.locale.load_translations("locale")
    application = Application(
        [("/", Page)], debug=True, template_path="templates", static_path="static"
    )
    port = int(sys.argv[1])
    server = application.listen(port, "127.0.0.1")
    print(f"http://127.0.0.1:{port}/", flush=True)
    await server.serve_until_signal()

asyncio.run(main())
"""
TEMPLATE = "<html><body>{{ _('Wind') }} {{ part }} {{ static_url('a.css') }}</body></html>"


def write(path: Path, text: str) -> None:
    """Write a file whose time differs from that of the former one."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Program, Path]]:
    """The site, and its directory."""
    write(tmp_path / "site.py", SITE)
    write(tmp_path / "part.py", "VALUE = 'one'")
    write(tmp_path / "templates" / "page.html", TEMPLATE)
    write(tmp_path / "static" / "a.css", "a {}")
    write(tmp_path / "locale" / "de_DE.csv", '"Wind","Föhn"\n')
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with running("site.py", str(port), cwd=tmp_path) as program:
        yield program, tmp_path


def ask(url: str) -> str:
    request = urllib.request.Request(url, headers={"Accept-Language": "de"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def listen(url: str) -> tuple[HTTPResponse, str]:
    """The stream that pages listen to, and the start that it names."""
    stream: HTTPResponse = urllib.request.urlopen(url + "_zonda/live-reload", timeout=20)
    for line in stream:
        if line.startswith(b"data: "):
            return stream, line[6:].decode().strip()
    raise AssertionError("the stream ended")


def until_change(stream: HTTPResponse) -> bool:
    """Wait for the event; whether it came before the end."""
    try:
        return any(line == b"event: change\n" for line in stream)
    except ConnectionError:
        return False


def test_templates_translations_and_static_files(site: tuple[Program, Path]) -> None:
    program, directory = site
    text = ask(program.url)
    assert text.startswith("<html><body>Föhn one /static/a.css?v=")
    stream, start = listen(program.url)
    with stream:
        assert f"start={start}" in text
        write(directory / "templates" / "page.html", TEMPLATE.replace("<body>", "<body>! "))
        assert until_change(stream)
        assert ask(program.url).startswith("<html><body>! Föhn one")
        write(directory / "locale" / "de_DE.csv", '"Wind","Brise"\n')
        assert until_change(stream)
        assert ask(program.url).startswith("<html><body>! Brise one")
        version = re.search(r"v=(\w+)", text)
        write(directory / "static" / "a.css", "a { color: red }")
        assert until_change(stream)
        assert version is not None and version[1] not in ask(program.url)
    # All that in one process.
    stream, again = listen(program.url)
    stream.close()
    assert again == start


def test_code_restarts_the_server_but_not_with_a_mistake(site: tuple[Program, Path]) -> None:
    program, directory = site
    stream, start = listen(program.url)
    with stream:
        write(directory / "part.py", "VALUE = 'two' +")
        assert program.process.stdout is not None
        for line in program.process.stdout:
            if "waiting for a fix" in line:
                break
        assert " one " in ask(program.url)
        write(directory / "part.py", "VALUE = 'three'")
        assert not until_change(stream)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            stream, again = listen(program.url)
        except OSError:
            time.sleep(0.05)
            continue
        stream.close()
        break
    assert again != start
    assert " three " in ask(program.url)


MADE = """\
from zonda.web import Application, RequestHandler

class Page(RequestHandler):
    def get(self):
        self.write(VALUE)

VALUE = {value}

def make_app():
    return Application([("/", Page)])
"""


def test_the_command_reloads_and_waits_where_it_cannot_start(tmp_path: Path) -> None:
    write(tmp_path / "made.py", MADE.format(value="'one'"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    arguments = ("-m", "zonda.web", "serve", "made:make_app", f"--port={port}", "--reload")
    with running(*arguments, cwd=tmp_path) as program:
        assert program.process.stdout is not None
        assert ask(program.url) == "one"
        write(tmp_path / "made.py", MADE.format(value="missing_name"))
        lines = []
        for line in program.process.stdout:
            lines.append(line)
            if "waiting for a change" in line:
                break
        assert any("NameError" in line for line in lines)
        write(tmp_path / "made.py", MADE.format(value="'three'"))
        for line in program.process.stdout:
            if "Serving made:make_app at" in line:
                break
        assert ask(program.url) == "three"
