"""What is fed with arbitrary bytes, and what must hold whatever they are.

Each target takes the bytes and raises if a rule is broken: an exception that the caller does not
expect, an outcome that depends on how the bytes were cut, a result that makes no sense.  The first
byte says where to cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Callable, Iterator
from typing import Final

from tests.httpclient import response_heads
from tests.httpserver.header_lines import python_reads, read
from tests.httpserver.in_memory import Exchange, Outcome
from zonda.http import (
    HTTPInputError,
    HTTPOutputError,
    MultipartParser,
    PartData,
    RangeNotSatisfiableError,
    format_set_cookie,
    parse_content_range,
    parse_cookie,
    parse_forwarded,
    parse_proxy_header,
    parse_range_header,
    parse_set_cookie,
    quote_cookie_value,
    unquote_cookie_value,
)
from zonda.template import DictLoader, Template, TemplateError
from zonda.websocket.events import Closed, Event, Failed, Unfinished
from zonda.websocket.protocol import Protocol
from zonda.websocket.states import Side

Check = Callable[[bytes], None]


class Complaints(logging.Handler):
    """Remembers what was logged as an error, which nothing from the network may cause."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def cut(data: bytes) -> tuple[bytes, list[bytes]]:
    """What the bytes are, and the pieces in which they come."""
    size, rest = (data[0] % 32 + 1, data[1:]) if data else (1, b"")
    return rest, [rest[start : start + size] for start in range(0, len(rest), size)]


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


@contextlib.contextmanager
def _complaints() -> Iterator[list[logging.LogRecord]]:
    """What is logged as an error meanwhile; nothing of it is shown."""
    handler = Complaints()
    logger = logging.getLogger("zonda")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield handler.records
    finally:
        logger.propagate = True
        logger.removeHandler(handler)


async def _serve(pieces: list[bytes]) -> Outcome:
    exchange = Exchange(max_body_size=100, max_header_size=1000)
    exchange.feed(pieces)
    await exchange.settle()
    return exchange.finish()


def check_connection(data: bytes) -> None:
    """A server's connection: the same answers however the bytes come, and no exception."""
    whole, pieces = cut(data)
    with _complaints() as records:
        outcomes = [_loop().run_until_complete(_serve(parts)) for parts in ([whole], pieces)]
    assert not records, records[0].getMessage()
    assert outcomes[0].essence == outcomes[1].essence, (outcomes[0], outcomes[1])
    for status in outcomes[0].statuses:
        assert status in (100, 200, 400, 405, 413, 414, 417, 431, 505), status


def check_header_lines(data: bytes) -> None:
    """Header lines: read by the functions in C as by the Python parser, or left to that."""
    most, raw = (data[0] % 32, data[1:]) if data else (0, b"")
    for whole in (raw, raw + b"\r\n", b"Host: a\r\n" + raw + b"\r\n\r\n"):
        expected = python_reads(whole, most)
        assert read(whole, most) in (expected, None)


def check_response_heads(data: bytes) -> None:
    """Heads of answers: read by the functions in C as by the Python parser, or left to that."""
    for whole in (data, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + data + b"\r\n\r\n"):
        assert response_heads.read(whole) in (response_heads.python_reads(whole), None)


def _read_form(pieces: list[bytes]) -> list[object]:
    parser = MultipartParser(b"b")
    events: list[object] = []
    for piece in [*pieces, None]:
        try:
            if piece is None:
                parser.finish()
                return events
            for event in parser.feed(piece):
                if isinstance(event, PartData) and events and isinstance(events[-1], bytes):
                    events[-1] += event.data
                elif isinstance(event, PartData):
                    events.append(event.data)
                else:
                    events.append(event)
        except HTTPInputError:
            return ["refused"]
    return events


def check_multipart(data: bytes) -> None:
    """A form: the same parts however it is cut, or refused either way."""
    whole, pieces = cut(data)
    assert _read_form([whole]) == _read_form(pieces)


def check_cookies(data: bytes) -> None:
    """Cookies of both directions: nothing raises, and what is written is read again."""
    text = data.decode("latin-1")
    for name, value in parse_cookie(text).items():
        assert isinstance(name, str)
        assert isinstance(value, str)
    with contextlib.suppress(HTTPOutputError):
        assert unquote_cookie_value(quote_cookie_value(text)) == text
    found = parse_set_cookie(text)
    if found is not None:
        with contextlib.suppress(ValueError):
            again = parse_set_cookie(format_set_cookie(found.name, found.value))
            assert again is not None
            assert again.name == found.name


def check_ranges(data: bytes) -> None:
    """Headers that name parts of something, or who asked for it."""
    text = data.decode("latin-1")
    total = len(data) * 7
    try:
        ranges = parse_range_header(text, total)
    except RangeNotSatisfiableError:
        ranges = None
    last = 0
    for start, end in sorted(ranges or ()):
        assert last <= start < end <= total
        last = end
    parse_content_range(text)
    parse_forwarded(text)
    with contextlib.suppress(HTTPInputError):
        parse_proxy_header(data)


def _read_frames(pieces: list[bytes], *, bursts: bool) -> list[Event]:
    protocol = Protocol(Side.SERVER, max_message_size=1000, max_fragments=10)
    events: list[Event] = []
    for piece in pieces:
        event = protocol.receive(piece)
        while event is not None:
            if not isinstance(event, Unfinished):
                events.append(event)
            if isinstance(event, Closed | Failed):
                return events
            if bursts:
                events.extend(protocol.small_messages())
            event = protocol.next_event()
    return events


def check_websocket(data: bytes) -> None:
    """Frames: the same events however they are cut, and no exception."""
    whole, pieces = cut(data)
    assert _read_frames([whole], bursts=True) == _read_frames(pieces, bursts=False)


def check_template(data: bytes) -> None:
    """A template is compiled, or refused with file and line; it is not run."""
    text = data.decode("utf-8", "replace")
    loader = DictLoader({"base.html": "{% block a %}{% end %}"})
    with contextlib.suppress(TemplateError):
        Template(text, "fuzz.html", loader)


TARGETS: Final[dict[str, Check]] = {
    "connection": check_connection,
    "header-lines": check_header_lines,
    "response-heads": check_response_heads,
    "multipart": check_multipart,
    "cookies": check_cookies,
    "ranges": check_ranges,
    "websocket": check_websocket,
    "template": check_template,
}
