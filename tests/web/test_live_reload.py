"""Live reload: the script in pages, and the stream that tells them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.raw_client import Client
from tests.web.site import Site, site
from zonda.web import RequestHandler, live_reload
from zonda.web.live_reload import START


class Page(RequestHandler):
    """A page."""

    def get(self, name: str) -> None:
        self.render(f"{name}.html")


async def listen(web: Site) -> Client:
    """Open the stream, and read up to its first event."""
    client = await web.connect()
    client.send(b"GET /_zonda/live-reload HTTP/1.1\r\nHost: x\r\n\r\n")
    code, headers = await client.read_head()
    assert (code, headers["Content-Type"]) == (200, "text/event-stream")
    assert await client.reader.readuntil(b"\n\n") == b"retry: 300\n\n"
    expected = f"event: start\ndata: {START}\n\n".encode()
    assert await client.reader.readuntil(b"\n\n") == expected
    return client


async def test_pages_have_the_script_only_where_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html><body>x</body></html>")
    (tmp_path / "part.html").write_text("x")
    rules = [("/(.*)", Page)]
    async with site(rules, template_path=str(tmp_path), live_reload=True) as web:
        page = (await web.fetch("/page")).body.decode()
        url = f"/_zonda/live-reload.js?start={START}"
        assert page == f'<html><body>x<script src="{url}" defer></script></body></html>'
        assert (await web.fetch("/part")).body == b"x"
        script = await web.fetch(url)
        assert script.headers["Content-Type"] == "text/javascript; charset=UTF-8"
        assert b"EventSource" in script.body
    async with site(rules, template_path=str(tmp_path)) as web:
        assert b"script" not in (await web.fetch("/page")).body
        assert (await web.fetch("/_zonda/live-reload.js")).code == 500  # a template, no script


async def test_a_change_is_announced_to_every_page() -> None:
    async with site([], live_reload=True) as web:
        clients = [await listen(web) for _ in range(3)]
        live_reload.announce()
        for client in clients:
            assert await client.reader.readuntil(b"\n\n") == b"event: change\ndata: \n\n"
            client.writer.close()
            await client.writer.wait_closed()
        while live_reload._listeners:
            await asyncio.sleep(0.001)


async def test_it_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_reload, "KEEP_ALIVE", 0.005)
    async with site([], live_reload=True) as web:
        client = await listen(web)
        for _ in range(2):
            assert await client.reader.readuntil(b"\n\n") == b":\n\n"
        client.writer.close()


async def test_a_server_that_drains_does_not_wait_for_listeners() -> None:
    async with site([], live_reload=True) as web:
        client = await listen(web)
        assert await web.server.drain(grace=10)
        assert await client.at_end()
        client.writer.close()


async def test_listeners_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_reload, "MAX_LISTENERS", 1)
    async with site([], live_reload=True) as web:
        client = await listen(web)
        assert (await web.fetch("/_zonda/live-reload")).code == 503
        client.writer.close()


async def test_another_thread_may_announce_a_change() -> None:
    async with site([], live_reload=True) as web:
        client = await listen(web)
        await asyncio.to_thread(live_reload.announce)
        assert await client.reader.readuntil(b"\n\n") == b"event: change\ndata: \n\n"
        client.writer.close()
        await client.writer.wait_closed()
