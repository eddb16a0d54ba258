"""The grammar of Sec-WebSocket-Extensions."""

from __future__ import annotations

import pytest

from zonda.websocket.errors import HandshakeError
from zonda.websocket.extension_header import Extension, format_extension, parse_extensions


@pytest.mark.parametrize(
    ("header", "extensions"),
    [
        ("", []),
        (" , ,", []),
        ("a", [Extension("a", [])]),
        ("a, b;c", [Extension("a", []), Extension("b", [("c", None)])]),
        ('a;b="10" ; c = 3', [Extension("a", [("b", "10"), ("c", "3")])]),
        ("a;b;b", [Extension("a", [("b", None), ("b", None)])]),
    ],
)
def test_what_a_header_says(header: str, extensions: list[Extension]) -> None:
    assert parse_extensions(header) == extensions
    assert parse_extensions(", ".join(map(format_extension, extensions))) == extensions


@pytest.mark.parametrize(
    "header",
    ["a b", "a;", "a;;b", "a;b=", 'a;b="', 'a;b="x y"', "a;b=c d", "ä", ";a", 'a;b=""', "a;=b"],
)
def test_what_is_malformed_is_400(header: str) -> None:
    with pytest.raises(HandshakeError) as caught:
        parse_extensions(header)
    assert caught.value.code == 400


@pytest.mark.parametrize("header", ["a," * 33, "a" + ";b" * 17, "a" + ";b" * 100_000])
def test_there_are_limits(header: str) -> None:
    with pytest.raises(HandshakeError, match="more than"):
        parse_extensions(header)
