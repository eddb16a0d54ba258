"""The tour on servers of others, seen with a browser: all of it over ASGI, no chat over WSGI."""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

# What is tested runs in processes of its own, on whatever loop it chooses.
pytestmark = pytest.mark.own_process

ROOT = Path(__file__).parents[2]
ASGI = "examples.tour.gateways:asgi"

SERVERS = {
    "uvicorn": ["--port", "0", ASGI],
    "granian": ["--interface=asgi", "--workers-kill-timeout=1", "--port={port}", ASGI],
    "gunicorn": ["--bind", "127.0.0.1:0", "--threads", "4", "examples.tour.gateways:wsgi"],
}
ADDRESS = re.compile(r"(?:http://|addr=|at: )(?:http://)?127\.0\.0\.1:([1-9]\d*)")


def serve(server: str, database: Path, port: int) -> Iterator[str]:
    """Run the tour on a server until the generator goes on; its address."""
    if importlib.util.find_spec(server) is None:
        pytest.skip(f"{server} is not installed: it is in the group test-integration")
    arguments = [argument.format(port=port) for argument in SERVERS[server]]
    with subprocess.Popen(
        [sys.executable, "-m", server, *arguments],
        cwd=ROOT,
        env={**os.environ, "TOUR_DATABASE": str(database)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            seen = ""
            for line in process.stdout:
                seen += line
                if found := ADDRESS.search(line):
                    break
            else:
                raise AssertionError(f"{server} ended without an address:\n{seen}")
            wait_until_open(int(found[1]))
            yield f"http://127.0.0.1:{found[1]}/"
        finally:
            process.terminate()
            try:
                process.communicate(timeout=20)
            finally:
                process.kill()


def wait_until_open(port: int) -> None:
    """Granian names its address before its worker listens."""
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "nobody listens"
            time.sleep(0.05)


@pytest.fixture
def tour(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of the tour."""
    with socket.create_server(("127.0.0.1", 0)) as probe:  # granian cannot take any free port
        port = probe.getsockname()[1]
    yield from serve(request.param, tmp_path / "tour.sqlite3", port)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("tour", ["uvicorn", "granian"], indirect=True)
def test_all_of_it_over_asgi(tour: str, browser: Browser) -> None:
    contexts = [browser.new_context(locale="en-US") for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    for page, name in zip(pages, ("ada", "grace"), strict=True):
        page.goto(tour + "signup?next=/chat")
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", "a long password")
        page.click("main button")
        expect(page.locator("#state")).to_have_text("live")
    pages[0].fill("#say input", "Hello Grace")
    pages[0].press("#say input", "Enter")
    for page in pages:
        expect(page.locator("#messages .text")).to_have_text(["Hello Grace"])
    for context in contexts:
        context.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("tour", ["gunicorn"], indirect=True)
def test_all_but_the_chat_over_wsgi(tour: str, browser: Browser) -> None:
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    page.goto(tour + "signup?next=/")
    page.fill("input[name=name]", "ada")
    page.fill("input[name=password]", "a long password")
    page.click("main button")
    expect(page.locator(".member")).to_have_text("ada")
    expect(page.locator("h1")).to_have_text("Ein warmer Wind für Ihre Website")
    with urllib.request.urlopen(f"{tour}api/members/ada", timeout=10) as answer:
        assert answer.status == 200
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
    }
    request = urllib.request.Request(f"{tour}chat/socket", headers=upgrade)
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=10)
    with raised.value as refused:
        assert refused.code in (400, 501)
    context.close()
