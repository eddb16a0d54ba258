"""The small examples do what they say."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from examples import long_polling, rest_api, tcp_echo, webspider
from examples.static_site.__main__ import build
from tests.integration.program import running
from zonda.iostream import StreamClosedError, TCPClient, bind_sockets
from zonda.testing import AppClient
from zonda.web import Application, RequestHandler


async def test_an_echo_over_tcp() -> None:
    server = tcp_echo.EchoServer()
    [sock] = bind_sockets(0, "127.0.0.1")
    server.add_socket(sock)
    stream = await TCPClient().connect("127.0.0.1", sock.getsockname()[1])
    await stream.write(b"hello\nyou\n")
    assert await stream.read_until(b"\n") == b"hello\n"
    assert await stream.read_until(b"\n") == b"you\n"
    with pytest.raises(StreamClosedError):
        await stream.write(bytes(tcp_echo.MAX_LINE + 1))
        await stream.read_until(b"\n")
    server.stop()


class Linked(RequestHandler):
    """A page with links to others, and to another site."""

    def get(self, number: str) -> None:
        here = int(number or 0)
        self.write(f'<a href="/{here + 1}">more</a> <a href="/{here}#top">top</a>')
        self.write('<a href="http://elsewhere.example/">elsewhere</a>')
        if here == 3:
            self.set_status(404)


async def test_a_spider_finds_all_pages(capsys: pytest.CaptureFixture[str]) -> None:
    server = Application([(r"/(\d*)", Linked)]).listen(0, "127.0.0.1")
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    found = await webspider.crawl(url)
    assert found == {url, *(f"{url}{number}" for number in (0, 1, 2, 3))}
    assert f"{url}3: HTTP 404" in capsys.readouterr().err
    await server.drain()


def test_a_site_of_files(tmp_path: Path) -> None:
    paths = build(tmp_path / "site")
    assert [path.name for path in paths] == ["index.html", "wind.html", "moths.html"]
    index, _, moths = (path.read_text(encoding="utf-8") for path in paths)
    assert '<a href="moths.html">Moths &lt;and&gt; lamps</a>' in index
    assert "<title>Moths &lt;and&gt; lamps - The warm wind</title>" in moths


async def test_an_interface_for_programs() -> None:
    async with AppClient(rest_api.make_app()) as client:
        made = await client.post("/winds", json={"name": "zonda"})
        assert (made.code, made.headers["Location"]) == (201, "/winds/1")
        changed = await client.fetch("/winds/1", method="PUT", body='{"name": "foehn"}')
        assert json.loads(changed.body) == {"id": 1, "name": "foehn"}
        assert json.loads((await client.get("/winds")).body) == {
            "winds": [json.loads(changed.body)]
        }
        assert (await client.fetch("/winds/1", method="DELETE")).code == 204
        for response, code in (
            (await client.get("/winds/1"), 404),
            (await client.post("/winds", json={"title": "x"}), 400),
            (await client.fetch("/winds", method="POST", body="{"), 400),
        ):
            assert (response.code, json.loads(response.body)["status"]) == (code, code)


async def test_a_poll_waits_for_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    async with AppClient(long_polling.make_app()) as client:
        poll = asyncio.ensure_future(client.get("/messages?after=0"))
        await asyncio.sleep(0)
        said = await client.post("/messages", form={"text": "hello"})
        assert json.loads(said.body) == {"id": 1}
        assert json.loads((await poll).body) == {"messages": [{"id": 1, "text": "hello"}]}
        monkeypatch.setattr(long_polling, "PATIENCE", 0.01)
        assert json.loads((await client.get("/messages?after=1")).body) == {"messages": []}


@pytest.mark.timeout(120)
def test_a_dashboard_moves(browser: Browser) -> None:
    code = (
        "import asyncio; from examples.dashboard.__main__ import make_app\n"
        "async def main():\n"
        "    server = make_app(0.02).listen(0, '127.0.0.1')\n"
        "    print(f'http://127.0.0.1:{server.sockets[0].getsockname()[1]}/', flush=True)\n"
        "    await server.serve_until_signal(grace=1)\n"
        "asyncio.run(main())"
    )
    with running("-c", code) as program:
        page = browser.new_page()
        page.goto(program.url)
        expect(page.locator("#now")).to_have_text(re.compile(r"-?\d+\.\d+"))
        page.wait_for_function("document.getElementById('line').points.numberOfItems > 5")
        page.close()
        program.end()
