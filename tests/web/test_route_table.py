"""The first rule that matches wins, however it is found."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.http import HTTPServerRequest
from zonda.web import (
    AnyMatches,
    HostMatches,
    Path,
    PathMatches,
    RequestHandler,
    Router,
    Rule,
    stream_request_body,
)
from zonda.web.route_table import Elsewhere, Mode, Route, RouteTable, handler_route


class Handler(RequestHandler):
    def initialize(self, name: str = "") -> None:
        self.name = name


@stream_request_body
class Streaming(RequestHandler):
    pass


def ask(path: str, host: str = "a.example") -> HTTPServerRequest:
    request = HTTPServerRequest("GET", path)
    request.host = host
    return request


PATTERNS = [
    "/",
    "/a",
    "/a/b",
    "/a/(.*)",
    "/(.*)",
    "/a/?",
    "/a/b*",
    r"/a\.b",
    "/(a|b)/c",
    "(/x)?/y",
    r"/(\w+)/b",
    r"/([^/]+)/(\d+)/c",
    r"/a/(\d+)/c",
    "/(?:a)/b",
    "/a|/b",
]
PATHS = ["/", "/a", "/a/", "/a/b", "/a/bb", "/a.b", "/b/c", "/x/y", "/y", "/a/c", "/z", "none"]
PATHS += ["/a/7/c", "/b/7/c", "/b/b", "/b", "/a/b/c", "//b"]


@given(st.permutations(PATTERNS), st.sampled_from(PATHS))
def test_the_table_finds_what_trying_in_order_finds(patterns: list[str], path: str) -> None:
    table = RouteTable([(p, Handler, {"name": p}) for p in patterns])
    # As Tornado does: the end is demanded of the last alternative only.
    expected = next((p for p in patterns if re.match(p + "$", path)), None)
    found = table.find(ask(path))
    assert (None if found is None else route(found).kwargs["name"]) == expected
    if expected is not None:
        match = re.match(expected + "$", path)
        assert match is not None and found is not None
        assert route(found).args == match.groups()


def route(found: object) -> Route:
    assert isinstance(found, Route)
    return found


def test_rules_that_have_to_be_asked_keep_their_place() -> None:
    named = [(path, Handler, {"name": path}) for path in ("/a", "/b", "/c")]
    table = RouteTable(
        [
            named[0],
            Rule(HostMatches(r"b\.example"), Handler, {"name": "host"}),
            named[1],
            (HostMatches("c.example"), [("/c", Handler, {"name": "nested"}, "inner")]),
            named[2],
            (AnyMatches(), Handler, {"name": "any"}),
        ]
    )

    def name(path: str, host: str) -> object:
        return route(table.find(ask(path, host))).kwargs["name"]

    assert name("/a", "b.example") == "/a"
    assert name("/b", "b.example") == "host"
    assert name("/b", "a.example") == "/b"
    assert name("/c", "c.example") == "nested"
    assert name("/c", "a.example") == "/c"
    assert name("/b", "c.example") == "/b"
    assert name("/d", "c.example") == "any"
    assert set(table.static) == {"/a"}
    assert [rule.name for rule in table.named()] == ["inner"]


def test_other_routers_are_asked_and_may_have_nobody() -> None:
    class Nobody(Router):
        def find_handler(self, request: HTTPServerRequest, **kwargs: object) -> None:
            asked.append((request.path, kwargs))

    asked: list[tuple[str, object]] = []
    table = RouteTable(
        [(r"/(.*)", Nobody(), {"k": 1}), (r"/x", Handler), (r"/f/(?P<n>.*)", lambda request: None)]
    )
    assert route(table.find(ask("/x"))).handler_class is Handler
    assert asked == [("/x", {"path_args": [b"x"], "path_kwargs": {}, "target_kwargs": {"k": 1}})]
    request = ask("/none")
    assert table.find(request) is None


def test_how_the_body_comes_is_part_of_the_route() -> None:
    table = RouteTable([("/a", Handler), ("/b", Streaming), ("/c/(.)", Streaming)])
    modes = [route(table.find(ask(path))).mode for path in ("/a", "/b", "/c/d")]
    assert modes == [Mode.WHOLE, Mode.IN_PIECES, Mode.IN_PIECES]
    assert handler_route(Streaming).mode is Mode.IN_PIECES
    assert Elsewhere(Router()).mode is Mode.ELSEWHERE  # type: ignore[arg-type]  # any object


def test_text_that_is_decoded_already_is_not_decoded_again() -> None:
    made = handler_route(Handler, {"a": 1}, ["%41", b"%41", 5, None], {"x": "%41"})
    assert made.args == (b"%41", b"%41", 5, None)
    assert made.named == {"x": b"%41"}


SITES: dict[str, Callable[[int], tuple[str | PathMatches, str]]] = {
    "beginnings": lambda n: (rf"/item{n}/(\d+)", f"/item{n}/7"),
    "ends": lambda n: (rf"/([^/]+)/(\w+)/x{n}", f"/a/b/x{n}"),
    "middles": lambda n: (rf"/api/v1/x{n}/(.*)", f"/api/v1/x{n}/a/b"),
    "partial texts": lambda n: (rf"/page-{n}-([0-9]+)\.html", f"/page-{n}-1.html"),
    "typed": lambda n: (Path(f"/{{user:int}}/x{n}/{{file:path}}"), f"/1/x{n}/a/b"),
    "static": lambda n: (f"/x{n}", f"/x{n}"),
}


@pytest.mark.parametrize("kind", SITES)
def test_the_last_of_2000_rules_is_found_as_fast_as_the_first_linear(kind: str) -> None:
    made = [SITES[kind](number) for number in range(2000)]
    table = RouteTable([(pattern, Handler, {"name": path}) for pattern, path in made])

    def duration(path: str) -> float:
        requests = [ask(path) for _ in range(300)]
        begun = time.perf_counter()
        for request in requests:
            table.find(request)
        return time.perf_counter() - begun

    for path in (made[0][1], made[-1][1]):
        assert route(table.find(ask(path))).kwargs["name"] == path
    first = min(duration(made[0][1]) for _ in range(9))
    last = min(duration(made[-1][1]) for _ in range(9))
    assert last < 2 * first
