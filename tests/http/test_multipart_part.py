"""What the header of a part says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth
from zonda.http.errors import HTTPInputError
from zonda.http.multipart_part import read_part_header


def test_a_part_of_a_form() -> None:
    part = read_part_header(
        [
            ("Content-Disposition", 'form-data; name="f"; filename="a.txt" '),
            ("content-type", "text/plain\t"),
        ]
    )
    assert (part.name, part.filename, part.content_type) == ("f", "a.txt", "text/plain")
    assert dict(part.headers) == {
        "Content-Disposition": 'form-data; name="f"; filename="a.txt"',
        "Content-Type": "text/plain",
    }


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1)


@given(NAMES, st.none() | NAMES)
def test_the_quick_way_and_the_other_one_agree(name: str, filename: str | None) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    usual = f"form-data; name={quoted(name)}"
    if filename is not None:
        usual += f"; filename={quoted(filename)}"
    unusual = usual.replace("form-data; ", "Form-Data;", 1)
    one = read_part_header([("Content-Disposition", usual)])
    other = read_part_header([("Content-Disposition", unusual)])
    assert one[:3] == other[:3]
    if "%" not in usual:
        assert one[:2] == (name, filename)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "needs one Content-Disposition"),
        ([("Content-Disposition", "form-data; name=a")] * 2, "needs one Content-Disposition"),
        ([("Content-Disposition", "form-data")], "has no name"),
        ([("Content-Disposition", "file; name=a")], "another Content-Disposition"),
        ([("Content-Disposition", "")], "another Content-Disposition"),
    ],
)
def test_other_headers(lines: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(HTTPInputError, match=message):
        read_part_header(lines)


@pytest.mark.parametrize("unit", [";", '\\"', '"', " ", "%22", ";a=b", "\\", ";x*=UTF-8''"])
@pytest.mark.parametrize("start", ['name="a"; x="', "name=a; x=", 'name="'])
def test_dispositions_are_linear(start: str, unit: str) -> None:
    def run(size: int) -> Callable[[], object]:
        lines = [("Content-Disposition", "form-data; " + start + unit * size)]

        def call() -> None:
            with suppress(HTTPInputError):
                read_part_header(lines)

        return call

    assert growth(run) < LINEAR
