"""Multipart bodies, one event after the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http.errors import BodyTooLargeError, HTTPInputError
from zonda.http.form_limits import (
    MAX_PART_HEADER_COUNT,
    MAX_PART_HEADER_SIZE,
    MAX_PARTS,
    ParseMultipartConfig,
)
from zonda.http.multipart import (
    MultipartEvent,
    MultipartParser,
    PartData,
    PartEnd,
    find_boundary,
)
from zonda.http.multipart_part import PartBegin

Part = tuple[str, str | None, str, bytes]


def parse(
    body: bytes, boundary: bytes = b"xyz", limits: ParseMultipartConfig | None = None
) -> list[Part]:
    """Name, file name, type and content of every part."""
    parser = MultipartParser(boundary, limits)
    events = list(parser.feed(body))
    parser.finish()
    return collect(events)


def collect(events: list[MultipartEvent]) -> list[Part]:
    parts: list[Part] = []
    content = b""
    begin: PartBegin | None = None
    for event in events:
        match event:
            case PartBegin():
                assert begin is None
                begin, content = event, b""
            case PartData():
                assert begin is not None
                assert event.data
                content += event.data
            case PartEnd():
                assert begin is not None
                assert event.size == len(content)
                parts.append((begin.name, begin.filename, begin.content_type, content))
                begin = None
    return parts


def part(header: str | bytes, content: bytes = b"Foo") -> bytes:
    """One part with these header lines, without the boundary behind it."""
    raw = header.encode() if isinstance(header, str) else header
    return b"--xyz\r\n" + raw + b"\r\n\r\n" + content + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--xyz--\r\n"


def disposition(parameters: str) -> str:
    return f"Content-Disposition: form-data; {parameters}"


FILE = part(disposition('name="f"; filename="ab.txt"') + "\r\nContent-Type: text/plain")
FIELD = part(disposition('name="a"'))


def test_parts() -> None:
    assert parse(body(FILE, FIELD)) == [
        ("f", "ab.txt", "text/plain", b"Foo"),
        ("a", None, "", b"Foo"),
    ]


def test_no_parts() -> None:
    assert parse(b"--xyz--") == []


def test_all_header_fields_of_a_part() -> None:
    parser = MultipartParser(b"xyz")
    header = disposition('name="a"') + "\r\nX-Checksum:  abc \t\r\ncontent-type: a/b; c=d"
    (begin, *_) = parser.feed(part(header))
    assert isinstance(begin, PartBegin)
    assert begin.headers["x-checksum"] == "abc"
    assert begin.content_type == "a/b; c=d"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"\r",
        b"\n",
        b"-xyz",
        b"\r\n--xy",
        b"\r\n-xyz",
        b"\n--xyz\r\n",
        b"\r\r\n--",
        bytes(range(256)) * 1000,
    ],
)
def test_contents_are_exact(content: bytes) -> None:
    assert parse(body(part(disposition('name="a"'), content), FIELD)) == [
        ("a", None, "", content),
        ("a", None, "", b"Foo"),
    ]


@pytest.mark.parametrize(
    ("parameters", "filename"),
    [
        ("name=f; filename=ab.txt", "ab.txt"),
        ('NAME="f"; FileName="ab.txt"', "ab.txt"),
        ('name="f";filename="a;b.txt"', "a;b.txt"),
        (r'name="f"; filename="a\"b.txt"', 'a"b.txt'),
        ('name="f"; filename="a%22b.txt"', 'a"b.txt'),
        ('name="f"; filename="a%0D%0Ab"', "a\r\nb"),
        # Escapes are undone once.
        ('name="f"; filename="a%2522b%41"', "a%2522b%41"),
        ("name=f; filename*=UTF-8''a%2522b", "a%22b"),
        (r'name="f"; filename="a\\b.txt"', r"a\b.txt"),
        (r'name="f"; filename="C:\dir\a.txt"', r"C:\dir\a.txt"),
        ('name="f"; filename="../../etc/passwd"', "../../etc/passwd"),
        ('name="f"; filename="/etc/passwd"', "/etc/passwd"),
        ('name="f"; filename="a\tb.txt"', "a\tb.txt"),
        ('name="f"; filename="\u6d4b\u8bd5.txt"', "\u6d4b\u8bd5.txt"),
        ("name=f; filename=\"x\"; filename*=UTF-8''%C3%A1b.txt", "\xe1b.txt"),
        ("name=f; filename*=UTF-8''%C3%A1b.txt; filename=x", "\xe1b.txt"),
        ("name=f; filename*=iso-8859-1'en'%E1b.txt", "\xe1b.txt"),
        ('name="f"; filename=""', ""),
        ('name="f"', None),
    ],
)
def test_file_names(parameters: str, filename: str | None) -> None:
    assert parse(body(part(disposition(parameters)))) == [("f", filename, "", b"Foo")]


def test_a_part_without_a_body() -> None:
    """RFC 2046: the line end of the boundary is also the one that ends the header."""
    empty = part(disposition('name="e"'))[: -len(b"Foo\r\n")]
    assert parse(body(empty, FIELD, empty)) == [
        ("e", None, "", b""),
        ("a", None, "", b"Foo"),
        ("e", None, "", b""),
    ]


@pytest.mark.parametrize("content", [b"", b"\r\n", b"\r\n\r\n", b"a\r\n\r\n", b"\r\n\r\n--xy"])
def test_line_ends_at_the_end_of_a_body_belong_to_it(content: bytes) -> None:
    assert parse(body(part(disposition('name="a"'), content))) == [("a", None, "", content)]


def test_names_of_fields_are_decoded_too() -> None:
    ((name, *_),) = parse(body(part(disposition('name="a%22\u00e9%0D%0A"'))))
    assert name == 'a"\xe9\r\n'


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "needs one Content-Disposition"),
        ("Content-Type: a/b", "needs one Content-Disposition"),
        (disposition("name=a") + "\r\n" + disposition("name=b"), "needs one Content-Disposition"),
        ('Content-Disposition: invalid; name="f"', "another Content-Disposition"),
        ("Content-Disposition: attachment", "another Content-Disposition"),
        (disposition('filename="ab.txt"'), "has no name"),
        (disposition('name=""'), "has no name"),
        (disposition('name="a'), "malformed parameter"),
        (disposition("name=a; name=b"), "comes twice"),
        (disposition("name=a; filename*=UTF-8''%FF"), "bytes are not UTF-8"),
        (disposition("name=a; filename*=UTF-8''%00"), "control character"),
        (disposition('name="a\rb"'), "Invalid header value"),
        (disposition('name="a\nb"'), "Invalid header value"),
        (disposition('name="a\x00b"'), "Invalid header value"),
        (disposition('name="a\x08b"'), "Invalid header value"),
        (disposition('name="a\x7fb"'), "Invalid header value"),
        (disposition('name="a"').encode() + b"\xff", "failed to decode"),
        (disposition('name="\xe9"').encode("latin-1"), "failed to decode"),
        ("\r\n".join([disposition("name=a;"), " filename=b"]), "malformed header line"),
        (" " + disposition("name=a"), "malformed header line"),
        ("\n" + disposition("name=a"), "malformed header line"),
        ("Content-Disposition : form-data; name=a", "malformed header line"),
        ("Content-Disposition\x0b: form-data; name=a", "malformed header line"),
        ("\xa0" + disposition("name=a"), "malformed header line"),
        ("X\r\n" + disposition("name=a"), "malformed header line"),
        (": x\r\n" + disposition("name=a"), "malformed header line"),
        (disposition("name=a") + "\r\nContent-Length: x", "Content-Length"),
        (disposition("name=a") + "\r\nContent-Length: -1", "Content-Length"),
        (disposition("name=a") + "\r\nContent-Length: 2", "Content-Length"),
        (disposition("name=a") + "\r\nContent-Length: 4", "Content-Length"),
        (disposition("name=a") + "\r\nContent-Length: " + "9" * 5000, "Content-Length"),
        (disposition("name=a") + "\r\nContent-Length: 3\r\nContent-Length: 3", "Content-Length"),
    ],
)
def test_malformed_headers_of_parts(header: str | bytes, message: str) -> None:
    with pytest.raises(HTTPInputError, match=message) as caught:
        parse(body(part(header)))
    assert caught.value.status == 400


def test_a_part_with_its_length() -> None:
    assert parse(body(part(disposition("name=a") + "\r\nContent-Length: 3")))[0][3] == b"Foo"


def test_a_part_that_grows_beyond_its_length() -> None:
    parser = MultipartParser(b"xyz")
    header = disposition("name=a") + "\r\nContent-Length: 10"
    list(parser.feed(part(header, b"12345")[:-2]))
    assert list(parser.feed(b"67890")) == [PartData(b"67890")]
    with pytest.raises(HTTPInputError, match=r"malformed multipart/form-data: .*Content-Length"):
        list(parser.feed(b"1"))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "without its final boundary"),
        (b"\r", "without its final boundary"),
        (b"\r\n--xy", "without its final boundary"),
        (b"--xyz", "without its final boundary"),
        (b"--xyz\r\n", "without its final boundary"),
        (FIELD, "without its final boundary"),
        (FIELD + b"--xyz", "without its final boundary"),
        (FIELD + b"--xyz-", "without its final boundary"),
        (FIELD[:-2] + b"--xyz--", "without its final boundary"),
        (FIELD + b"--xyy--", "without its final boundary"),
        (FIELD + b"--xyz \r\nabc", "Unexpected bytes after boundary"),
        (FIELD + b"--xyzz\r\nabc", "Unexpected bytes after boundary"),
        (FIELD + b"--xyz\n-", "Unexpected bytes after boundary"),
        (b"--xyz\n" + FIELD, "line break after first boundary"),
        (b"--xyzz\r\nabc", "Unexpected byte after first boundary"),
        (b"preamble\r\n" + body(FIELD), "does not begin with its boundary"),
        (b"\n" + body(FIELD), "does not begin with its boundary"),
        (b"\r\n\r\n" + body(FIELD), "does not begin with its boundary"),
        (b" " + body(FIELD), "does not begin with its boundary"),
        (b"-" + body(FIELD), "does not begin with its boundary"),
    ],
)
def test_malformed_bodies(raw: bytes, message: str) -> None:
    with pytest.raises(HTTPInputError, match=message) as caught:
        parse(raw)
    assert caught.value.status == 400


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\nepilogue", b"junk", b"\r\n--xyz\r\n"])
def test_what_stands_behind_the_end_is_ignored(end: bytes) -> None:
    assert len(parse(FIELD + b"--xyz--" + end)) == 1


def test_an_empty_line_may_come_first() -> None:
    assert len(parse(b"\r\n" + body(FIELD))) == 1


@pytest.mark.parametrize("boundary", [b"", b"a\r", b"a\nb", b"\xe9", b"a ", b"x" * 71, b"\x00"])
def test_boundaries_are_checked(boundary: bytes) -> None:
    with pytest.raises(HTTPInputError, match="1 to 70 printable characters"):
        MultipartParser(boundary)


@pytest.mark.parametrize(
    "boundary", [b"x" * 70, b"a b", b"----WebKitFormBoundaryAbC", b"'()+_,-./:=?"]
)
def test_unusual_boundaries(boundary: bytes) -> None:
    assert parse(b"--" + boundary + b"--", boundary) == []


def test_the_defaults() -> None:
    """HU-04, HU-05."""
    config = ParseMultipartConfig()
    assert (config.enabled, config.max_parts, config.max_part_header_size) == (True, 100, 10_240)
    assert config.max_part_header_count == 20


def test_the_number_of_parts_is_bounded() -> None:
    assert len(parse(body(*[FIELD] * MAX_PARTS))) == MAX_PARTS
    with pytest.raises(HTTPInputError, match=f"too many parts: more than {MAX_PARTS}") as caught:
        parse(body(*[FIELD] * (MAX_PARTS + 1)))
    assert caught.value.status == 400
    with pytest.raises(HTTPInputError, match="too many parts: more than 0"):
        parse(body(FIELD), limits=ParseMultipartConfig(max_parts=0))


def test_nothing_is_looked_at_behind_the_last_part_allowed() -> None:
    parser = MultipartParser(b"xyz", ParseMultipartConfig(max_parts=2))
    count = 0
    with pytest.raises(HTTPInputError, match="too many parts"):
        for event in parser.feed(FIELD * 10_000):
            count += isinstance(event, PartBegin)
    assert count == 2


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_the_size_of_a_header_is_bounded(size: int) -> None:
    def feed(length: int, lines: int = 1) -> None:
        fixed = disposition('name="a"')
        filler = (length - len(fixed) - 2) // lines
        rest = length - len(fixed) - 2 - filler * lines
        header = fixed + "".join(
            "\r\nX: " + "y" * (filler - 5 + (rest if not line else 0)) for line in range(lines)
        )
        assert len(header) + 2 == length
        raw = body(part(header))
        parser = MultipartParser(b"xyz")
        for start in range(0, len(raw), size):
            list(parser.feed(raw[start : start + size]))
        parser.finish()

    for lines in (1, MAX_PART_HEADER_COUNT - 1):
        feed(MAX_PART_HEADER_SIZE, lines)
        with pytest.raises(HTTPInputError, match="header too large: more than 10240") as caught:
            feed(MAX_PART_HEADER_SIZE + 1, lines)
        assert caught.value.status == 400


def test_the_number_of_header_lines_is_bounded() -> None:
    def parts(lines: int) -> bytes:
        header = disposition('name="a"') + "\r\nX: y" * (lines - 1)
        return body(*[part(header)] * 2)

    assert len(parse(parts(MAX_PART_HEADER_COUNT))) == 2
    with pytest.raises(HTTPInputError, match="more than 20 header lines") as caught:
        parse(parts(MAX_PART_HEADER_COUNT + 1))
    assert caught.value.status == 400
    parse(parts(200), limits=ParseMultipartConfig(max_part_header_count=200))


def test_a_header_line_without_an_end() -> None:
    parser = MultipartParser(b"xyz")
    list(parser.feed(b"--xyz\r\nX: "))
    with pytest.raises(HTTPInputError, match="header too large"):
        for _ in range(1000):
            list(parser.feed(b"y" * 100))


def test_the_size_of_fields_and_files_is_bounded() -> None:
    limits = ParseMultipartConfig(max_field_size=3, max_file_size=5)
    field, file = disposition('name="a"'), disposition('name="a"; filename="b"')
    assert len(parse(body(part(field, b"123"), part(file, b"12345")), limits=limits)) == 2
    for raw in (part(field, b"1234"), part(file, b"123456")):
        with pytest.raises(BodyTooLargeError, match=r"has more than \d bytes") as caught:
            parse(body(raw), limits=limits)
        assert caught.value.status == 413


def test_after_an_error_every_call_raises() -> None:
    parser = MultipartParser(b"xyz")
    for _ in range(3):
        with pytest.raises(HTTPInputError, match="does not begin"):
            list(parser.feed(body(FIELD)[1:]))
    with pytest.raises(HTTPInputError, match="does not begin"):
        parser.finish()


def test_after_finishing_too_early_every_call_raises() -> None:
    parser = MultipartParser(b"xyz")
    list(parser.feed(FIELD))
    for _ in range(2):
        with pytest.raises(HTTPInputError, match="without its final boundary"):
            parser.finish()
    with pytest.raises(HTTPInputError, match="without its final boundary"):
        list(parser.feed(b"--xyz--"))


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=xyz", b"xyz"),
        ('Multipart/Form-Data; charset=utf-8; Boundary="x;y"', b"x;y"),
    ],
)
def test_find_boundary(content_type: str, boundary: bytes) -> None:
    assert find_boundary(content_type) == boundary


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        ("text/plain; boundary=xyz", "not multipart/form-data: 'text/plain'"),
        ("multipart/mixed; boundary=xyz", "not multipart/form-data"),
        ("multipart/form-data", "boundary not found"),
    ],
)
def test_no_boundary_to_find(content_type: str, message: str) -> None:
    with pytest.raises(HTTPInputError, match=message):
        find_boundary(content_type)


@given(st.binary() | st.text(alphabet='-xyz\r\n:; ="namef').map(str.encode))
def test_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    for data in (raw, b"--xyz\r\n" + raw, FILE + raw, FILE[:-2] + raw + b"\r\n--xyz--"):
        try:
            parts = parse(data)
        except HTTPInputError:
            continue
        assert all(name for name, *_ in parts)


@pytest.mark.parametrize("unit", [b"\r\n\r\n--xyz", b"\r\n", b"x"])
def test_ignoring_what_stands_behind_the_end_is_linear(unit: bytes) -> None:
    def run(size: int) -> Callable[[], object]:
        raw = body(FIELD) + unit * size
        return lambda: parse(raw)

    assert growth(run) < LINEAR


@pytest.mark.parametrize("unit", [b"\r", b"\r\n", b"\r\n--xy", b"x", b"\r\n--xyz\r\r"])
def test_streaming_is_linear(unit: bytes) -> None:
    def run(size: int) -> Callable[[], object]:
        content = unit * size

        def call() -> None:
            parser = MultipartParser(b"xyz")
            list(parser.feed(part(disposition("name=a; filename=b"))[:-2]))
            for start in range(0, len(content), 1000):
                try:
                    list(parser.feed(content[start : start + 1000]))
                except HTTPInputError:
                    return

        return call

    assert growth(run) < LINEAR
