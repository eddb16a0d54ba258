"""URLs and queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http.errors import HTTPInputError
from zonda.http.urls import (
    MAX_ARGUMENTS,
    parse_query,
    split_host_and_port,
    unquote_bytes,
    url_concat,
)


@pytest.mark.parametrize(
    ("url", "args", "result"),
    [
        ("https://host/path", None, "https://host/path"),
        ("https://host/path", [], "https://host/path"),
        ("https://host/path", {"y": "y", "z": "z"}, "https://host/path?y=y&z=z"),
        ("https://host/path", [("y", "/y"), ("z", "z")], "https://host/path?y=%2Fy&z=z"),
        ("https://host/path", (("a", "1"), ("a", "2")), "https://host/path?a=1&a=2"),
        ("https://host/path?", {"y": "y"}, "https://host/path?y=y"),
        ("https://host/path?x", {"y": "y"}, "https://host/path?x=&y=y"),
        ("https://host/path?x&", {"y": "y"}, "https://host/path?x=&y=y"),
        ("https://host/path?a=1&b=2", [("c", "3")], "https://host/path?a=1&b=2&c=3"),
        ("https://host/path?a=1#tab", {"b": "\xe9 &"}, "https://host/path?a=1&b=%C3%A9+%26#tab"),
        ("https://host/path#tab", {"y": "y"}, "https://host/path?y=y#tab"),
        ("path;v=1", {"y": "y"}, "path;v=1?y=y"),
    ],
)
def test_url_concat(url: str, args: Any, result: str) -> None:
    assert url_concat(url, args) == result


@pytest.mark.parametrize("args", ["a=b", b"a=b", 1, {("a", "b")}])
def test_url_concat_with_something_else(args: Any) -> None:
    with pytest.raises(TypeError, match="args must be"):
        url_concat("http://host/", args)


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("", {}),
        ("&", {}),
        ("a", {"a": [b""]}),
        ("a=", {"a": [b""]}),
        ("=a", {"": [b"a"]}),
        ("a=1&b=2&a=3", {"a": [b"1", b"3"], "b": [b"2"]}),
        ("&&a=1&&", {"a": [b"1"]}),
        ("a=b=c", {"a": [b"b=c"]}),
        ("a=1;b=2", {"a": [b"1;b=2"]}),
        ("a+b=c+d", {"a b": [b"c d"]}),
        ("a%3Db=%26%3D%2B", {"a=b": [b"&=+"]}),
        ("%C3%A9=%C3%A9", {"\xe9": [b"\xc3\xa9"]}),
        ("%E9=%E9", {"\xe9": [b"\xe9"]}),
        ("\xe9=\xe9", {"\xe9": [b"\xc3\xa9"]}),
        ("a=%zz%4%", {"a": [b"%zz%4%"]}),
        ("a=\ud800", {"a": [b"?"]}),
        (b"a=\xff%00", {"a": [b"\xff\x00"]}),
    ],
)
def test_parse_query(query: str | bytes, arguments: dict[str, list[bytes]]) -> None:
    assert parse_query(query) == arguments


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.binary())))
def test_what_is_encoded_is_parsed(pairs: list[tuple[str, bytes]]) -> None:
    arguments: dict[str, list[bytes]] = {}
    for name, value in pairs:
        arguments.setdefault(name, []).append(value)
    assert parse_query(urlencode(pairs)) == arguments


@given(st.text(st.characters(max_codepoint=0x7F)) | st.text(alphabet="ab=&+%0F;"))
def test_queries_are_parsed_as_by_the_standard_library(query: str) -> None:
    expected = parse_qs(query, keep_blank_values=True, encoding="latin-1")
    values = [value.encode("latin-1") for found in expected.values() for value in found]
    parsed = [value for found in parse_query(query).values() for value in found]
    assert sorted(parsed) == sorted(values)


@given(st.binary() | st.text(alphabet="%=+0aF\r\n\t .").map(str.encode))
def test_unquoting_is_that_of_the_standard_library(data: bytes) -> None:
    assert unquote_bytes(data) == unquote_to_bytes(data)


def test_the_default_number_of_arguments() -> None:
    """HU-09, HU-10."""
    assert MAX_ARGUMENTS == 1000


@pytest.mark.parametrize("filler", ["a=b", "a", "=", ""])
def test_the_number_of_arguments_is_bounded(filler: str) -> None:
    parse_query("&".join([filler] * MAX_ARGUMENTS))
    with pytest.raises(HTTPInputError, match=f"more than {MAX_ARGUMENTS} arguments") as caught:
        parse_query("&".join([filler] * (MAX_ARGUMENTS + 1)))
    assert caught.value.status == 400
    parse_query("&".join([filler] * (MAX_ARGUMENTS + 1)), MAX_ARGUMENTS + 1)


@pytest.mark.parametrize("unit", ["%41", "%", "+", "=", "&", "a=b&", "%zz", "%C3%A9", "a"])
def test_parse_query_is_linear(unit: str) -> None:
    def run(size: int) -> Callable[[], object]:
        query = unit * size
        return lambda: parse_query(query, 1 << 30)

    assert growth(run) < LINEAR


@pytest.mark.parametrize(
    ("netloc", "parts"),
    [
        ("example.com", ("example.com", None)),
        ("example.com:80", ("example.com", 80)),
        ("example.com:", ("example.com:", None)),
        ("example.com:http", ("example.com:http", None)),
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("[::1]", ("[::1]", None)),
        ("[::1]:65535", ("[::1]", 65535)),
        ("::1", ("::1", None)),
        ("", ("", None)),
    ],
)
def test_split_host_and_port(netloc: str, parts: tuple[str, int | None]) -> None:
    assert split_host_and_port(netloc) == parts


def test_ports_are_numbers_of_16_bits() -> None:
    with pytest.raises(ValueError, match="above 65535"):
        split_host_and_port("example.com:65536")
