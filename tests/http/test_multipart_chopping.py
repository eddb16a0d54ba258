"""However a multipart body is cut into pieces, the outcome is the same."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.http.errors import HTTPInputError
from zonda.http.form_limits import ParseMultipartConfig
from zonda.http.multipart import (
    MultipartParser,
    PartData,
    PartEnd,
)
from zonda.http.multipart_part import PartBegin

CONFIG = ParseMultipartConfig(
    max_parts=3, max_part_header_size=90, max_field_size=20, max_file_size=40
)

#: What was read, and whether it ended with an error.
Outcome = tuple[list[tuple[str, str | None, str, bytes]], bool]


def outcome(pieces: Iterable[bytes]) -> Outcome:
    parser = MultipartParser(b"xyz", CONFIG)
    parts: list[tuple[str, str | None, str, bytes]] = []
    begin, content = PartBegin("", None, "", None), b""  # type: ignore[arg-type]  # never read
    try:
        for piece in pieces:
            for event in parser.feed(piece):
                match event:
                    case PartBegin():
                        begin, content = event, b""
                    case PartData():
                        content += event.data
                    case PartEnd():
                        parts.append((begin.name, begin.filename, begin.content_type, content))
        parser.finish()
    except HTTPInputError:
        return parts, True
    return parts, False


def cut(data: bytes, positions: Iterable[int]) -> list[bytes]:
    ends = sorted({min(position, len(data)) for position in positions} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


FIELD = b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n'
FILE = (
    b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="b"\r\n'
    b"Content-Type: text/plain\r\n\r\n\r\n--xy\r\n--\r\r\n\r\n"
)
LONG_HEADER = (
    b'--xyz\r\nContent-Disposition: form-data; name="a"\r\nX: ' + b"y" * 43 + b"\r\n\r\n1\r\n"
)

#: The line end in front of the boundary is the one that ends the header.
EMPTY = FIELD.replace(b"value\r\n", b"")

BODIES = {
    "good": FIELD + FILE + b"--xyz--\r\n",
    "empty line first": b"\r\n" + FIELD + b"--xyz--",
    "epilogue": FIELD + b"--xyz--\r\nepilogue\r\n--xyz\r\n",
    "no parts": b"--xyz--",
    "parts without bodies": EMPTY * 2 + b"--xyz--",
    "parts with empty bodies": FIELD.replace(b"value", b"") + EMPTY + b"--xyz--",
    "bodies that end with lines": FIELD.replace(b"value", b"\r\n")
    + FIELD.replace(b"value", b"a\r\n\r\n")
    + b"--xyz--",
    "preamble": b"preamble\r\n" + FIELD + b"--xyz--",
    "long preamble": b"a preamble longer than the boundary--xyz\r\n" + FIELD + b"--xyz--",
    "bare line feed": FIELD.replace(b"\r\n\r\n", b"\n\n") + b"--xyz--",
    "line feed in a header": FIELD.replace(b"; name", b";\n name") + b"--xyz--",
    "carriage return in a header": FIELD.replace(b"; name", b";\r name") + b"--xyz--",
    "folded header": FIELD.replace(b"; name", b";\r\n name") + b"--xyz--",
    "wrong boundary": FIELD + b"--xyy\r\n" + FIELD,
    "longer boundary": FIELD + b"--xyzz\r\n" + FIELD + b"--xyz--",
    "no end": FIELD + FILE,
    "half an end": FIELD + b"--xyz-",
    "bad second part": FIELD + b"--xyz\r\n\r\n\r\n--xyz--",
    "too many parts": FIELD * 4 + b"--xyz--",
    "header of the longest length": LONG_HEADER + b"--xyz--",
    "header too long": LONG_HEADER.replace(b"yy", b"yyy", 1) + b"--xyz--",
    "field too large": FIELD.replace(b"value", b"v" * 21) + b"--xyz--",
    "file too large": FILE.replace(b"\r\r", b"\r" * 40) + b"--xyz--",
    "not UTF-8": FIELD.replace(b"value", b"\xff").replace(b'"a"', b'"\xff"') + b"--xyz--",
}
GOOD = {
    "good",
    "empty line first",
    "epilogue",
    "no parts",
    "header of the longest length",
    "parts without bodies",
    "parts with empty bodies",
    "bodies that end with lines",
}


@pytest.mark.parametrize("name", BODIES)
def test_every_cut_in_two(name: str) -> None:
    data = BODIES[name]
    whole = outcome([data])
    assert whole[1] is (name not in GOOD)
    assert [at for at in range(len(data)) if outcome([data[:at], data[at:]]) != whole] == []


@pytest.mark.parametrize("name", BODIES)
def test_every_byte_on_its_own(name: str) -> None:
    data = BODIES[name]
    assert outcome(cut(data, range(len(data)))) == outcome([data])


ATOMS = st.sampled_from(
    [
        b"--xyz\r\n",
        b"\r\n--xyz\r\n",
        b"\r\n--xyz--",
        b"--xyz",
        b"\r\n",
        b"\r",
        b"\n",
        b"-",
        b"x",
        b"value",
        b'Content-Disposition: form-data; name="a"\r\n',
        b'Content-Disposition: form-data; name="f"; filename="b"\r\n',
        b"Content-Type: a/b\r\n",
        b"X: " + b"y" * 40,
        b"\xff",
        FIELD,
        FILE,
        EMPTY,
    ]
)
CUTS = st.lists(st.integers(0, 400), max_size=20)


@given(st.lists(ATOMS, max_size=12).map(b"".join), CUTS)
def test_random_bodies_and_random_cuts(data: bytes, positions: list[int]) -> None:
    assert outcome(cut(data, positions)) == outcome([data])


@given(st.sampled_from(sorted(BODIES)), st.data(), CUTS)
def test_damaged_bodies_and_random_cuts(name: str, draw: st.DataObject, cuts: list[int]) -> None:
    data = BODIES[name]
    start = draw.draw(st.integers(0, len(data)))
    length = draw.draw(st.integers(0, 5))
    data = data[:start] + draw.draw(st.binary(max_size=5)) + data[start + length :]
    assert outcome(cut(data, cuts)) == outcome([data])
