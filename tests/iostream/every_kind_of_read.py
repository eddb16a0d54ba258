"""Reads and writes of every kind; as a program it prints what comes of them, and what is logged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from zonda.iostream import READY, BaseIOStream, StreamClosedError, compiled, stream_pair

Ask = Callable[[Any], Awaitable[Any]]

LARGE = b"x" * 20_000 + b"\n"
ENDINGS = [b"\n", b"\r\n", b"aab"]  # the same objects each time, as in a program

READS: dict[str, Ask] = {
    "line": lambda s: s.read_until(ENDINGS[0]),
    "CR LF": lambda s: s.read_until(ENDINGS[1]),
    "begins like itself": lambda s: s.read_until(ENDINGS[2]),
    "by name": lambda s: s.read_until(delimiter=ENDINGS[0]),
    "within": lambda s: s.read_until(ENDINGS[0], 5),
    "within, by name": lambda s: s.read_until(ENDINGS[0], max_bytes=4),
    "within one": lambda s: s.read_until(ENDINGS[1], max_bytes=1),
    "a bytearray": lambda s: s.read_until(bytearray(b"\n")),
    "no delimiter": lambda s: s.read_until(b""),
    "text": lambda s: s.read_until("\n"),
    "nothing said": lambda s: s.read_until(),
    "five": lambda s: s.read_bytes(5),
    "up to five": lambda s: s.read_bytes(5, True),
    "up to five, by name": lambda s: s.read_bytes(5, partial=True),
    "not up to five": lambda s: s.read_bytes(5, partial=False),
    "by all names": lambda s: s.read_bytes(num_bytes=5, partial=True),
    "up to five, by a number": lambda s: s.read_bytes(5, partial=1),
    "up to many": lambda s: s.read_bytes(1 << 80, partial=True),
    "none": lambda s: s.read_bytes(0),
    "up to none": lambda s: s.read_bytes(0, partial=True),
    "one by a bool": lambda s: s.read_bytes(True),
    "large": lambda s: s.read_bytes(len(LARGE)),
    "negative": lambda s: s.read_bytes(-1),
    "too many": lambda s: s.read_bytes(1 << 22),
    "much too many": lambda s: s.read_bytes(1 << 80),
    "no number": lambda s: s.read_bytes("5"),
    "other names": lambda s: s.read_bytes(5, whole=True),
    "too much said": lambda s: s.read_bytes(5, False, None),
    "regex": lambda s: s.read_until_regex(rb"\r?\n"),
    "into": lambda s: s.read_into(bytearray(5), partial=True),
}

ARRIVALS: list[list[bytes]] = [
    [b"abcd\n"],
    [b"ab", b"cd\n"],
    [b"abcd\n", b"efgh\n"],
    [b"abcd\nrest"],
    [b"a\nb\n"],
    [b"aaab"],
    [b"aaaab", b"aaba"],
    [b"x\r\n", b"\r", b"\n"],
    [b"\n"],
    [b"seven\r\n"],
    [LARGE],
    [LARGE + LARGE],
]

WRITES: dict[str, Callable[[Any], Any]] = {
    "bytes": lambda s: s.write(b"bytes"),
    "by name": lambda s: s.write(data=b"bytes"),
    "nothing": lambda s: s.write(b""),
    "a bytearray": lambda s: s.write(bytearray(b"array")),
    "a view": lambda s: s.write(memoryview(b"view")),
    "large": lambda s: s.write(LARGE),
    "more than a slice": lambda s: s.write(LARGE * 4),
    "too much": lambda s: s.write(b"z" * 200_001),
    "text": lambda s: s.write("text"),
    "None": lambda s: s.write(None),
    "too much said": lambda s: s.write(b"a", b"b"),
    "nothing said": lambda s: s.write(),
}


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) < 90 else f"{text[:80]}... {len(text)}"


async def turns() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


def send(stream: BaseIOStream, piece: bytes) -> None:
    with contextlib.suppress(StreamClosedError):  # a read that cannot succeed has closed it
        stream.write(piece)


async def left_in(stream: BaseIOStream) -> str:
    """What can still be read."""
    found = b""
    try:
        while True:
            found += await asyncio.wait_for(stream.read_bytes(1 << 16, partial=True), 0)
    except TimeoutError:
        return f"{shown(found)}, open"
    except Exception as error:
        return f"{shown(found)}, {error!r}"


async def outcome(ask: Ask, stream: BaseIOStream) -> str:
    """What comes of a read by the time that nothing happens any more."""
    try:
        reading = asyncio.ensure_future(ask(stream))
    except Exception as error:
        return f"raised {error!r}"
    await turns()
    if not reading.done():
        reading.cancel()
        return "waits"
    try:
        return shown(await reading)
    except Exception as error:
        return repr(error)


async def read_before_it_arrives(ask: Ask, pieces: list[bytes]) -> list[str]:
    near, far = stream_pair(max_buffer_size=1 << 20)
    found = []
    for piece in pieces:
        reading = asyncio.ensure_future(outcome(ask, near))
        await asyncio.sleep(0)
        send(far, piece)
        found.append(await reading)
    far.close()
    return [*found, await left_in(near), repr(near.error)]


async def read_after_it_arrived(ask: Ask, pieces: list[bytes]) -> list[str]:
    near, far = stream_pair(max_buffer_size=1 << 20)
    for piece in pieces:
        send(far, piece)
        await turns()
    found = [await outcome(ask, near) for _ in range(2)]
    far.close()
    found.append(await outcome(ask, near))
    return [*found, await left_in(near), repr(near.error)]


async def read_in_turns(ask: Ask, pieces: list[bytes]) -> list[str]:
    """Beside another kind of read, and after one that was given up or is too early."""
    near, far = stream_pair(max_buffer_size=1 << 20)
    found = []
    for piece in pieces:
        if near.closed():
            break
        given_up = near.read_until(ENDINGS[0])
        found.append(await outcome(ask, near))
        given_up.cancel()
        send(far, piece)
        await turns()
        found.append(await outcome(ask, near))
    near.close()
    return [*found, await outcome(ask, near), await left_in(near)]


async def write(name: str, *, unread: bytes = b"", limit: int = 200_000) -> list[str]:
    near, far = stream_pair(max_write_buffer_size=limit)
    if unread:
        far.write(unread)
        await turns()
    found = []
    for _ in range(3):
        try:
            written = WRITES[name](near)
        except Exception as error:
            found.append(repr(error))
        else:
            found.append(f"ready {written is READY}, done {written.done()}")
    await turns()
    found += [await left_in(far), f"writing {near.writing()}"]
    near.close()
    try:
        WRITES[name](near)
    except Exception as error:
        found.append(repr(error))
    return found


async def every_kind() -> None:
    ways = (read_before_it_arrives, read_after_it_arrived, read_in_turns)
    for name, ask in READS.items():
        for way in ways:
            for pieces in ARRIVALS:
                print(name, way.__name__, shown(pieces), *await way(ask, pieces), sep=" | ")
    for name in WRITES:
        print("write", name, *await write(name), sep=" | ")
        print("write", name, "unread", *await write(name, unread=b"there"), sep=" | ")
        print("write", name, "limited", *await write(name, limit=9), sep=" | ")


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stdout, format="%(name)s %(levelname)s %(message)s", level=20)
    asyncio.run(every_kind())
    print("compiled" if compiled else "pure")
