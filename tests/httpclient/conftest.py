"""A client for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from zonda.httpclient import AsyncHTTPClient


@pytest.fixture
async def client() -> AsyncIterator[AsyncHTTPClient]:
    async with AsyncHTTPClient(force_instance=True) as client:
        yield client
