"""A body is read to its length, or to its end where the server marks that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wsgi.asking import adapting, echoing, make_environ

CHUNKED = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({}, b"hello world"),
        ({"CONTENT_LENGTH": "5"}, b"hello"),
        ({"CONTENT_LENGTH": ""}, b""),
        ({"CONTENT_LENGTH": None}, b""),
        ({"CONTENT_LENGTH": "0"}, b""),
        ({**CHUNKED, "wsgi_input_terminated": True}, b"hello world"),
    ],
)
def test_how_long_a_body_is(changes: dict[str, Any], body: bytes) -> None:
    with adapting(echoing()) as ask:
        assert ask(make_environ(b"hello world", **changes)).body == body


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"CONTENT_LENGTH": "12"}, "400"),
        ({"CONTENT_LENGTH": "-1"}, "400"),
        ({"CONTENT_LENGTH": "1_0"}, "400"),
        (CHUNKED, "411"),
    ],
)
def test_bodies_that_are_refused(changes: dict[str, Any], status: str) -> None:
    with adapting(echoing()) as ask:
        answer = ask(make_environ(b"hello world", **changes))
    assert answer.status.startswith(status)
    assert answer.body.startswith(status.encode() + b": ")
