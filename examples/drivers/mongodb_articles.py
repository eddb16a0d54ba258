"""MongoDB: articles, one by one and all of them, through PyMongo's asynchronous client.

``python -m examples.drivers.mongodb_articles``, then
``curl -d '{"title": "Zonda"}' localhost:8888/articles`` and ``curl localhost:8888/articles``.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from bson import ObjectId
from bson.errors import InvalidId
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import ConnectionFailure, DuplicateKeyError

from zonda.escape import json_decode, json_encode
from zonda.web import Application, HTTPError, RequestHandler

from .program import main, unavailable

URL = "mongodb://127.0.0.1:27017/zonda"

# Connections at most, and milliseconds that a request waits for one of them.
CONNECTIONS = 20
WAITING = 2_000
# Milliseconds for which the client looks for a server that answers, as when one restarts.
SEARCHING = 3_000
# Articles that are fetched, and sent to the reader, at a time.
BATCH = 100

Document = dict[str, Any]


class ArticlesHandler(RequestHandler):
    """A handler with the collection of this process's client."""

    @property
    def articles(self) -> AsyncCollection[Document]:
        """The collection."""
        collection = self.settings["articles"]
        assert isinstance(collection, AsyncCollection)
        return collection


class Articles(ArticlesHandler):
    """All articles, and new ones."""

    async def post(self) -> None:
        title = json_decode(self.request.body).get("title")
        # MongoDB's operators are documents too: what comes from outside has to be the type that is
        # expected, or {"$ne": ""} becomes part of a query.
        if not isinstance(title, str) or not title:
            raise HTTPError(400, "an article has a title")
        try:
            with unavailable(ConnectionFailure):
                made = await self.articles.insert_one({"title": title})
        except DuplicateKeyError:
            raise HTTPError(409, "there is an article of this title") from None
        self.set_status(201)
        self.write({"id": str(made.inserted_id), "title": title})

    async def get(self) -> None:
        """One article in each line, however many there are.

        ``flush`` waits until the reader has taken what was written, and the cursor fetches no more
        before that: a slow reader costs a batch of memory.
        """
        self.set_header("Content-Type", "application/x-ndjson")
        with unavailable(ConnectionFailure):
            cursor = self.articles.find(batch_size=BATCH).sort("title", 1)
            async with cursor:
                while batch := await cursor.to_list(BATCH):
                    for article in batch:
                        line = {"id": str(article["_id"]), "title": article["title"]}
                        self.write(json_encode(line) + "\n")
                    await self.flush()


class Article(ArticlesHandler):
    """One article."""

    async def get(self, number: str) -> None:
        try:
            key = ObjectId(number)
        except InvalidId:
            raise HTTPError(404) from None
        with unavailable(ConnectionFailure):
            article = await self.articles.find_one({"_id": key})
        if article is None:
            raise HTTPError(404)
        self.write({"id": number, "title": article["title"]})


@contextlib.asynccontextmanager
async def site(url: str) -> AsyncIterator[Application]:
    """The site, with a client that is made in this process: it has threads and survives no fork."""
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        url,
        maxPoolSize=CONNECTIONS,
        waitQueueTimeoutMS=WAITING,
        serverSelectionTimeoutMS=SEARCHING,
    )
    async with client:
        articles = client.get_default_database("zonda")["articles"]
        await articles.create_index("title", unique=True)  # a wrong address shows now
        yield Application(
            [(r"/articles", Articles), (r"/articles/(\w+)", Article)], articles=articles
        )


if __name__ == "__main__":
    main(site, URL)
