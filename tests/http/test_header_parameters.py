"""Parameters of header values."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http.errors import HTTPInputError
from zonda.http.header_parameters import parse_header_parameters


@pytest.mark.parametrize(
    ("value", "main", "parameters"),
    [
        ("", "", {}),
        ("text/html", "text/html", {}),
        (" Text/HTML ; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
        ("a;", "a", {}),
        ("a; ;; b=1 ;", "a", {"b": "1"}),
        ("a;b=", "a", {"b": ""}),
        ('a;b=""', "a", {"b": ""}),
        ('a;b="c" ', "a", {"b": "c"}),
        ('a;b = "c" ; d=e', "a", {"b": "c", "d": "e"}),
        ('a; b="x;y"; c="d"', "a", {"b": "x;y", "c": "d"}),
        (r'a; b="x\"y"', "a", {"b": 'x"y'}),
        (r'a; b="x\\y"', "a", {"b": "x\\y"}),
        (r'a; b="C:\dir\file"', "a", {"b": r"C:\dir\file"}),
        (r'a; b="x\\\";y"', "a", {"b": r"x\";y"}),
        (r'a; b="C:\dir\"', "a", {"b": "C:\\dir\\"}),
        (r'a; b="x\" ; c=d', "a", {"b": "x\\", "c": "d"}),
        ("a; b=x y", "a", {"b": "x y"}),
        ("a; b*=UTF-8''%C3%A1", "a", {"b": "\xe1"}),
        ("a; b*=utf-8'de'x", "a", {"b": "x"}),
        ("a; b*=iso-8859-1''%E1", "a", {"b": "\xe1"}),
        ("a; b=plain; b*=UTF-8''%C3%A1", "a", {"b": "\xe1"}),
        ("a; b*=UTF-8''%C3%A1; b=plain", "a", {"b": "\xe1"}),
        ("a; b*=\"UTF-8''x\"", "a", {"b": "x"}),
    ],
)
def test_parse_header_parameters(value: str, main: str, parameters: dict[str, str]) -> None:
    assert parse_header_parameters(value) == (main, parameters)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a;b", "malformed parameter"),
        ("a;=b", "malformed parameter"),
        ('a;b="', "malformed parameter"),
        ('a;b="x', "malformed parameter"),
        (r'a;b="x\";c="y"', "malformed parameter"),
        (r'a;b="x\"y', "malformed parameter"),
        ('a;b="x"y', "malformed parameter"),
        ('a;b=x"y"', "malformed parameter"),
        ("a;b c=d", "malformed parameter"),
        ("a;b=1;B=2", "comes twice"),
        ("a;b*=UTF-8''1;b*=UTF-8''2", "comes twice"),
        ("a;b*=x", "no extended parameter"),
        ("a;b*=UTF-8'x", "no extended parameter"),
        ("a;b*=UTF-7''x", "no extended parameter"),
        ("a;b*=''x", "no extended parameter"),
        ("a;b*=UTF-8''%FF", "bytes are not UTF-8"),
        ("a;b*=UTF-8''%00", "control character"),
        ("a;b*=UTF-8''%0D%0AX", "control character"),
    ],
)
def test_malformed_parameters(value: str, message: str) -> None:
    with pytest.raises(HTTPInputError, match=message) as caught:
        parse_header_parameters(value)
    assert caught.value.status == 400


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))


@given(st.dictionaries(st.sampled_from("abcdef"), TEXT))
def test_quoted_text_is_read_back(parameters: dict[str, str]) -> None:
    value = "main"
    for name, text in parameters.items():
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        value += f'; {name}="{quoted}"'
    assert parse_header_parameters(value) == ("main", parameters)


@given(st.text() | st.text(alphabet="a;=\"\\ *'%-UTF8"))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        main, parameters = parse_header_parameters("x;" + text)
    except HTTPInputError:
        return
    assert main == "x"
    assert all(isinstance(value, str) for value in parameters.values())


@pytest.mark.parametrize(
    "make",
    [
        lambda n: ";" * n,
        lambda n: "; " * n,
        lambda n: 'a; b="' + ";" * n + '"',
        lambda n: 'a; b="' + '\\"' * n + '"',
        lambda n: 'a; b="' + '\\"' * n,
        lambda n: 'a; b="' + "\\" * n,
        lambda n: "a;" + 'b="\\' * n,
        lambda n: "a;" + " " * n + "x",
        lambda n: "a;b=" + " " * n + '"',
        lambda n: "a; b" + " " * n,
        lambda n: '";' * n,
        lambda n: ';a="\\"' * n,
        lambda n: ';a="\\" ' * n + "x",
        lambda n: "a;b*=UTF-8''" + "%C3%A1" * n,
        lambda n: "a;" + "".join(f"p{i}=1;" for i in range(n)),
    ],
)
def test_parse_header_parameters_is_linear(make: Callable[[int], str]) -> None:
    def run(size: int) -> Callable[[], object]:
        value = make(size)

        def call() -> None:
            with suppress(HTTPInputError):
                parse_header_parameters(value)

        return call

    assert growth(run) < LINEAR
