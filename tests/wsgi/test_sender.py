"""A thread never waits for a loop that is gone."""

from __future__ import annotations

import asyncio
import threading

import pytest

from zonda.http import HTTPConnection, HTTPHeaders, ResponseStartLine
from zonda.wsgi import ClientDisconnectedError
from zonda.wsgi import sender as module
from zonda.wsgi.sender import Sender


class Connection:
    """Never has room."""

    async def write(self, chunk: bytes) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()

    async def write_headers(
        self, start_line: ResponseStartLine, headers: HTTPHeaders, chunk: bytes | None = None
    ) -> None:
        """Wait for ever."""

    def finish(self) -> None:
        """Nothing."""


connection: HTTPConnection = Connection()


def ended(loop: asyncio.AbstractEventLoop) -> list[BaseException]:
    """Send from a thread; what it got when *loop*, which does not run, was closed."""
    errors: list[BaseException] = []

    def send() -> None:
        try:
            Sender(loop, connection).send(b"x", False)
        except ClientDisconnectedError as error:
            errors.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    thread.join(0.05)
    loop.close()
    thread.join()
    return errors


def test_a_loop_that_is_closed_while_a_thread_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOP_CHECK_INTERVAL", 0.01)
    assert [str(error) for error in ended(asyncio.new_event_loop())] == ["the server has ended"]


def test_a_loop_that_was_closed_before() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(ClientDisconnectedError, match="the server has ended"):
        Sender(loop, connection).send(b"x", False)


async def test_a_loop_that_cancels_what_waits() -> None:
    loop = asyncio.get_running_loop()
    sending = loop.run_in_executor(None, Sender(loop, connection).send, b"x", False)
    before = asyncio.all_tasks()
    while not (new := asyncio.all_tasks() - before):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0)
    for task in new:
        task.cancel()
    with pytest.raises(ClientDisconnectedError, match="the server has ended"):
        await sending


async def test_a_client_that_is_gone() -> None:
    loop = asyncio.get_running_loop()
    sender = Sender(loop, connection)
    sender.disconnect()
    with pytest.raises(ClientDisconnectedError, match="the client went away"):
        await loop.run_in_executor(None, sender.send, b"x", True)
    await loop.run_in_executor(None, sender.abort)
