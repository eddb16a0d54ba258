"""The programs of Tornado's documentation run with the alias."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import tornado.escape
import tornado.httpclient
import tornado.iostream
import tornado.testing
import tornado.web
import tornado.websocket
from tests.integration.tornado_demos import (
    blog,
    file_upload,
    login,
    long_polling_chat,
    tcp_echo,
    websocket_chat,
    webspider,
)


class Site:
    """A demo that serves, and a client for it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.client = tornado.httpclient.AsyncHTTPClient(force_instance=True)

    async def fetch(self, path: str, **options: Any) -> tornado.httpclient.HTTPResponse:
        options.setdefault("raise_error", False)
        raise_error = options.pop("raise_error")
        return await self.client.fetch(self.url + path, raise_error, **options)


@asynccontextmanager
async def serving(application: tornado.web.Application) -> AsyncIterator[Site]:
    server = application.listen(0, "127.0.0.1")
    site = Site(server.sockets[0].getsockname()[1])
    try:
        yield site
    finally:
        await site.client.__aexit__(None, None, None)
        server.stop()
        await server.close_all_connections()


async def test_the_chat_with_long_polling() -> None:
    async with serving(long_polling_chat.make_app()) as site:
        waiting = asyncio.ensure_future(site.fetch("/updates", method="POST", body="seen=0"))
        said = await site.fetch("/new", method="POST", body="text=hello")
        assert said.code == 201
        answer = tornado.escape.json_decode((await waiting).body)
        assert answer == {"messages": ["hello"]}
        later = await site.fetch("/updates", method="POST", body="seen=0")
        assert tornado.escape.json_decode(later.body) == answer


async def test_a_client_that_no_longer_waits_is_forgotten() -> None:
    async with serving(long_polling_chat.make_app()) as site:
        waiting = asyncio.ensure_future(site.fetch("/updates", method="POST", body="seen=0"))
        await site.fetch("/updates", method="GET")
        waiting.cancel()
        await site.fetch("/new", method="POST", body="text=hello")
        later = await site.fetch("/updates", method="POST", body="seen=0")
        assert b"hello" in later.body


async def test_the_chat_over_websockets() -> None:
    async with serving(websocket_chat.make_app()) as site:
        url = site.url.replace("http", "ws") + "/chatsocket"
        one = await tornado.websocket.websocket_connect(url)
        two = await tornado.websocket.websocket_connect(url)
        await one.write_message('{"body": "hello"}')
        for websocket in (one, two):
            message = await websocket.read_message()
            assert message is not None
            assert tornado.escape.json_decode(message) == {"body": "hello"}
        late = await tornado.websocket.websocket_connect(url)
        assert await late.read_message() == '{"body": "hello"}'
        for websocket in (one, two, late):
            websocket.close()
            assert await websocket.read_message() is None


async def test_the_blog() -> None:
    application = blog.make_app()
    with closing(application.db):  # type: ignore[attr-defined]  # the demo's own
        await the_blog(application)


async def the_blog(application: tornado.web.Application) -> None:
    async with serving(application) as site:
        stranger = await site.fetch("/compose", follow_redirects=False)
        assert stranger.code == 302
        assert stranger.headers["Location"] == "/auth/login?next=%2Fcompose"
        form = await site.fetch("/auth/login")
        token = re.findall(rb'name="_xsrf" value="([^"]+)"', form.body)[0].decode()
        cookie = form.headers["Set-Cookie"].partition(";")[0]
        wrong = await post(site, "/auth/login", cookie, _xsrf=token, password="wrong")
        assert wrong.code == 403
        forged = await post(site, "/auth/login", cookie, password="correct horse")
        assert forged.code == 403
        done = await post(
            site, "/auth/login", cookie, _xsrf=token, password="correct horse", next="/compose"
        )
        assert (done.code, done.headers["Location"]) == (302, "/compose")
        author = f"{cookie}; {done.headers['Set-Cookie'].partition(';')[0]}"
        posted = await post(site, "/compose", author, _xsrf=token, title="<First>")
        assert posted.code == 302
        assert b"<h2>&lt;First&gt;</h2>" in (await site.fetch("/")).body


async def post(
    site: Site, path: str, cookie: str, **fields: str
) -> tornado.httpclient.HTTPResponse:
    body = "&".join(f"{k}={tornado.escape.url_escape(v)}" for k, v in fields.items())
    headers = {"Cookie": cookie}
    return await site.fetch(path, method="POST", body=body, headers=headers, follow_redirects=False)


async def test_uploading_files() -> None:
    async with serving(file_upload.make_app()) as site:
        body = (
            b"--line\r\nContent-Disposition: form-data; name=f; filename=a.txt\r\n\r\nabc\r\n"
            b"--line\r\nContent-Disposition: form-data; name=g; filename=b.bin\r\n\r\n\0\r\n"
            b"--line--\r\n"
        )
        headers = {"Content-Type": "multipart/form-data; boundary=line"}
        sizes = await site.fetch("/post", method="POST", body=body, headers=headers)
        assert tornado.escape.json_decode(sizes.body) == {"a.txt": 3, "b.bin": 1}

        async def produce(write: Any) -> None:
            for _ in range(32):
                await write(b"x" * 65536)

        put = await site.fetch("/large%20file", method="PUT", body_producer=produce)
        assert tornado.escape.json_decode(put.body) == {
            "name": "large file",
            "size": 2 * 1024 * 1024,
            "sha256": hashlib.sha256(b"x" * 2 * 1024 * 1024).hexdigest(),
        }


async def test_the_echo_over_tcp() -> None:
    sock, port = tornado.testing.bind_unused_port()
    server = tcp_echo.EchoServer()
    server.add_socket(sock)
    answers = await asyncio.gather(*(tcp_echo.ask(port, b"line %d" % n) for n in range(5)))
    assert answers == [b"line %d" % n for n in range(5)]
    server.stop()
    await server.drain(timeout=5)


async def test_logins_lead_to_their_providers() -> None:
    async with serving(login.make_app()) as site:
        for path, host in (("/google", "google.com"), ("/facebook", "facebook.com")):
            answer = await site.fetch(path, follow_redirects=False)
            assert answer.code == 302
            url = urlsplit(answer.headers["Location"])
            query = parse_qs(url.query)
            assert (url.hostname or "").endswith(host)
            assert query["client_id"] == ["the-key"]
            assert query["redirect_uri"] == [site.url + path]
            assert query["state"]  # which Tornado leaves out


async def test_an_answer_that_nobody_asked_for_is_refused() -> None:
    async with serving(login.make_app()) as site:
        answer = await site.fetch("/google?code=stolen&state=guessed")
        assert 400 <= answer.code < 500


async def test_the_spider_finds_every_page_once() -> None:
    async with serving(webspider.make_app()) as site:
        names = ["", *("a", "b"), *(x + y for x in "ab" for y in "ab")]
        pages = [*names, *(name + x for name in names[3:] for x in "ab")]
        assert await webspider.spider(site.url + "/") == {f"{site.url}/{page}" for page in pages}
        tornado.httpclient.AsyncHTTPClient().close()
