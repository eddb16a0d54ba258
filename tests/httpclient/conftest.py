"""A client for each test, and for each way to make connections."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.certificates import authority
from zonda.httpclient import AsyncHTTPClient, CurlAsyncHTTPClient

KINDS = [AsyncHTTPClient, CurlAsyncHTTPClient]


@pytest.fixture(params=KINDS, ids=["own", "curl"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[AsyncHTTPClient]:
    """A client of either kind: what it does is the same."""
    if request.param is CurlAsyncHTTPClient:
        pytest.importorskip("pycurl", reason="pycurl is not installed")
    async with request.param(force_instance=True) as client:
        yield client


@pytest.fixture
async def own_client() -> AsyncIterator[AsyncHTTPClient]:
    """A client that makes its connections itself."""
    async with AsyncHTTPClient(force_instance=True) as client:
        yield client


@pytest.fixture(scope="session")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with the certificate of the tests' authority."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority().cert_pem.write_to_path(str(path))
    return str(path)
