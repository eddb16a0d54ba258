from __future__ import annotations

import pickle

import pytest

from zonda.httpclient import (
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


@pytest.mark.parametrize(
    "error",
    [HTTPClientError(404), HTTPClientError(299), HTTPTimeoutError("late"), ProxyError("no", 407)],
)
def test_errors_survive_pickling(error: HTTPClientError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.code) == (str(error), error.code)


def test_messages() -> None:
    assert str(HTTPClientError(404)) == "HTTP 404: Not Found"
    assert str(HTTPClientError(299)) == "HTTP 299: Unknown"
    assert str(HTTPClientError(404, "Gone fishing")) == "HTTP 404: Gone fishing"
    assert str(HTTPTimeoutError("late")) == "late"
