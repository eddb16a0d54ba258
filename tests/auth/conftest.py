"""A browser for each test, and no memory of the tests before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.auth.plain_handler import Browser
from zonda.auth import flows, issuers, openid
from zonda.httpclient import AsyncHTTPClient


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with AsyncHTTPClient(force_instance=True) as client:
        yield Browser(client)


@pytest.fixture(autouse=True)
def nothing_spent() -> Iterator[None]:
    yield
    flows._spent.clear()
    openid._spent.clear()
    issuers._issuers.clear()  # the next provider may get the same port
