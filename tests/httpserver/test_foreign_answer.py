"""An answer on another server's connection: the rules, whatever the form of that server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest

from zonda.http import HTTPHeaders, HTTPInputError, HTTPOutputError, ResponseStartLine
from zonda.httpserver import AnswerError, AnswerState, ForeignAnswer, ForeignPeer
from zonda.httpserver.foreign_answer import HIGH_WATER
from zonda.iostream import READY, StreamClosedError

OK = ResponseStartLine("HTTP/1.1", 200, "Fine")
HINTS = ResponseStartLine("HTTP/1.1", 103, "")


class Recorder(ForeignAnswer):
    """Writes down what is passed on."""

    def __init__(self, method: str = "GET") -> None:
        super().__init__(method, ForeignPeer(("192.0.2.1", 5000), "http"), 100)
        self.parts: list[object] = []

    def put_head(self, code: int, reason: str, headers: Iterable[tuple[str, str]]) -> None:
        self.parts.append((code, reason, dict(headers)))

    def put_body(self, chunk: bytes) -> None:
        self.parts.append(chunk)

    def put_end(self) -> None:
        self.parts.append(self.answer)


def length(size: int) -> HTTPHeaders:
    return HTTPHeaders({"Content-Length": str(size)})


def test_a_whole_answer() -> None:
    answer = Recorder()
    answer.respond(200, "A: b\r\nC:d\r\n", b"body", "Fine")
    head = (200, "Fine", {"A": "b", "C": "d", "Content-Length": "4"})
    assert answer.parts == [head, b"body", AnswerState.COMPLETE]
    assert not answer.is_open


def test_head_body_and_end() -> None:
    answer = Recorder()
    assert answer.is_open
    assert answer.write_headers(OK, HTTPHeaders({"A": "b"}), b"one") is READY
    assert answer.write(b"") is READY
    answer.write(b"two")
    answer.finish(HTTPHeaders({"X-Trailer": "left out"}))
    assert answer.parts == [(200, "Fine", {"A": "b"}), b"one", b"two", AnswerState.COMPLETE]


def test_an_interim_head_is_left_out_where_there_is_no_place_for_it() -> None:
    answer = Recorder()
    answer.write_headers(HINTS, HTTPHeaders({"Link": "</a>"}))
    answer.respond(200, "", b"")
    assert [type(part) for part in answer.parts] == [tuple, AnswerState]


@pytest.mark.parametrize(("method", "code"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_answers_without_a_body(method: str, code: int) -> None:
    answer = Recorder(method)
    headers = length(5) if method == "HEAD" else HTTPHeaders()
    answer.write_headers(ResponseStartLine("HTTP/1.1", code, ""), headers)
    if method == "HEAD":
        answer.write(b"hello")
    answer.finish()
    assert [type(part) for part in answer.parts] == [tuple, AnswerState]


Step = Callable[[ForeignAnswer], object]


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        ([lambda a: a.write(b"x")], AnswerState.NOTHING),
        ([lambda a: a.finish()], AnswerState.NOTHING),
        ([lambda a: a.write_headers(OK, length(1)), lambda a: a.write(b"xy")], AnswerState.ABORTED),
        ([lambda a: a.write_headers(OK, length(1)), lambda a: a.finish()], AnswerState.ABORTED),
        ([lambda a: a.respond(204, "", b"x")], AnswerState.ABORTED),
        ([lambda a: a.write_headers(OK, length(1))] * 2, AnswerState.HEAD),
        (
            [lambda a: a.write_headers(OK, length(1)), lambda a: a.write_headers(HINTS, length(1))],
            AnswerState.HEAD,
        ),
        ([lambda a: a.respond(200, "", b"x"), lambda a: a.write(b"x")], AnswerState.COMPLETE),
        ([lambda a: a.respond(200, "", b"x"), lambda a: a.finish()], AnswerState.COMPLETE),
    ],
)
def test_what_is_out_of_order_is_an_error(steps: list[Step], end: AnswerState) -> None:
    answer = Recorder()
    for step in steps[:-1]:
        step(answer)
    with pytest.raises(AnswerError):
        steps[-1](answer)
    assert answer.answer is end


def test_the_server_decides_on_the_framing() -> None:
    with pytest.raises(HTTPOutputError, match="the server itself decides"):
        Recorder().write_headers(OK, HTTPHeaders({"Transfer-Encoding": "chunked"}))


def test_a_refusal_is_an_answer_only_before_there_is_another() -> None:
    answer = Recorder()
    answer.refuse(400, "not so")
    assert answer.parts[1:] == [b"400: not so\n", AnswerState.COMPLETE]
    assert answer.answer is AnswerState.REFUSED
    answer = Recorder()
    answer.write_headers(OK, length(1))
    answer.refuse(400, "not so")
    assert answer.parts[1:] == [AnswerState.ABORTED]


def test_a_request_is_refused_a_delegate_fails_and_the_connection_is_kept() -> None:
    answers = [Recorder(), Recorder(), Recorder()]
    answers[0].refuse_request(HTTPInputError("too much", 413))
    answers[1].fail()
    reason = answers[2].keep_connection("a server")
    assert [answer.parts[0][0] for answer in answers] == [413, 500, 501]  # type: ignore[index]  # heads
    assert answers[2].parts[1] == f"501: {reason}\n".encode()


async def test_whoever_writes_much_waits_until_it_is_taken() -> None:
    answer = Recorder()
    answer.write_headers(OK, HTTPHeaders())
    room = answer.write(bytes(HIGH_WATER + 10))
    waiting = asyncio.ensure_future(room)
    answer.taken(5)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    answer.taken(HIGH_WATER)
    await waiting
    assert answer.room() is READY


async def test_after_the_end_nothing_is_written_and_whoever_waits_is_told() -> None:
    answer = Recorder()
    answer.write_headers(OK, HTTPHeaders())
    waiting = asyncio.ensure_future(answer.write(bytes(HIGH_WATER)))
    await asyncio.sleep(0)
    answer.close()
    with pytest.raises(StreamClosedError):
        await waiting
    with pytest.raises(StreamClosedError):
        await answer.write(b"x")
    answer.finish()
    assert len(answer.parts) == 2


def test_a_subclass_has_to_pass_things_on() -> None:
    answer = ForeignAnswer("GET", ForeignPeer(None, "http"), 100)
    answer.set_max_body_size(5)
    assert answer.max_body_size == 5
    answer.put_interim(103, HTTPHeaders())
    with pytest.raises(NotImplementedError):
        answer.put_head(200, "", [])
    with pytest.raises(NotImplementedError):
        answer.put_body(b"")
    with pytest.raises(NotImplementedError):
        answer.put_end()
