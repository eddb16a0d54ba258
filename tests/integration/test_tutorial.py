"""The programs of the tutorial do what its pages say, and each runs as a program."""

from __future__ import annotations

import json
import re

import pytest

from examples.tutorial import forms, hello, live, members, pages, routes
from tests.integration.program import ROOT
from zonda.testing import AppClient


async def test_hello() -> None:
    async with AppClient(hello.make_app()) as client:
        assert (await client.get("/")).body == b"Hello, world"
        assert (await client.get("/nothing")).code == 404


async def test_routes() -> None:
    async with AppClient(routes.make_app()) as client:
        found = json.loads((await client.get("/entries?author=grace")).body)
        assert found == {"entries": [{"author": "grace", "text": "I found a moth."}]}
        assert json.loads((await client.get("/entries/0")).body)["author"] == "ada"
        missing = await client.get("/entries/7")
        assert (missing.code, missing.reason) == (404, "No such entry")
        assert (await client.get("/entries/one")).code == 404
        assert json.loads((await client.get("/slow")).body) == {"entries": 2}


async def test_pages() -> None:
    async with AppClient(pages.make_app()) as client:
        page = (await client.get("/")).body.decode()
        assert "<p>Is 1 &lt; 2 &amp; so on?</p>" in page
        style = re.search(r'href="(/static/book\.css\?v=\w+)"', page)
        assert style and (await client.get(style[1])).headers["Content-Type"].startswith("text/css")


def token(page: bytes) -> str:
    found = re.search(rb'name="_xsrf" value="([^"]+)"', page)
    assert found, page
    return found[1].decode()


async def test_forms() -> None:
    async with AppClient(forms.make_app()) as client:
        page = (await client.get("/")).body
        assert b"Nobody was here yet." in page
        entry = {"author": "ada", "text": "<b>hello</b>"}
        assert (await client.post("/", form=entry)).code == 403
        incomplete = await client.post("/", form={"author": "ada", "_xsrf": token(page)})
        assert incomplete.code == 400 and b'value="ada"' in incomplete.body
        page = (await client.post("/", form={**entry, "_xsrf": token(page)})).body
        assert b"&lt;b&gt;hello&lt;/b&gt;" in page


async def test_members() -> None:
    async with AppClient(await members.make_app()) as client:
        assert b"Log in</a> to write" in (await client.get("/")).body
        page = (await client.get("/login?next=/")).body
        form = {"name": "ada", "password": "wrong", "_xsrf": token(page)}
        assert (await client.post("/login", form=form)).code == 403
        page = (await client.post("/login?next=/", form={**form, "password": "moth"})).body
        assert b"ada, what do you want to say?" in page
        page = (await client.post("/", form={"text": "a moth", "_xsrf": token(page)})).body
        assert b"<p>a moth</p>" in page


async def test_strangers_cannot_write() -> None:
    async with AppClient(await members.make_app()) as client:
        form = {"text": "spam", "_xsrf": token((await client.get("/login")).body)}
        assert (await client.post("/", form=form)).code == 403
        assert b"spam" not in (await client.get("/")).body


async def test_live() -> None:
    async with AppClient(live.make_app()) as client:
        assert b"live.js" in (await client.get("/")).body
        ada, grace = await client.websocket("/socket"), await client.websocket("/socket")
        async with ada, grace:
            await ada.write_message(" hello ")
            assert await ada.read_message() == await grace.read_message() == "hello"


@pytest.mark.parametrize("name", ["hello", "routes", "pages", "forms", "members", "live"])
def test_every_program_is_shown_whole_in_its_page(name: str) -> None:
    shown = (ROOT / "docs" / "tutorial" / f"{name}.md").read_text(encoding="utf-8")
    assert f"examples/tutorial/{name}.py" in shown
