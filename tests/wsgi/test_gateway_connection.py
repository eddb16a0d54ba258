"""The connection keeps the rules of answers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.wsgi.asking import TEXT, adapting, make_environ, writing
from zonda.http import HTTPHeaders, HTTPOutputError, ResponseStartLine
from zonda.httpserver import AnswerError
from zonda.iostream import StreamClosedError
from zonda.wsgi import AnswerAbortedError
from zonda.wsgi.gateway_connection import GatewayConnection
from zonda.wsgi.peer import ForeignPeer

OK = ResponseStartLine("HTTP/1.1", 200, "")
HINTS = ResponseStartLine("HTTP/1.1", 103, "")


def head(length: str = "1") -> Callable[[Any], object]:
    """Writes a head with a length."""
    return lambda connection: connection.write_headers(OK, HTTPHeaders({"Content-Length": length}))


def whole(body: bytes = b"x") -> Callable[[Any], object]:
    """Writes a whole answer."""
    return lambda connection: connection.respond(200, TEXT, body)


def test_hop_by_hop_fields_and_interim_answers_stay_here() -> None:
    def write(connection: Any) -> None:
        connection.write_headers(HINTS, HTTPHeaders({"Link": "</a>"}))
        headers = HTTPHeaders({"Connection": "close", "Content-Length": "2", "X-A": "é"})
        line = ResponseStartLine("HTTP/1.1", 200, "Fine")
        connection.write_headers(line, headers, b"ab")
        connection.finish()

    with adapting(writing(write)) as ask:
        answer = ask(make_environ())
    assert answer == ("200 Fine", {"Content-Length": "2", "X-A": "é"}, b"ab")


@pytest.mark.parametrize(("code", "status"), [(204, "204 No Content"), (799, "799 Unknown")])
def test_answers_without_a_body(code: int, status: str) -> None:
    def write(connection: Any) -> None:
        connection.write_headers(ResponseStartLine("HTTP/1.1", code, ""), HTTPHeaders())
        connection.finish()

    with adapting(writing(write)) as ask:
        assert ask(make_environ()) == (status, {}, b"")


def test_a_whole_answer_may_have_words_of_its_own() -> None:
    site = writing(lambda connection: connection.respond(200, TEXT, b"x", "Fine"))
    with adapting(site) as ask:
        assert ask(make_environ()).status == "200 Fine"


def test_head_has_a_length_and_no_body() -> None:
    def write(connection: Any) -> None:
        connection.write_headers(OK, HTTPHeaders({"Content-Length": "5"}), b"hello")
        connection.finish()

    for site in (writing(write), writing(whole(b"hello"))):
        with adapting(site) as ask:
            answer = ask(make_environ(REQUEST_METHOD="HEAD"))
        assert (answer.headers["Content-Length"], answer.body) == ("5", b"")


@pytest.mark.parametrize(
    "steps",
    [
        [lambda connection: connection.write(b"x")],
        [lambda connection: connection.finish()],
        [head(), lambda connection: connection.write(b"xy")],
        [head(), lambda connection: connection.finish()],
        [head(), head()],
        [head(), whole()],
        [head(), lambda connection: connection.write_headers(HINTS, HTTPHeaders())],
        [whole(), lambda connection: connection.write(b"x")],
        [whole(), lambda connection: connection.finish()],
        [lambda connection: connection.respond(204, "", b"x")],
    ],
)
def test_what_is_out_of_order_is_an_error(steps: list[Callable[[Any], object]]) -> None:
    errors: list[AnswerError] = []

    def write(connection: Any) -> None:
        for step in steps[:-1]:
            step(connection)
        with pytest.raises(AnswerError) as caught:
            steps[-1](connection)
        errors.append(caught.value)
        connection.abort()

    with adapting(writing(write)) as ask, contextlib.suppress(AnswerAbortedError):
        ask(make_environ())
    assert len(errors) == 1


def test_the_server_decides_on_the_framing() -> None:
    def write(connection: Any) -> None:
        with pytest.raises(HTTPOutputError):
            connection.write_headers(OK, HTTPHeaders({"Transfer-Encoding": "chunked"}))
        connection.respond(200, TEXT, b"x")

    with adapting(writing(write)) as ask:
        assert ask(make_environ()).body == b"x"


def test_what_needs_the_connection_is_not_implemented() -> None:
    with adapting(writing(lambda connection: connection.detach())) as ask:
        answer = ask(make_environ())
    assert answer.status == "501 Not Implemented"
    assert b"websockets and other upgrades need zonda.httpserver" in answer.body


async def test_after_the_end_nothing_is_written_and_whoever_waits_is_told() -> None:

    connection = GatewayConnection("GET", ForeignPeer(make_environ()), 10)
    connection.close()
    with pytest.raises(StreamClosedError):
        await connection.write_headers(OK, HTTPHeaders(), b"x")
    with pytest.raises(StreamClosedError):
        await connection.write(b"x")
    connection.finish()
    assert connection.parts.empty()
