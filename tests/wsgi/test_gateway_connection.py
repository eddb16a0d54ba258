"""The connection keeps the rules of answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.recording_site import writing
from tests.wsgi.asking import TEXT, adapting, make_environ
from zonda.http import HTTPHeaders, ResponseStartLine
from zonda.httpserver import AnswerError
from zonda.iostream import StreamClosedError
from zonda.wsgi import AnswerAbortedError
from zonda.wsgi.gateway_connection import GatewayConnection
from zonda.wsgi.peer import peer_of

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


def test_an_answer_that_is_too_short_is_given_up() -> None:
    """All rules of answers: tests/httpserver/test_foreign_answer.py."""

    def write(connection: Any) -> None:
        head()(connection)
        with pytest.raises(AnswerError):
            connection.finish()

    with adapting(writing(write)) as ask, pytest.raises(AnswerAbortedError):
        ask(make_environ())


def test_what_needs_the_connection_is_not_implemented() -> None:
    with adapting(writing(lambda connection: connection.detach())) as ask:
        answer = ask(make_environ())
    assert answer.status == "501 Not Implemented"
    assert b"websockets and other upgrades need zonda.httpserver" in answer.body


async def test_after_the_end_nothing_is_written_and_whoever_waits_is_told() -> None:

    connection = GatewayConnection("GET", peer_of(make_environ()), 10)
    connection.close()
    with pytest.raises(StreamClosedError):
        await connection.write_headers(OK, HTTPHeaders(), b"x")
    with pytest.raises(StreamClosedError):
        await connection.write(b"x")
    connection.finish()
    assert connection.parts.empty()
