"""Forms in memory."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http.errors import HTTPInputError
from zonda.http.form_limits import (
    ParseBodyConfig,
    ParseMultipartConfig,
    ParseUrlEncodedConfig,
)
from zonda.http.forms import (
    HTTPFile,
    parse_body,
    parse_body_arguments,
    parse_multipart_form_data,
    set_parse_body_config,
)
from zonda.http.headers import HTTPHeaders

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=xyz"
BODY = (
    b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\ncontent\r\n"
    b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n2\r\n--xyz--\r\n'
)

Form = tuple[dict[str, list[bytes]], dict[str, list[HTTPFile]]]


def parse(
    content_type: str, body: bytes, config: ParseBodyConfig | None = None, coding: str = ""
) -> Form:
    headers = HTTPHeaders({"Content-Type": content_type})
    if coding:
        headers["Content-Encoding"] = coding
    return parse_body(headers, body, config)


@pytest.fixture
def default_config() -> Iterator[None]:
    yield
    set_parse_body_config(ParseBodyConfig())


@pytest.mark.parametrize(
    "content_type",
    [URLENCODED, URLENCODED + "; charset=utf-8", URLENCODED.upper(), URLENCODED + " ;"],
)
def test_urlencoded(content_type: str) -> None:
    assert parse(content_type, b"a=1&b=%C3%A9+&a=2") == (
        {"a": [b"1", b"2"], "b": [b"\xc3\xa9 "]},
        {},
    )


def test_multipart() -> None:
    arguments, files = parse(MULTIPART, BODY)
    assert arguments == {"a": [b"1", b"2"]}
    (file,) = files["f"]
    assert (file.filename, file.body, file.content_type) == ("x.txt", b"content", "text/plain")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/json",
        URLENCODED + "x",
        "multipart/form-dataxyz; boundary=xyz",
    ],
)
def test_bodies_that_are_no_forms(content_type: str) -> None:
    assert parse(content_type, BODY) == ({}, {})


def test_a_request_without_a_content_type_or_a_body() -> None:
    assert parse_body(HTTPHeaders(), b"a=1") == ({}, {})
    assert parse(URLENCODED, b"") == ({}, {})
    assert parse(MULTIPART, b"") == ({}, {})


@pytest.mark.parametrize("content_type", [URLENCODED, MULTIPART])
def test_a_coding_that_nobody_undid(content_type: str) -> None:
    with pytest.raises(HTTPInputError, match="Unsupported Content-Encoding of a form: 'gzip'"):
        parse(content_type, BODY, coding="gzip")
    assert parse("text/plain", BODY, coding="gzip") == ({}, {})


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        ("multipart/form-data", "boundary not found"),
        ("multipart/form-data; boundary=", "boundary not found"),
        ("multipart/form-data; charset=utf-8", "boundary not found"),
        ("multipart/form-data; boundary=\xe9", "1 to 70 printable"),
        ("multipart/form-data; boundary=" + "x" * 71, "1 to 70 printable"),
        ("multipart/form-data; boundary=abc", "does not begin with its boundary"),
        ('multipart/form-data; boundary="abc', "malformed parameter"),
    ],
)
def test_boundaries(content_type: str, message: str) -> None:
    with pytest.raises(HTTPInputError, match=message) as caught:
        parse(content_type, BODY)
    assert caught.value.status == 400


def test_a_quoted_boundary() -> None:
    assert parse('multipart/form-data; boundary="xyz"', BODY)[0] == {"a": [b"1", b"2"]}
    arguments: dict[str, list[bytes]] = {}
    parse_multipart_form_data(b'"xyz"', BODY, arguments, {})
    assert arguments == {"a": [b"1", b"2"]}


def test_results_are_added_to_what_is_there() -> None:
    arguments = {"a": [b"0"]}
    files = {"f": [HTTPFile("y", b"")]}
    parse_body_arguments(MULTIPART, BODY, arguments, files)
    parse_body_arguments(URLENCODED, b"a=3", arguments, files)
    assert arguments == {"a": [b"0", b"1", b"2", b"3"]}
    assert [file.filename for file in files["f"]] == ["y", "x.txt"]


def test_a_malformed_form_adds_nothing() -> None:
    arguments: dict[str, list[bytes]] = {}
    files: dict[str, list[HTTPFile]] = {}
    with pytest.raises(HTTPInputError):
        parse_body_arguments(MULTIPART, BODY[:-10], arguments, files)
    assert (arguments, files) == ({}, {})


def test_a_file_input_that_was_left_alone_is_an_argument() -> None:
    body = (
        b'--xyz\r\nContent-Disposition: form-data; name="f"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--xyz--\r\n"
    )
    assert parse(MULTIPART, body) == ({"f": [b""]}, {})


def test_a_file_without_a_type() -> None:
    body = b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n\r\n--xyz--\r\n'
    (file,) = parse(MULTIPART, body)[1]["f"]
    assert (file.body, file.content_type) == (b"", "application/unknown")


def test_the_number_of_arguments_is_bounded() -> None:
    config = ParseBodyConfig(urlencoded=ParseUrlEncodedConfig(max_arguments=3))
    assert parse(URLENCODED, b"a&b&c", config)[0].keys() == {"a", "b", "c"}
    for body in (b"a&b&c&d", b"&&&"):
        with pytest.raises(HTTPInputError, match="more than 3 arguments"):
            parse(URLENCODED, body, config)
    with pytest.raises(HTTPInputError, match="more than 1000 arguments"):
        parse(URLENCODED, b"&" * 1000)


def test_multipart_can_be_switched_off() -> None:
    config = ParseBodyConfig(multipart=ParseMultipartConfig(enabled=False))
    assert parse(MULTIPART, BODY, config) == ({}, {})
    assert parse("multipart/form-data", b"\x00", config) == ({}, {})
    with pytest.raises(HTTPInputError, match="multipart/form-data parsing is disabled"):
        parse_multipart_form_data(b"xyz", BODY, {}, {}, config=config.multipart)


@pytest.mark.usefixtures("default_config")
def test_the_default_can_be_changed() -> None:
    set_parse_body_config(ParseBodyConfig(multipart=ParseMultipartConfig(max_parts=2)))
    with pytest.raises(HTTPInputError, match="too many parts: more than 2"):
        parse(MULTIPART, BODY)
    with pytest.raises(HTTPInputError, match="too many parts: more than 2"):
        parse_multipart_form_data(b"xyz", BODY, {}, {})
    assert parse(MULTIPART, BODY, ParseBodyConfig())[0] == {"a": [b"1", b"2"]}


def test_a_file_is_a_mapping_too() -> None:
    file = HTTPFile(filename="a.txt", body=b"abc", content_type="text/plain")
    assert dict(file) == {"filename": "a.txt", "body": b"abc", "content_type": "text/plain"}
    assert file["body"] == file.body
    assert len(file) == 3
    assert file == HTTPFile("a.txt", b"abc", "text/plain") != HTTPFile("a.txt", b"abd")
    assert repr(file) == "HTTPFile('a.txt', content_type='text/plain')"
    assert pickle.loads(pickle.dumps(file)) == file
    with pytest.raises(KeyError):
        file["size"]


@given(st.text(), st.binary())
def test_any_body_is_a_form_or_refused(content_type: str, body: bytes) -> None:
    for kind in (content_type, URLENCODED, MULTIPART, "multipart/form-data;" + content_type):
        arguments: dict[str, list[bytes]] = {}
        files: dict[str, list[HTTPFile]] = {}
        try:
            parse_body_arguments(kind, body, arguments, files)
        except HTTPInputError:
            assert (arguments, files) == ({}, {})


@pytest.mark.parametrize(
    "unit", [b"--xyz\r\n", b"\r\n--xyz", b"x", b"\r", b"\r\n", b"-", b"\r\n--xy"]
)
@pytest.mark.parametrize(
    "start", [b"", b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n']
)
def test_multipart_is_linear(start: bytes, unit: bytes) -> None:
    def run(size: int) -> Callable[[], object]:
        body = start + unit * size

        def call() -> None:
            with pytest.raises(HTTPInputError):
                parse(MULTIPART, body)

        return call

    assert growth(run) < LINEAR
