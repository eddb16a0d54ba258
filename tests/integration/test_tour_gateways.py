"""The tour on servers of others, seen with a browser: all of it over ASGI, no chat over WSGI."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.foreign_server import served_by

# What is tested runs in processes of its own, on whatever loop it chooses.
pytestmark = pytest.mark.own_process

ASGI = "examples.tour.gateways:asgi"
SERVERS = {
    "uvicorn": ["--port", "0", ASGI],
    "granian": ["--interface=asgi", "--workers-kill-timeout=1", "--port={port}", ASGI],
    "gunicorn": ["--bind", "127.0.0.1:0", "--threads", "4", "examples.tour.gateways:wsgi"],
}


@pytest.fixture
def tour(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of the tour."""
    database = str(tmp_path / "tour.sqlite3")
    with served_by(request.param, *SERVERS[request.param], TOUR_DATABASE=database) as port:
        yield f"http://127.0.0.1:{port}/"


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
