"""The compiled functions and the Python methods that they replace do the same."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.httpclient.response_heads import python_reads, read
from tests.httpclient.servers import answer, serving
from zonda.httpclient import AsyncHTTPClient, compiled, native
from zonda.httpclient.connection import ClientConnection
from zonda.httpclient.pool import Pool

ROOT = Path(__file__).parents[2]

STATUS = b"HTTP/1.1 200 OK\r\n"
ORDINARY = STATUS + b"Server: a\r\nContent-Length: 2\r\nX-Y:\t\xe4 b\t\r\n\r\n"


def seen(*, pure: bool) -> list[str]:
    """What comes of the fetches of `tests.httpclient.every_kind_of_fetch`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.httpclient.every_kind_of_fetch"],
        cwd=ROOT,
        env={**os.environ, "ZONDA_PURE": "1" if pure else ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_users_and_servers_see_the_same() -> None:
    *expected, said = seen(pure=True)
    assert said == "pure"
    *found, said = seen(pure=False)
    assert said == ("compiled" if compiled else "pure")
    assert found == expected
    text = "\n".join(expected)
    for word in ("HTTPTimeoutError", "CancelledError", "new lines left: [None, None]", "?made"):
        assert word in text


async def test_connections_over_sockets_are_looked_at_before_they_are_used() -> None:
    def unasked(request: object) -> bytes:
        return answer(b"ok") + answer(b"for nobody")

    for handler, connections in ((lambda request: answer(b"ok"), 1), (unasked, 3)):
        async with serving(handler) as server, AsyncHTTPClient(True) as client:
            for _ in range(3):
                assert (await client.fetch(server.url)).body == b"ok"
            assert server.connections == connections


async def test_nothing_is_left_of_what_was_fetched() -> None:
    bodies = iter(range(10**9))

    def number(request: object) -> bytes:
        return answer(b"x" * (next(bodies) % 7 + 1), X_Number=str(next(bodies)))

    async with serving(number) as server, AsyncHTTPClient(True) as client:
        things = [client, client.pool, client.preparation.default_options, server.url]

        async def counts() -> list[int]:
            for _ in range(100):
                await client.fetch(server.url)
            return [sys.getrefcount(thing) for thing in things]

        before = await counts()
        assert await counts() == before


def spoilt(raw: bytes, place: int, inserted: bytes, left_out: int) -> bytes:
    return raw[:place] + inserted + raw[place + left_out :]


lines = st.sampled_from(
    [
        *(b"Content-Length: 2", b"Date: now", b"connection: KEEP-ALIVE", b"Connection: close"),
        *(b"Set-Cookie: a=b", b"Content-Encoding: br", b"Transfer-Encoding: chunked", b"X-Y:"),
        *(b"content-length:12", b"Content-Length: 0", b"Vary: a", b"vary: b", b" folded", b""),
    ]
)
heads = st.builds(
    lambda many: STATUS + b"".join(line + b"\r\n" for line in many) + b"\r\n",
    st.lists(lines, max_size=6),
)


@given(
    st.one_of(
        heads,
        st.builds(spoilt, heads, st.integers(0, 90), st.binary(max_size=2), st.integers(0, 2)),
        st.binary(max_size=60),
        st.builds(lambda text: STATUS + text, st.binary(max_size=60)),
    )
)
@example(b"")
@example(STATUS[:-1])
@example(STATUS)
@example(STATUS + b"\r")
@example(STATUS + b"\r\n")
@example(STATUS + b"Content-Length:")
@example(STATUS + b"Content-Length:2")
@example(STATUS + b"Content-Length:2\r")
@example(STATUS + b"Content-Length:2\r\n")
@example(STATUS + b"Content-Length:2\r\n\r")
def test_heads_are_read_as_by_the_python_parser_or_not_at_all(raw: bytes) -> None:
    expected = python_reads(raw)
    assert read(raw) in (expected, None)


def test_every_byte_at_every_place_is_read_as_by_the_python_parser() -> None:
    assert read(ORDINARY) == python_reads(ORDINARY) is not None
    for place in range(len(ORDINARY)):
        for byte in range(256):
            for left_out in (0, 1):
                other = spoilt(ORDINARY, place, bytes([byte]), left_out)
                assert read(other) in (python_reads(other), None)
        for other in (spoilt(ORDINARY, place, b"", 1), ORDINARY[:place]):
            assert read(other) in (python_reads(other), None)


@pytest.mark.parametrize(
    "line",
    [
        *(b"dATE:\t now \t", b"X: \xe4\xff\ta", b"Empty:", b"!#$%&'*+-.^_`|~09azAZ: x"),
        *(b"Connection: Keep-Alive", b"server: a", b"X-%b: y" % (b"a" * 50), b"a-b--C: d"),
    ],
)
def test_ordinary_heads_are_read(line: bytes) -> None:
    raw = STATUS + b"Content-Length:123456789012345\r\n" + line + b"\r\n\r\n"
    expected = python_reads(raw)
    assert expected is not None
    assert read(raw) == expected


@pytest.mark.parametrize(
    "line",
    [
        *(b"Connection: close", b"Connection: upgrade", b"Content-Length: 2", b"Set-Cookie: a"),
        *(b"Content-Encoding: gzip", b"Transfer-Encoding: chunked", b"X : y", b" X: y", b"X"),
        *(b": y", b"X: \x00", b"\r\n".join([b"X: y"] * 128)),
    ],
)
def test_the_python_parser_decides_on_all_others(line: bytes) -> None:
    if compiled:
        assert read(STATUS + b"Content-Length: 2\r\n" + line + b"\r\n\r\n") is None
        assert read(STATUS + b"X: y\r\n\r\n") is None
        assert read(b"HTTP/1.1 201 OK\r\nContent-Length: 2\r\n\r\n") is None


@pytest.mark.parametrize(
    ("method", "names"),
    [
        (AsyncHTTPClient.fetch, ["self", "request", "raise_error", "callback", "kwargs"]),
        (AsyncHTTPClient.begin, ["self", "request", "raise_error", "reader", "options"]),
        (Pool.acquire, ["self", "customer", "fresh"]),
        (ClientConnection.send, ["self", "exchange", "method", "data", "more"]),
    ],
)
def test_methods_say_their_arguments(method: Callable[..., object], names: list[str]) -> None:
    assert list(inspect.signature(method).parameters) == names
    assert inspect.getdoc(method)


def test_zonda_pure_leaves_them_unused() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from zonda.httpclient import compiled; print(compiled)"],
        env={**os.environ, "ZONDA_PURE": "1"},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.stdout == "False\n", done.stderr


def test_compiled_says_whether_there_is_a_compiled_module() -> None:
    directory = Path(native.__file__).parent
    found = list(directory.glob("_native*.so")) + list(directory.glob("_native*.pyd"))
    assert compiled == bool(found and not os.environ.get("ZONDA_PURE"))
