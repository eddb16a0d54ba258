"""Fetching all pages of a site, several at a time, with a queue of coroutines."""

from __future__ import annotations

import asyncio
import datetime
import re
from urllib.parse import urldefrag, urljoin

import tornado.httpclient
import tornado.queues
import tornado.web

CONCURRENCY = 4


async def links_of(url: str) -> list[str]:
    response = await tornado.httpclient.AsyncHTTPClient().fetch(url)
    found = re.findall(r'href="([^"]+)"', response.body.decode(errors="ignore"))
    return [urljoin(url, urldefrag(link)[0]) for link in found]


async def spider(start: str) -> set[str]:
    """The URLs below *start* that can be reached from there."""
    queue: tornado.queues.Queue[str] = tornado.queues.Queue()
    fetching: set[str] = set()
    fetched: set[str] = set()

    async def fetch(url: str) -> None:
        if url in fetching:
            return
        fetching.add(url)
        for link in await links_of(url):
            if link.startswith(start):
                await queue.put(link)
        fetched.add(url)

    async def work() -> None:
        async for url in queue:
            try:
                await fetch(url)
            finally:
                queue.task_done()

    await queue.put(start)
    workers = [asyncio.ensure_future(work()) for _ in range(CONCURRENCY)]
    await queue.join(timeout=datetime.timedelta(seconds=20))
    for worker in workers:
        worker.cancel()
    return fetched


class PageHandler(tornado.web.RequestHandler):
    """Each page links to its two children."""

    def get(self, name: str) -> None:
        if len(name) < 3:
            self.write(f'<a href="/{name}a">a</a> <a href="/{name}b#there">b</a>')
        self.write('<a href="http://elsewhere.invalid/">not ours</a>')


def make_app() -> tornado.web.Application:
    return tornado.web.Application([(r"/([ab]*)", PageHandler)])
