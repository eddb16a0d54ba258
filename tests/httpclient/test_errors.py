from __future__ import annotations

import asyncio
import pickle

import pytest

from tests.httpclient.servers import serving
from zonda.httpclient import (
    AsyncHTTPClient,
    ClientClosedError,
    HTTPClientError,
    HTTPError,
    HTTPTimeoutError,
    ProxyError,
    RequestError,
)


def test_one_root_with_two_names() -> None:
    assert HTTPError is HTTPClientError
    assert issubclass(RequestError, ValueError)
    assert issubclass(ClientClosedError, RuntimeError)
    assert issubclass(HTTPTimeoutError, TimeoutError)


@pytest.mark.parametrize(
    "error",
    [HTTPClientError(404), HTTPClientError(299), HTTPTimeoutError("late"), ProxyError("no", 407)],
)
def test_errors_survive_pickling(error: HTTPClientError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.code) == (type(error), str(error), error.code)
    assert copy.args == error.args


async def test_a_timeout_is_what_asyncio_calls_one(client: AsyncHTTPClient) -> None:
    """Whoever asks for that, and whoever asks for errors of a client, gets it."""
    never = asyncio.Event()
    async with serving(lambda request: never.wait()) as server:
        for kind in (TimeoutError, HTTPClientError):
            with pytest.raises(kind) as caught:
                async with asyncio.timeout(10) as limit:
                    await client.fetch(server.url, request_timeout=0.01)
            assert type(caught.value) is HTTPTimeoutError
            assert (caught.value.errno, caught.value.code) == (None, 599)
            assert not limit.expired()


def test_messages() -> None:
    assert str(HTTPClientError(404)) == "HTTP 404: Not Found"
    assert str(HTTPClientError(299)) == "HTTP 299: Unknown"
    assert str(HTTPClientError(404, "Gone fishing")) == "HTTP 404: Gone fishing"
    assert str(HTTPTimeoutError("late")) == "late"
