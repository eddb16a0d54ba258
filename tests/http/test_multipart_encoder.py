"""Bodies of ``multipart/form-data`` as a client sends them."""

from __future__ import annotations

import email.message
import email.parser
import email.policy
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.http.errors import HTTPOutputError
from zonda.http.forms import HTTPFile, parse_multipart_form_data
from zonda.http.multipart import find_boundary
from zonda.http.multipart_encoder import READ_SIZE, Files, FormFile, MultipartEncoder

Parsed = tuple[dict[str, list[bytes]], dict[str, list[tuple[str, str, bytes]]]]


def parse(encoder: MultipartEncoder) -> Parsed:
    """The fields, and the files as name, type and content."""
    arguments: dict[str, list[bytes]] = {}
    files: dict[str, list[HTTPFile]] = {}
    boundary = find_boundary(encoder.content_type)
    parse_multipart_form_data(boundary, b"".join(encoder), arguments, files)
    return arguments, {
        name: [(file.filename, file.content_type, file.body) for file in found]
        for name, found in files.items()
    }


def test_the_bytes() -> None:
    files = {"f": FormFile("a.txt", b"abc", "text/plain")}
    encoder = MultipartEncoder({"a": "1"}, files, boundary="xyz")
    assert b"".join(encoder) == (
        b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nabc\r\n--xyz--\r\n"
    )
    assert encoder.content_type == "multipart/form-data; boundary=xyz"


def test_another_parser_reads_it() -> None:
    encoder = MultipartEncoder({"a": "1"}, {"f": FormFile("a.txt", b"\x00\xff\r\n", "a/b")})
    raw = f"Content-Type: {encoder.content_type}\r\n\r\n".encode() + b"".join(encoder)
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(raw)
    first, second = message.iter_parts()
    assert isinstance(first, email.message.EmailMessage)
    assert first.get_param("name", header="content-disposition") == "a"
    assert first.get_payload(decode=True) == b"1"
    assert isinstance(second, email.message.EmailMessage)
    assert second.get_filename() == "a.txt"
    assert second.get_payload(decode=True) == b"\x00\xff\r\n"


@pytest.mark.parametrize(
    "fields",
    [
        {"a": ["1", b"2"], "b": "\xe9"},
        {"a": ("1", b"2"), "b": "\xe9".encode()},
        [("a", "1"), ("a", b"2"), ("b", "\xe9")],
    ],
)
def test_fields_in_several_shapes(fields: dict[str, list[str | bytes]]) -> None:
    assert parse(MultipartEncoder(fields))[0] == {"a": [b"1", b"2"], "b": [b"\xc3\xa9"]}


def test_files_in_several_shapes() -> None:
    one, two = FormFile("1", b"one"), FormFile("2", b"two", "text/plain")
    shapes: list[Files] = [{"f": [one, two]}, [("f", one), ("f", two)], {"f": iter([one, two])}]
    for files in shapes:
        assert parse(MultipartEncoder(files=files))[1] == {
            "f": [("1", "application/octet-stream", b"one"), ("2", "text/plain", b"two")]
        }


def test_nothing_to_send() -> None:
    assert b"".join(MultipartEncoder(boundary="xyz")) == b"--xyz--\r\n"


def test_boundaries_are_random() -> None:
    assert MultipartEncoder().boundary != MultipartEncoder().boundary


@pytest.mark.parametrize(
    ("boundary", "parameter"),
    [("a-b", "a-b"), ("a b", '"a b"'), ("a:b?", '"a:b?"'), ("x" * 70, "x" * 70)],
)
def test_boundaries_are_quoted_where_they_have_to_be(boundary: str, parameter: str) -> None:
    encoder = MultipartEncoder({"a": "1"}, boundary=boundary)
    assert encoder.content_type == f"multipart/form-data; boundary={parameter}"
    assert parse(encoder)[0] == {"a": [b"1"]}


@pytest.mark.parametrize("boundary", ["a ", "x" * 71, "a\r\nb", 'a"b', "\xe9", "a;b"])
def test_boundaries_are_checked(boundary: str) -> None:
    with pytest.raises(HTTPOutputError, match="no boundary"):
        MultipartEncoder(boundary=boundary)


@pytest.mark.parametrize("bad", ["\x00", "a\x01", "\x7f", "\t"])
def test_names_cannot_have_control_characters(bad: str) -> None:
    with pytest.raises(HTTPOutputError, match="control character"):
        MultipartEncoder({bad: "1"})
    with pytest.raises(HTTPOutputError, match="control character"):
        MultipartEncoder(files={"f": FormFile(bad, b"")})


@pytest.mark.parametrize("bad", ["", "a/b\r\nX: y", "a/b\x00", "\n"])
def test_types_of_files_are_checked(bad: str) -> None:
    with pytest.raises(HTTPOutputError, match="no content type"):
        MultipartEncoder(files={"f": FormFile("a", b"", bad)})


class Pipe:
    """Something to read from that cannot go back."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self.read = self._file.read
        self.seek = self._file.seek
        self.tell = self._file.tell

    def seekable(self) -> bool:
        return False


def pieces() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


def test_contents_of_several_kinds(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"from a file")
    memory = io.BytesIO(b"skipped, read")
    memory.seek(9)
    with path.open("rb") as disk:
        known = MultipartEncoder(
            files=[
                ("f", FormFile("1", b"bytes")),
                ("f", FormFile("2", memory)),
                ("f", FormFile("3", disk)),
                ("f", FormFile("4", [b"a", b"b"])),
                ("f", FormFile("5", b"")),
            ]
        )
        length = known.content_length
        body = b"".join(known)
        assert len(body) == length
    assert [part in body for part in (b"\r\nread\r\n", b"from a file", b"\r\nab\r\n")] == [True] * 3
    unknown = MultipartEncoder(
        files=[("f", FormFile("1", Pipe(b"piped"))), ("f", FormFile("2", pieces()))]
    )
    assert unknown.content_length is None
    assert [content for _, _, content in parse(unknown)[1]["f"]] == [b"piped", b"onetwo"]


def test_large_files_are_read_in_pieces() -> None:
    content = os.urandom(5 * READ_SIZE + 1)
    encoder = MultipartEncoder(files={"f": FormFile("x", io.BytesIO(content))})
    assert max(map(len, encoder)) == READ_SIZE


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from('\r\n"\\'), min_size=1
)


@given(
    st.lists(st.tuples(NAMES, st.binary())),
    st.lists(st.tuples(NAMES, NAMES, st.binary())),
)
def test_what_is_encoded_is_parsed(
    fields: list[tuple[str, bytes]], files: list[tuple[str, str, bytes]]
) -> None:
    # Two backslashes are an escape to readers, though not to browsers, and one in front of a quote
    # is none only at the end; three sequences with a percent sign stand for characters.
    def plain(name: str, filename: str) -> bool:
        return not ("\\" in name or "\\\\" in filename or "%" in name + filename)

    fields = [(name, content) for name, content in fields if plain(name, "")]
    files = [
        (name, filename, content) for name, filename, content in files if plain(name, filename)
    ]
    encoder = MultipartEncoder(
        fields, [(name, FormFile(filename, content)) for name, filename, content in files]
    )
    expected_fields: dict[str, list[bytes]] = {}
    for name, content in fields:
        expected_fields.setdefault(name, []).append(content)
    expected_files: dict[str, list[tuple[str, str, bytes]]] = {}
    for name, filename, content in files:
        entry = (filename, "application/octet-stream", content)
        expected_files.setdefault(name, []).append(entry)
    assert parse(encoder) == (expected_fields, expected_files)
    assert encoder.content_length == len(b"".join(encoder))
