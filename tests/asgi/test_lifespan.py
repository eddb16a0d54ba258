"""Applications are told when the server starts and ends."""

from __future__ import annotations

import asyncio

import pytest

from tests.asgi.containing import GET, answer, serving
from zonda.asgi import ASGIContainer, LifespanError, Receive, Scope, Send


class App:
    """Records what it is told, and says what it is made to say."""

    def __init__(self, startup: str = "complete", shutdown: str = "complete") -> None:
        self.said = {"startup": startup, "shutdown": shutdown}
        self.seen: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(scope["type"])
        if scope["type"] == "http":
            scope["state"]["visits"] += 1
            await answer(send, str(scope["state"]["visits"]).encode())
            return
        scope["state"]["visits"] = 6
        for what in ("startup", "shutdown"):
            assert await receive() == {"type": f"lifespan.{what}"}
            said = self.said[what]
            if said == "raise":
                raise ValueError("broken")
            if said == "hang":
                await asyncio.Event().wait()
            await send({"type": said if "." in said else f"lifespan.{what}.{said}", "message": "m"})
            self.seen.append(what)


async def test_requests_run_between_start_and_end_with_a_copy_of_the_state() -> None:
    app = App()
    async with ASGIContainer(app) as container, serving(container) as site:
        client = await site.connect()
        assert (await client.ask(GET)).body == b"7"
        assert (await client.ask(GET)).body == b"7"
    assert app.seen == ["lifespan", "startup", "http", "http", "shutdown"]
    assert container.state == {"visits": 6}


@pytest.mark.parametrize("said", ["failed", "hang"])
@pytest.mark.parametrize("when", ["startup", "shutdown"])
async def test_an_application_that_cannot_start_or_end_says_so(when: str, said: str) -> None:
    container = ASGIContainer(App(**{when: said}), lifespan_timeout=0.1)
    why = "m" if said == "failed" else "no answer within 0.1 seconds"
    with pytest.raises(LifespanError, match=f"^the {when} of the application failed: {why}$"):
        async with container:
            assert when == "shutdown"


@pytest.mark.parametrize("said", ["raise", "lifespan.shutdown.complete", "nonsense.x"])
async def test_an_application_that_fails_to_take_part_is_served_without(said: str) -> None:
    app = App(startup=said)
    async with ASGIContainer(app) as container, serving(container) as site:
        assert (await (await site.connect()).ask(GET)).body == b"7"
    assert app.seen == ["lifespan", "http"]


async def test_an_application_that_raises_at_its_end_is_an_error() -> None:
    with pytest.raises(LifespanError, match="it raised ValueError"):
        async with ASGIContainer(App(shutdown="raise")):
            pass


async def test_an_application_that_does_not_return_after_its_end_is_cancelled() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for what in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{what}.complete"})
        await asyncio.Event().wait()

    async with ASGIContainer(app, lifespan_timeout=0.1):
        before = len(asyncio.all_tasks())
    assert len(asyncio.all_tasks()) == before - 1
