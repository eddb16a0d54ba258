"""Paths with typed places, there and back."""

from __future__ import annotations

import datetime
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.site import site
from zonda.http import HTTPServerRequest
from zonda.web import Application, Converter, Path, RequestHandler, RuleLike, URLSpec

ID = uuid.UUID("12345678-1234-5678-1234-567812345678")


def matched(path: Path, uri: str) -> object:
    found = path.match(HTTPServerRequest("GET", uri))
    return None if found is None else found["path_kwargs"]


@pytest.mark.parametrize(
    ("pattern", "uri", "expected"),
    [
        ("/user/{id:int}", "/user/7", {"id": 7}),
        ("/user/{id:int}", "/user/-7", {"id": -7}),
        ("/user/{id:int}", "/user/x", None),
        ("/user/{id:int}", "/user/" + "9" * 19, None),
        ("/user/{id:int}", "/user/7/", None),
        ("/{name}", "/a%20b%2Fc", {"name": "a b/c"}),
        ("/{name}", "/a/b", None),
        ("/{name}", "/%ff", None),
        ("/{rest:path}", "/a/b", {"rest": "a/b"}),
        ("/{x:float}/{y:float}", "/1.5/-2", {"x": 1.5, "y": -2.0}),
        ("/{id:uuid}.json", f"/{ID}.json", {"id": ID}),
        ("/a.b/{x}", "/axb/1", None),
        ("/gr\u00fc\u00dfe/{x}", "/gr%C3%BC%C3%9Fe/1", {"x": "1"}),
        ("/plain", "/plain", {}),
    ],
)
def test_what_a_path_matches(pattern: str, uri: str, expected: object) -> None:
    assert matched(Path(pattern), uri) == expected


@given(st.integers(-(10**17), 10**17), st.text(min_size=1), st.uuids())
def test_a_path_that_was_made_is_matched(number: int, text: str, key: uuid.UUID) -> None:
    text = text.encode("utf-8", "replace").decode()
    path = Path("/{a:int}/{b}/{c:uuid}/{d:path}")
    uri = path.reverse(number, text, key, text)
    assert uri is not None
    assert matched(path, uri) == {"a": number, "b": text, "c": key, "d": text}


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("/{a}/{a}", "two places called 'a'"),
        ("/{a:none}", "unknown converter 'none'; there are float, int, path, str, uuid"),
        ("/{a", "a brace"),
        ("/{a:int:b}", "a brace"),
        ("/}", "a brace"),
    ],
)
def test_wrong_patterns_say_what_is_wrong(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Path(pattern)


def test_wrong_arguments_say_what_is_wrong() -> None:
    path = Path("/{a:int}/{b}")
    assert path.reverse(1, b="x") == path.reverse(a=1, b="x") == "/1/x"
    with pytest.raises(ValueError, match="takes 2 arguments, not 1"):
        path.reverse(1)
    with pytest.raises(ValueError, match="takes no argument 'c'"):
        path.reverse(1, c=1)
    with pytest.raises(ValueError, match="'x' is no 'a'"):
        path.reverse("x", "y")
    with pytest.raises(ValueError, match="'' is no 'b'"):
        path.reverse(1, "")
    assert repr(path) == "Path('/{a:int}/{b}')"


DAY = Converter(r"\d{4}-\d{2}-\d{2}", datetime.date.fromisoformat, datetime.date.isoformat)


def test_converters_have_no_groups() -> None:
    with pytest.raises(ValueError, match="has groups"):
        Path("/{a:x}", {"x": Converter("(a|b)", str)})


class Show(RequestHandler):
    def get(self, **arguments: object) -> None:
        assert self.path_kwargs == arguments
        self.write({name: f"{type(value).__name__} {value}" for name, value in arguments.items()})


async def test_handlers_get_typed_arguments() -> None:
    rules: list[RuleLike] = [
        URLSpec(Path("/user/{id:int}/{name}"), Show, name="user"),
        (Path("/on/{day:day}", {"day": DAY}), Show, None, "day"),
    ]
    application = Application(rules)
    assert application.reverse_url("user", 7, name="a%b") == "/user/7/a%25b"
    day = datetime.date(2024, 2, 29)
    assert application.reverse_url("day", day) == "/on/2024-02-29"
    async with site(rules) as web:
        received = await web.fetch("/user/7/a%25b")
        assert json.loads(received.body) == {"id": "int 7", "name": "str a%b"}
        received = await web.fetch("/on/2024-02-29")
        assert json.loads(received.body) == {"day": "date 2024-02-29"}
        assert (await web.fetch("/on/2024-02-30")).code == 404
        assert (await web.fetch("/user/x/y")).code == 404
        assert (await web.fetch("/user/1/%ff")).code == 400
