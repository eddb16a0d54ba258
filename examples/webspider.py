"""A spider: follows the links of a site, several pages at a time, with `zonda.httpclient`.

``python -m examples.webspider http://127.0.0.1:8888/`` prints the URL of every page that it finds.
"""

from __future__ import annotations

import asyncio
import html.parser
import sys
from urllib.parse import urldefrag, urljoin

from zonda.httpclient import AsyncHTTPClient, HTTPError

#: Pages that are asked for at the same time, and pages that are asked for at all.
WORKERS, MAX_PAGES = 10, 1000


class Links(html.parser.HTMLParser):
    """Collects what the links of a page lead to."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link."""
        target = dict(attrs).get("href")
        if tag == "a" and target:
            self.found.add(urldefrag(urljoin(self.base, target)).url)


async def links_of(client: AsyncHTTPClient, url: str) -> set[str]:
    """The URLs that a page links to; none if it cannot be had."""
    try:
        response = await client.fetch(url)
    except (HTTPError, OSError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return set()
    links = Links(response.effective_url)
    links.feed(response.body.decode("utf-8", "replace"))
    return links.found


async def crawl(start: str) -> set[str]:
    """Every page below *start* that can be reached from there."""
    client = AsyncHTTPClient(force_instance=True)
    waiting: asyncio.Queue[str] = asyncio.Queue()
    seen = {start}
    waiting.put_nowait(start)

    async def work() -> None:
        while True:
            url = await waiting.get()
            for link in await links_of(client, url):
                if link.startswith(start) and link not in seen and len(seen) < MAX_PAGES:
                    seen.add(link)
                    waiting.put_nowait(link)
            waiting.task_done()

    workers = [asyncio.create_task(work()) for _ in range(WORKERS)]
    await waiting.join()
    for worker in workers:
        worker.cancel()
    await asyncio.wait(workers)
    client.close()
    return seen


if __name__ == "__main__":
    if len(sys.argv) != 2 or "://" not in sys.argv[1]:
        sys.exit("usage: python -m examples.webspider URL")
    print("\n".join(sorted(asyncio.run(crawl(sys.argv[1])))))
