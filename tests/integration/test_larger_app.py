"""The larger example: sessions in Redis, a database, two languages; with two processes' worth of
applications over the same Redis."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from examples.larger_app.application import HERE, make_application
from examples.larger_app.resources import Resources
from examples.larger_app.sessions import SessionStore
from zonda import locale
from zonda.httpclient import AsyncHTTPClient, HTTPResponse

REDIS = "redis://127.0.0.1/0"


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    client = Redis.from_url(REDIS)
    try:
        await client.ping()
    except RedisConnectionError:
        await client.aclose()
        pytest.skip("no Redis on port 6379")
    yield client
    await client.aclose()


@pytest.fixture
async def prefix(redis: Redis) -> AsyncIterator[str]:
    """Keys of this test's own, gone afterwards."""
    prefix = f"zonda-test:{secrets.token_hex(8)}:"
    yield prefix
    async for key in redis.scan_iter(prefix + "*"):
        await redis.delete(key)


@pytest.fixture
def translations() -> None:
    locale.load_translations(str(HERE / "locale"))


class Browser:
    """One browser, which may talk to several servers of one site."""

    def __init__(self, *ports: int) -> None:
        self.ports = ports
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.client = AsyncHTTPClient(force_instance=True)

    async def ask(self, path: str, server: int = 0, **fields: str) -> HTTPResponse:
        """A page, or with *fields* a form that is sent with its token."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        url = f"http://127.0.0.1:{self.ports[server]}{path}"
        body = None
        if fields:
            body = urlencode({"_xsrf": self.token, **fields})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        response = await self.client.fetch(
            url,
            method="POST" if fields else "GET",
            headers=headers,
            body=body,
            follow_redirects=False,
            raise_error=False,
        )
        for line in response.headers.get_list("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        found = re.search(rb'name="_xsrf" value="([^"]+)"', response.body)
        if found:
            self.token = found[1].decode()
        return response


@pytest.fixture
async def browser(
    redis: Redis, prefix: str, translations: None, tmp_path: Path
) -> AsyncIterator[Browser]:
    url = f"sqlite:///{tmp_path / 'notes.sqlite3'}"
    async with Resources(url, REDIS, prefix) as first, Resources(url, REDIS, prefix) as second:
        servers = [
            make_application(resources, "secret").listen(0, "127.0.0.1")
            for resources in (first, second)
        ]
        browser = Browser(*[server.sockets[0].getsockname()[1] for server in servers])
        try:
            yield browser
        finally:
            browser.client.close()
            for server in servers:
                server.stop()
                await server.close_all_connections()


async def test_a_member_writes_a_note(browser: Browser) -> None:
    home = await browser.ask("/")
    assert "You were here once." in home.body.decode()
    assert "There are 0 notes." in home.body.decode()
    assert "text" not in home.body.decode()
    stranger = browser.cookies["session"]
    await browser.ask("/login")
    assert (await browser.ask("/login", name="Ada <3")).headers["Location"] == "/"
    assert browser.cookies["session"] != stranger
    page = (await browser.ask("/", server=1)).body.decode()
    assert "Hello, Ada &lt;3" in page
    assert "You were here 2 times." in page
    assert (await browser.ask("/notes", text="buy <milk>")).code == 302
    page = (await browser.ask("/", server=1)).body.decode()
    assert "<li>buy &lt;milk&gt;</li>" in page
    assert "There is one note." in page
    member = browser.cookies["session"]
    assert (await browser.ask("/logout", x="")).code == 302
    assert "Hello" not in (await browser.ask("/")).body.decode()
    browser.cookies["session"] = member
    assert "Hello" not in (await browser.ask("/", server=1)).body.decode()


async def test_strangers_and_bad_values(browser: Browser) -> None:
    await browser.ask("/login")
    assert (await browser.ask("/notes", text="x")).code == 403
    for path, name, value, code in [
        ("/login", "name", "x" * 41, 422),
        ("/login", "other", "x", 400),
        ("/language", "code", "../x", 400),
        ("/none", "x", "y", 404),
    ]:
        assert (await browser.ask(path, 0, **{name: value})).code == code
    browser.token = "2|00|00|0"
    assert (await browser.ask("/login", name="x")).code == 403
    browser.cookies["session"] = "forged"
    assert (await browser.ask("/")).code == 200


async def test_a_language_is_part_of_the_session(browser: Browser) -> None:
    await browser.ask("/")
    assert (await browser.ask("/language", code="de_DE")).code == 302
    page = await browser.ask("/", server=1)
    assert "Sie waren 2-mal hier." in page.body.decode()
    assert '<html lang="de">' in page.body.decode()


async def test_sessions_are_forgotten_and_changed_field_by_field(redis: Redis, prefix: str) -> None:
    store = SessionStore(redis, prefix, lifetime=100)
    session = await store.load(None)
    assert session.number is None
    await session.set(a=1, b=[1, 2])
    number = session.number
    one, two = await store.load(number), await store.load(number)
    await one.set(a=2)
    await two.set(b=None)
    both = await store.load(number)
    assert (both.get("a"), both.get("b", "x"), both.get("c", "none")) == (2, None, "none")
    [key] = [key async for key in redis.scan_iter(prefix + "*")]
    assert number is not None and number.encode() not in key
    assert 0 < await redis.ttl(key) <= 100
    await both.renew()
    assert both.number not in (None, number)
    assert (await store.load(number)).number is None
    assert (await store.load(both.number)).get("a") == 2
    await both.end()
    assert [key async for key in redis.scan_iter(prefix + "*")] == []


async def test_what_was_found_out_is_kept(redis: Redis, prefix: str) -> None:
    calls = 0

    async def count() -> int:
        nonlocal calls
        calls += 1
        return calls

    async with Resources("sqlite://", REDIS, prefix) as resources:
        cache = resources.cache
        assert [await cache.get("x", 60, count) for _ in range(3)] == [1, 1, 1]
        await cache.forget("x")
        assert await cache.get("x", 60, count) == 2
