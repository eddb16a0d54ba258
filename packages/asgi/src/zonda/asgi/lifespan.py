"""Telling an application when the server starts and ends.

The stages of the lifespan protocol, each entered by what the application sends::

    STARTING ──startup.complete──▶ RUNNING ──shutdown──▶ ENDING ──shutdown.complete──▶ OVER
    STARTING ──the application raises or returns──▶ OVER (it does not speak this protocol)
"""

from __future__ import annotations

import asyncio
import enum
import logging

from .errors import LifespanError, MessageError
from .protocol import LIFESPAN_VERSIONS, ASGICallable, Message

log = logging.getLogger("zonda.general")


class Stage(enum.Enum):
    """Where the application is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    ENDING = "ending"
    OVER = "over"


class Lifespan:
    """Runs the lifespan of one application.

    :param app: the application.
    :param state: what it puts down for its requests.
    :param timeout: seconds that starting may take, and ending.
    """

    def __init__(self, app: ASGICallable, state: dict[str, object], timeout: float) -> None:
        self._app = app
        self._state = state
        self._timeout = timeout
        self._stage = Stage.STARTING
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._answered = asyncio.Event()
        self._failure: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Let the application start; one that does not know the protocol is left alone.

        :raises LifespanError: it says that it failed, or takes longer than the timeout.
        """
        self._task = asyncio.get_running_loop().create_task(self._run())
        await self._ask("startup")
        if self._stage is Stage.STARTING:
            self._stage = Stage.RUNNING

    async def shutdown(self) -> None:
        """Let the application end.

        :raises LifespanError: it says that it failed, or takes longer than the timeout.
        """
        if self._stage is Stage.RUNNING:
            self._stage = Stage.ENDING
            self._answered.clear()
            await self._ask("shutdown")
        if self._task is not None:
            await self._stop(self._task)

    async def _ask(self, what: str) -> None:
        self._events.put_nowait({"type": f"lifespan.{what}"})
        try:
            async with asyncio.timeout(self._timeout):
                await self._answered.wait()
        except TimeoutError:
            self._failure = f"no answer within {self._timeout:g} seconds"
        if self._failure is not None:
            assert self._task is not None
            await self._stop(self._task)
            raise LifespanError(f"the {what} of the application failed: {self._failure}")

    async def _stop(self, task: asyncio.Task[None]) -> None:
        self._stage = Stage.OVER
        # An application ends by itself after the last event; one that does not is cancelled.
        _, late = await asyncio.wait((task,), timeout=0 if self._failure else self._timeout)
        for each in late:
            each.cancel()
            await asyncio.wait((each,))

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": LIFESPAN_VERSIONS, "state": self._state}
        try:
            await self._app(scope, self._events.get, self._send)
        except Exception as error:
            if self._stage is Stage.STARTING:
                log.info("The application has no lifespan: %s", error)
            else:
                log.error("Uncaught exception in the application's lifespan", exc_info=error)
                self._failure = self._failure or f"it raised {error!r}"
        finally:
            self._stage = Stage.OVER
            self._answered.set()

    async def _send(self, message: Message) -> None:
        kind = str(message.get("type"))
        what = {Stage.STARTING: "startup", Stage.ENDING: "shutdown"}.get(self._stage)
        if what is None or kind not in (f"lifespan.{what}.complete", f"lifespan.{what}.failed"):
            raise MessageError(
                f"message {kind!r} may not come while the application is {self._stage.value}"
            )
        if kind.endswith(".failed"):
            self._failure = str(message.get("message", "")) or "it does not say why"
        self._answered.set()
