"""Applications for the tests of the command."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator

from zonda.web import Application, RequestHandler, RuleLike


class Hello(RequestHandler):
    """Says which process it is, and how it was asked."""

    def get(self) -> None:
        request = self.request
        self.write(f"hello {request.protocol} {request.remote_ip} {os.getpid()}")


RULES: list[RuleLike] = [("/", Hello, {}, "home"), (r"/other/(\d+)", Hello)]
app = Application(RULES)
number = 7


def make_app() -> Application:
    """A function that makes it."""
    return Application(RULES)


async def make_later() -> Application:
    """A coroutine function that makes it."""
    return Application(RULES)


@contextlib.asynccontextmanager
async def lifetime() -> AsyncIterator[Application]:
    """An application with a beginning and an end."""
    print("begins", flush=True)
    yield Application(RULES)
    print("ends", flush=True)


def fail() -> Application:
    """A function that fails."""
    raise OSError("the database is away")


def make_nothing() -> str:
    """A function that makes something else."""
    return "nothing"
