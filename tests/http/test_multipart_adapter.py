"""Between the library's parser and ours."""

from __future__ import annotations

import subprocess
import sys

import multipart  # type: ignore[import-untyped]  # a single module cannot carry a py.typed
import pytest

from zonda.http.errors import HTTPInputError
from zonda.http.multipart_adapter import StrictParser

HEADER = b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n'


@pytest.mark.parametrize("name", ["_on_segment_start", "_on_segment_headerline", "_create_segment"])
def test_what_is_overridden_is_what_the_library_calls(name: str) -> None:
    assert callable(getattr(multipart.PushMultipartParser, name))
    assert getattr(StrictParser, name) is not getattr(multipart.PushMultipartParser, name)


def test_where_the_parser_stands() -> None:
    parser = StrictParser(b"xyz", 10, 100, 3)
    states = []
    for piece in (HEADER, b"1", b"\r\n--xyz", b"--"):
        list(parser.read(piece))
        states.append((parser.is_at_body(), parser.is_complete()))
    assert states == [(True, False), (False, False), (False, False), (False, True)]
    assert list(parser.read(b"")) == []


def test_events() -> None:
    parser = StrictParser(b"xyz", 10, 100, 3)
    begin, *rest = parser.read(HEADER + b"1\r\n--xyz--")
    assert getattr(begin, "name", None) == "a"
    assert rest == [b"1", None]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"--xyz\n--", "malformed multipart/form-data: Invalid line break"),
        (b"--xyz\r\nX: " + b"y" * 100, "header too large: more than 100 bytes"),
        (HEADER[:-2] + b"X: y\r\n" * 3, "more than 3 header lines"),
        (HEADER + b"\r\n" + HEADER, "too many parts: more than 1"),
    ],
)
def test_errors_are_ours(data: bytes, message: str) -> None:
    parser = StrictParser(b"xyz", 1, 100, 3)
    with pytest.raises(HTTPInputError, match=message):
        list(parser.read(data))


def test_the_library_is_imported_with_the_first_form() -> None:
    code = (
        "import sys, zonda.http as http; assert 'multipart' not in sys.modules;"
        "http.MultipartParser(b'xyz'); assert 'multipart' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
