"""Forms that come in pieces: what is kept where, and when the disk is touched."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.http.errors import BodyTooLargeError, HTTPInputError
from zonda.http.form_collector import FLUSH_SIZE, MEMORY_LIMIT, FormCollector
from zonda.http.form_limits import ParseMultipartConfig

TYPE = "multipart/form-data; boundary=xyz"


def field(name: str, content: bytes) -> bytes:
    head = f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n"


def file(name: str, content: bytes, filename: str = "x.bin") -> bytes:
    return (
        (
            f'--xyz\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            "Content-Type: text/plain\r\nX-Extra: 1\r\n\r\n"
        ).encode()
        + content
        + b"\r\n"
    )


END = b"--xyz--\r\n"


def test_fields_and_files() -> None:
    with FormCollector(TYPE) as form:
        form.feed(field("a", b"1") + file("f", b"abc") + field("a", b"2") + file("f", b"") + END)
        form.finish()
        assert form.arguments == {"a": [b"1", b"2"]}
        first, second = form.files["f"]
        assert (first.filename, first.content_type, first.size) == ("x.bin", "text/plain", 3)
        assert first.headers["X-Extra"] == "1"
        assert first.body == first["body"] == first.file.getvalue() == b"abc"  # type: ignore[attr-defined]  # small files are BytesIO
        assert (second.size, second.body, second.on_disk) == (0, b"", False)


def test_a_file_without_a_name_is_a_field() -> None:
    with FormCollector(TYPE) as form:
        form.feed(file("f", b"abc", "") + END)
        form.finish()
        assert (form.arguments, form.files) == ({"f": [b"abc"]}, {})


def test_files_beyond_the_limit_go_to_disk(tmp_path: Path) -> None:
    with FormCollector(TYPE, memory_limit=10, directory=str(tmp_path)) as form:
        form.feed(file("a", b"12345678") + file("b", b"123") + file("c", b"12") + END)
        form.finish()
        on_disk = {name: found[0].on_disk for name, found in form.files.items()}
        assert on_disk == {"a": False, "b": True, "c": False}
        assert [found[0].body for found in form.files.values()] == [b"12345678", b"123", b"12"]


def test_what_moves_to_disk_gives_its_memory_back(tmp_path: Path) -> None:
    with FormCollector(TYPE, memory_limit=10, directory=str(tmp_path)) as form:
        for piece in (file("a", b"")[:-2], b"12345678", b"9012", b"\r\n", file("b", b"1" * 10)):
            form.feed(piece)
        form.feed(END)
        form.finish()
        (a,), (b,) = form.files.values()
        assert (a.on_disk, a.body, b.on_disk) == (True, b"123456789012", False)


def test_feeding_never_touches_the_disk(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with FormCollector(TYPE, memory_limit=0, directory=str(missing)) as form:
        form.feed(file("a", b"12345")[:-2])
        form.feed(b"67")
        assert form.waiting == 7
        with pytest.raises(FileNotFoundError):
            form.flush()
        missing.mkdir()
        form.flush()
        assert form.waiting == 0
        form.feed(b"8\r\n" + END)
        assert form.waiting == 1
        form.finish()
        assert form.waiting == 0
        assert form.files["a"][0].file.read() == b"12345678"


def test_flushing_small_files_changes_nothing() -> None:
    with FormCollector(TYPE) as form:
        form.feed(file("a", b"123")[:-2])
        form.flush()
        form.feed(b"45\r\n" + END)
        form.finish()
        assert (form.files["a"][0].on_disk, form.files["a"][0].body) == (False, b"12345")


def test_temporary_files_have_no_names_and_end_with_the_form(tmp_path: Path) -> None:
    form = FormCollector(TYPE, memory_limit=0, directory=str(tmp_path))
    form.feed(file("a", b"123", "../../evil") + END)
    form.finish()
    upload = form.files["a"][0]
    assert upload.filename == "../../evil"
    assert os.listdir(tmp_path) == []
    form.close()
    assert upload.file.closed
    assert not (tmp_path.parent / "evil").exists()


def test_a_malformed_form_leaves_nothing_open(tmp_path: Path) -> None:
    with (  # an open file would be a ResourceWarning, which is an error here
        pytest.raises(HTTPInputError, match="final boundary"),
        FormCollector(TYPE, memory_limit=0, directory=str(tmp_path)) as form,
    ):
        form.feed(file("a", b"123"))
        form.flush()
        form.finish()


def test_limits_hold_while_it_comes() -> None:
    config = ParseMultipartConfig(max_file_size=5, max_field_size=3)
    with FormCollector(TYPE, config=config) as form:
        form.feed(file("a", b"12345")[:-2])
        with pytest.raises(BodyTooLargeError, match="more than 5 bytes"):
            form.feed(b"6")
    with (
        FormCollector(TYPE, config=config) as form,
        pytest.raises(BodyTooLargeError, match="more than 3 bytes"),
    ):
        form.feed(field("a", b"1234"))


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", ""])
def test_what_is_no_multipart_form(content_type: str) -> None:
    with pytest.raises(HTTPInputError):
        FormCollector(content_type)


def test_memory_stays_bounded_where_it_is_flushed(tmp_path: Path) -> None:
    piece = bytes(64 * 1024)
    most = 0
    with FormCollector(TYPE, directory=str(tmp_path)) as form:
        form.feed(file("a", b"")[:-2])
        for _ in range(256):
            form.feed(piece)
            most = max(most, form.waiting)
            if form.waiting >= FLUSH_SIZE:
                form.flush()
        form.feed(b"\r\n" + END)
        form.finish()
        assert form.files["a"][0].size == 256 * len(piece)
        assert form.files["a"][0].file.seek(0, os.SEEK_END) == 256 * len(piece)
    assert most <= MEMORY_LIMIT + len(piece)


CONTENT = st.binary(max_size=30).filter(lambda data: b"--xyz" not in data)
PARTS = st.lists(st.tuples(st.sampled_from([field, file]), CONTENT), max_size=5)


@given(PARTS, st.lists(st.integers(1, 60), max_size=20), st.integers(0, 40), st.booleans())
def test_neither_pieces_nor_places_matter(
    parts: list[tuple[Callable[[str, bytes], bytes], bytes]],
    sizes: list[int],
    memory_limit: int,
    flush: bool,
) -> None:
    body = b"".join([make("n", content) for make, content in parts]) + END
    with FormCollector(TYPE, memory_limit=memory_limit) as form:
        for size in [*sizes, len(body)]:
            form.feed(body[:size])
            body = body[size:]
            if flush:
                form.flush()
        form.finish()
        fields = [content for make, content in parts if make is field]
        files = [content for make, content in parts if make is file]
        assert form.arguments.get("n", []) == fields
        assert [upload.file.read() for upload in form.files.get("n", [])] == files
        assert (
            sum(u.size for us in form.files.values() for u in us if not u.on_disk) <= memory_limit
        )
