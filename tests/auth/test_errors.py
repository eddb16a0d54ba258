"""Errors have a status for the client and a text for the log, in one line."""

from __future__ import annotations

import pytest

from zonda.auth import (
    AuthError,
    FlowError,
    PasswordError,
    ProviderError,
    RefusedError,
    TokenError,
)
from zonda.auth.errors import MAX_REASON_SIZE
from zonda.http import HTTPInputError
from zonda.httpclient import HTTPClientError, HTTPRequest, HTTPResponse


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AuthError, 400),
        (FlowError, 403),
        (RefusedError, 403),
        (TokenError, 403),
        (ProviderError, 500),
        (PasswordError, 400),
    ],
)
def test_statuses(error: type[AuthError], status: int) -> None:
    made = error("text")
    assert (made.status, str(made)) == (status, "text")
    assert isinstance(made, HTTPInputError)


def test_a_reason_of_the_provider() -> None:
    error = RefusedError("no login", error="access_denied", description="She said no")
    assert str(error) == "no login: access_denied: She said no"
    assert (error.error, error.description) == ("access_denied", "She said no")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\r\nb\0\x1b[31mc\x7f", "a b [31mc "),
        ("x" * (MAX_REASON_SIZE + 1), "x" * MAX_REASON_SIZE),
        ("", None),
        (7, None),
        ({"a": 1}, None),
        ("Grüße 🐎", "Grüße 🐎"),
        ("a\u2028b\u202ec\ud800d", "a b c d"),
    ],
)
def test_foreign_text_fits_into_one_line(given: object, kept: str | None) -> None:
    assert AuthError("text", error=given).error == kept


def test_what_comes_of_an_answer_is_an_error_of_the_client_too() -> None:
    """Programs that ask for something in the user's name catch that."""
    request = HTTPRequest("https://provider.example/")
    response = HTTPResponse(request, 418)
    for kind in (RefusedError, ProviderError):
        error = kind("text", error="teapot", response=response)
        assert isinstance(error, HTTPClientError)
        assert (error.code, error.response) == (418, response)
        assert str(error) == error.message == "text: teapot"
        assert kind("text").code == 599
