"""A site with a database: opened before the first request, closed after the last one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.raw_client import Client
from zonda.asgi import ASGIAdapter
from zonda.database import Database, DatabaseMixin, InterfaceError, PoolTimeoutError
from zonda.httpserver import HTTPServer
from zonda.web import Application, HTTPError, RequestHandler


class Notes(RequestHandler, DatabaseMixin):
    async def get(self) -> None:
        rows = await self.db.query("SELECT id, text FROM notes ORDER BY id")
        self.write({"notes": rows})

    async def post(self) -> None:
        text = self.get_body_argument("text")
        async with self.db.transaction():
            key = await self.db.insert("INSERT INTO notes (text) VALUES (%s)", text)
            if text == "bad":
                raise HTTPError(422)
        self.write({"id": key})


class Slow(RequestHandler, DatabaseMixin):
    """Holds the only connection until it is told to go on."""

    async def get(self) -> None:
        entered, go_on = self.settings["entered"], self.settings["go_on"]
        assert isinstance(entered, asyncio.Event) and isinstance(go_on, asyncio.Event)
        async with self.db.session() as session:
            entered.set()
            await go_on.wait()
            self.write({"n": (await session.query("SELECT count(*) AS n FROM notes"))[0].n})


class Impatient(RequestHandler, DatabaseMixin):
    async def get(self) -> None:
        try:
            self.write({"one": (await self.db.query("SELECT 1 AS one"))[0].one})
        except PoolTimeoutError as error:
            raise HTTPError(503) from error


class Without(RequestHandler, DatabaseMixin):
    def get(self) -> None:
        self.write({"db": repr(self.db)})


@contextlib.asynccontextmanager
async def site(path: Path) -> AsyncIterator[Application]:
    """What `zonda.httpserver.serve` takes: a context that gives the application."""
    async with Database(f"sqlite:///{path}", pool_size=1, pool_timeout=0.05) as db:
        await db.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT)")
        yield Application(
            [("/notes", Notes), ("/slow", Slow), ("/impatient", Impatient)],
            db=db,
            entered=asyncio.Event(),
            go_on=asyncio.Event(),
        )


async def ask(port: int, method: str, path: str, body: str = "") -> tuple[int, object]:
    """Status and JSON of one request on a connection of its own."""
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    client.send(
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()
    )
    answer = await client.read()
    client.writer.close()
    return answer.code, json.loads(answer.body) if answer.code == 200 else None


def listening(application: Application) -> tuple[HTTPServer, int]:
    server = HTTPServer(application)
    [sock] = server.listen(0, "127.0.0.1")
    return server, sock.getsockname()[1]


async def test_handlers_use_the_database(tmp_path: Path) -> None:
    async with site(tmp_path / "site.db") as application:
        server, port = listening(application)
        assert await ask(port, "POST", "/notes", "text=hello") == (200, {"id": 1})
        assert await ask(port, "POST", "/notes", "text=bad") == (422, None)  # and it is undone
        assert await ask(port, "GET", "/notes") == (200, {"notes": [{"id": 1, "text": "hello"}]})
        await server.drain()


async def test_what_runs_is_answered_before_the_pool_closes(tmp_path: Path) -> None:
    async with site(tmp_path / "site.db") as application:
        db, settings = application.settings["db"], application.settings
        assert isinstance(db, Database)
        server, port = listening(application)
        answer = asyncio.ensure_future(ask(port, "GET", "/slow"))
        entered, go_on = settings["entered"], settings["go_on"]
        assert isinstance(entered, asyncio.Event) and isinstance(go_on, asyncio.Event)
        await entered.wait()
        draining = asyncio.ensure_future(server.drain())
        await asyncio.sleep(0)
        assert not draining.done()
        go_on.set()
        assert await draining
        assert await answer == (200, {"n": 0})
    with pytest.raises(InterfaceError, match="closed"):
        await db.query("SELECT 1")


async def test_exhausted_pool_is_for_the_handler_to_answer(tmp_path: Path) -> None:
    async with site(tmp_path / "site.db") as application:
        server, port = listening(application)
        holding = asyncio.ensure_future(ask(port, "GET", "/slow"))
        entered, go_on = application.settings["entered"], application.settings["go_on"]
        assert isinstance(entered, asyncio.Event) and isinstance(go_on, asyncio.Event)
        await entered.wait()
        assert await ask(port, "GET", "/impatient") == (503, None)
        go_on.set()
        assert (await holding)[0] == 200
        assert (await ask(port, "GET", "/impatient"))[0] == 200
        await server.drain()


async def test_unused_it_costs_nothing_and_missing_it_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server, port = listening(Application([("/db", Without)]))
    assert await ask(port, "GET", "/db") == (500, None)
    assert "setting 'db' has to be a Database" in caplog.text
    await server.drain()


async def test_lifespan_of_an_asgi_server(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/site.db")
    adapter = ASGIAdapter(Application([("/db", Without)], db=db), db.open, db.close)
    events = iter(["startup", "shutdown"])
    sent: list[str] = []

    async def receive() -> dict[str, object]:
        return {"type": f"lifespan.{next(events)}"}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message["type"])

    await adapter({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    with pytest.raises(InterfaceError, match="closed"):
        await db.query("SELECT 1")
