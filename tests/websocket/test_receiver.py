"""The reading half: cuts do not matter, limits do, and time is linear."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from tests.websocket.frames import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    chop,
    client,
    codecs,
    events,
    failure,
    raw_frame,
    server,
)
from zonda.websocket.events import Closed, Event, Failed, Ping, Pong

MIB = 1 << 20


def stream(*frames: bytes) -> bytes:
    return b"".join(frames)


EVERYTHING = stream(
    raw_frame(TEXT, b"one"),
    raw_frame(BINARY, b"\x00" * 126),
    raw_frame(PING, b"p"),
    raw_frame(TEXT, "zwei ü".encode()[:-1], fin=False),
    raw_frame(PONG, b""),
    raw_frame(CONT, b"", fin=False),
    raw_frame(CONT, "ü".encode()[1:]),
    raw_frame(BINARY),
    raw_frame(BINARY, b"", fin=False),
    raw_frame(CONT),
    raw_frame(TEXT, b"y" * 66_000),
    raw_frame(CLOSE, b"\x03\xe8bye"),
    raw_frame(TEXT, b"never read"),
)
ITS_EVENTS: list[Event] = [
    "one",
    bytes(126),
    Ping(b"p"),
    Pong(b""),
    "zwei ü",
    b"",
    b"",
    "y" * 66_000,
]


def without_reply(found: list[Event]) -> list[Event]:
    return [event._replace(reply=b"") if isinstance(event, Closed) else event for event in found]


def test_a_stream_with_everything_in_one_piece() -> None:
    expected = [*ITS_EVENTS, Closed(1000, "bye", b"")]
    assert without_reply(events(server(), [EVERYTHING])) == expected


def test_the_same_byte_by_byte() -> None:
    pieces = [EVERYTHING[i : i + 1] for i in range(len(EVERYTHING))]
    expected = [*ITS_EVENTS, Closed(1000, "bye", b"")]
    assert without_reply(events(server(), pieces)) == expected


@given(st.lists(st.integers(0, len(EVERYTHING)), max_size=30))
def test_the_same_in_any_cuts(cuts: list[int]) -> None:
    expected = [*ITS_EVENTS, Closed(1000, "bye", b"")]
    assert without_reply(events(server(), chop(EVERYTHING, cuts))) == expected


MESSAGES = st.lists(
    st.one_of(
        st.text(max_size=200), st.binary(max_size=200), st.binary(min_size=120, max_size=130)
    ),
    max_size=6,
)


@given(MESSAGES, st.lists(st.integers(0, 1500), max_size=20), st.booleans())
def test_any_messages_in_any_cuts_compressed_or_not(
    messages: list[str | bytes], cuts: list[int], compressed: bool
) -> None:
    ours, theirs = codecs() if compressed else (None, None)
    here, there = server(ours), client(theirs)
    data = b"".join([there.message(message) for message in messages])
    assert events(here, chop(data, cuts), bursts=True) == messages
    back = b"".join([here.message(message) for message in messages])
    assert events(there, chop(back, cuts), bursts=True) == messages


FRAGMENTED = st.tuples(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=8))


@given(FRAGMENTED, st.lists(st.integers(0, 500), max_size=10), st.booleans())
def test_any_fragments_in_any_cuts(
    fragmented: tuple[bytes, list[int]], cuts: list[int], compressed: bool
) -> None:
    payload, edges = fragmented
    ours, theirs = codecs() if compressed else (None, None)
    sent = theirs.deflater.deflate(payload) if theirs and payload else payload
    rsv = 4 if theirs and payload else 0
    pieces = chop(sent, edges)
    frames = [
        raw_frame(CONT if n else BINARY, piece, fin=n == len(pieces) - 1, rsv=0 if n else rsv)
        for n, piece in enumerate(pieces)
    ]
    assert events(server(ours), chop(b"".join(frames), cuts)) == [payload]


FRAMES = st.builds(
    raw_frame,
    st.integers(0, 15),
    st.binary(max_size=140),
    fin=st.booleans(),
    rsv=st.sampled_from([0, 0, 0, 0, 4, 2, 1]),
    key=st.sampled_from([b"\x01\x02\x03\x04"] * 9 + [None]),
)


@given(
    st.one_of(st.binary(max_size=400), st.lists(FRAMES, max_size=12).map(b"".join)),
    st.lists(st.integers(0, 400), max_size=10),
    st.booleans(),
)
def test_any_bytes_give_events_or_one_clean_end(
    data: bytes, cuts: list[int], compressed: bool
) -> None:
    codec = codecs()[0] if compressed else None
    found = events(server(codec), chop(data, cuts))
    ends = [event for event in found if isinstance(event, Closed | Failed)]
    assert len(ends) <= 1
    if ends:
        assert found[-1] is ends[0]
        (answer,) = events(client(), [ends[0].reply])
        assert isinstance(answer, Closed)
        assert answer.code == ends[0].code
    for pieces in ([data], chop(data, cuts)):
        again = events(server(codecs()[0] if compressed else None), pieces, bursts=True)
        assert without_reply(again) == without_reply(found)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (raw_frame(TEXT, b"\xff"), 1007),
        (raw_frame(TEXT, b"ab\xc3"), 1007),
        (raw_frame(TEXT, "ü".encode()[:1], fin=False) + raw_frame(CONT, b"("), 1007),
        (raw_frame(CONT, b"x"), 1002),
        (raw_frame(TEXT, b"x", fin=False) + raw_frame(TEXT, b"y"), 1002),
        (raw_frame(TEXT, b"x", key=None), 1002),
        (raw_frame(TEXT, b"x" * 10, key=None) + bytes(200), 1002),
        (raw_frame(TEXT, b"x", rsv=4), 1002),
        (raw_frame(3), 1002),
        (raw_frame(PING, b"x" * 126), 1002),
        (raw_frame(PING, fin=False), 1002),
        (raw_frame(CLOSE, b"\x03"), 1002),
        (raw_frame(CLOSE, b"\x03\xed"), 1002),
        (raw_frame(CLOSE, b"\x03\xe8\xff"), 1007),
        (raw_frame(TEXT, length=1 << 40, width=8), 1009),
        (raw_frame(TEXT, length=2**63 - 1, width=8), 1009),
        (raw_frame(TEXT, length=2**63, width=8), 1002),
    ],
)
def test_a_violation_ends_it_at_once_with_its_code(data: bytes, code: int) -> None:
    here = server()
    found = events(here, [raw_frame(TEXT, b"fine"), data, raw_frame(TEXT, b"too late")])
    assert found[0] == "fine"
    assert failure(found).code == code
    (told,) = events(client(), [failure(found).reply])
    assert isinstance(told, Closed)
    assert (told.code, told.reason) == (code, failure(found).reason)
    piece = raw_frame(TEXT, b"fine") * 2 + data + raw_frame(TEXT, b"too late")
    assert events(server(), [piece], bursts=True)[1:] == found


@pytest.mark.parametrize("offset", range(1, 12))
def test_wrong_text_is_refused_before_its_frame_is_complete(offset: int) -> None:
    data = raw_frame(TEXT, b"good \xf4\x90 and then a lot more")
    found = events(server(), [data[: 6 + offset], data[6 + offset : 6 + 12]])
    assert failure(found).code == 1007


@pytest.mark.parametrize(
    "frames",
    [
        [raw_frame(TEXT, b"x" * 101)],
        [raw_frame(TEXT, b"x" * 126)],
        [raw_frame(TEXT, length=1 << 20, width=8)],
        [raw_frame(BINARY, b"x" * 60, fin=False), raw_frame(CONT, b"x" * 41)],
    ],
)
def test_a_message_above_the_limit_is_1009(frames: list[bytes]) -> None:
    assert failure(events(server(max_message_size=100), frames)).code == 1009
    assert events(server(max_message_size=100), [raw_frame(TEXT, b"x" * 100)]) == ["x" * 100]
    burst = [raw_frame(TEXT, b"x") * 2 + b"".join(frames)]
    found = events(server(max_message_size=100), burst, bursts=True)
    assert found[:2] == ["x", "x"]
    assert failure(found).code == 1009


def test_a_compressed_message_above_the_limit_is_1009() -> None:
    ours, theirs = codecs()
    bomb = client(theirs).message(bytes(1 << 20))
    assert len(bomb) < 5000
    assert failure(events(server(ours, max_message_size=MIB - 1), [bomb])).code == 1009


def test_small_messages_stop_where_they_are_left() -> None:
    here = server()
    assert here.receive(b"".join(raw_frame(TEXT, b"%d" % n) for n in range(5))) == "0"
    for message in here.small_messages():
        if message == "2":
            break
    assert here.has_unread
    assert here.next_event() == "3"
    burst = here.small_messages()
    here.feed(raw_frame(TEXT, b"5"))
    assert list(burst) == ["4", "5"]
    assert not here.has_unread


def test_small_messages_end_when_bytes_come_meanwhile() -> None:
    here = server()
    here.feed(raw_frame(TEXT, b"0") + raw_frame(BINARY, b"1") + raw_frame(TEXT, b"2"))
    burst = here.small_messages()
    assert next(burst) == "0"
    here.feed(raw_frame(TEXT, b"3"))
    assert list(burst) == []
    assert list(here.small_messages()) == [b"1", "2", "3"]


def test_nothing_small_comes_within_a_message_or_after_the_end() -> None:
    here = server()
    assert here.receive(raw_frame(TEXT, b"a", fin=False)) is None
    here.feed(raw_frame(PING, b"p") + raw_frame(CONT, b"b") + raw_frame(TEXT, b"c"))
    assert list(here.small_messages()) == []
    assert here.next_event() == Ping(b"p")
    assert list(here.small_messages()) == []
    assert here.next_event() == "ab"
    here.stop()
    assert list(here.small_messages()) == []


def fragments(n: int) -> list[bytes]:
    middle = raw_frame(CONT, b"x", fin=False)
    return [raw_frame(TEXT, b"x", fin=False) + middle * n + raw_frame(CONT, b"x")]


def empty_fragments(n: int) -> list[bytes]:
    return [raw_frame(TEXT, b"", fin=False) + raw_frame(CONT, b"", fin=False) * n]


def bytewise(n: int) -> list[bytes]:
    data = raw_frame(TEXT, b"x" * n)
    return [data[i : i + 1] for i in range(len(data))]


def many_messages(n: int) -> list[bytes]:
    return [raw_frame(TEXT, b"hello") * n]


def in_reads(n: int) -> list[bytes]:
    data = client().message(bytes(n * 20))
    return [data[i : i + 20] for i in range(0, len(data), 20)]


@pytest.mark.parametrize("pieces", [fragments, empty_fragments, bytewise, many_messages, in_reads])
def test_time_is_linear(pieces: Callable[[int], list[bytes]]) -> None:
    def run(size: int) -> Callable[[], object]:
        given_pieces = pieces(size)
        most = 1 << 30
        return lambda: events(
            server(max_fragments=most, max_message_size=most), given_pieces, bursts=True
        )

    assert growth(run) < LINEAR


@pytest.mark.parametrize("count", [20_000, pytest.param(200_000, marks=pytest.mark.long)])
def test_very_many_fragments_are_one_message(count: int) -> None:
    assert events(server(), fragments(count)) == ["x" * (count + 2)]


def test_endless_empty_fragments_reach_a_limit() -> None:
    found = events(server(max_fragments=1000), empty_fragments(1000))
    assert failure(found).code == 1009
