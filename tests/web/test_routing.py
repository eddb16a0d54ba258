"""The first rule that matches wins, however it is found."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.site import site
from zonda.web import Application, RedirectHandler, RequestHandler, URLSpec
from zonda.web.routing import RouteTable, make_specs


class Show(RequestHandler):
    def initialize(self, name: str = "") -> None:
        self.name = name

    def get(self, *args: str) -> None:
        self.write(f"{self.name} {','.join(args)}")


PATTERNS = ["/", "/a", "/a/b", "/a/(.*)", "/(.*)", "/a/?", "/a/b*", r"/a\.b", "/(a|b)/c", "(/x)?/y"]
PATHS = ["/", "/a", "/a/", "/a/b", "/a/bb", "/a.b", "/b/c", "/x/y", "/y", "/a/c", "/z", "nothing"]


@given(st.permutations(PATTERNS), st.sampled_from(PATHS))
def test_the_table_finds_what_trying_in_order_finds(patterns: list[str], path: str) -> None:
    table = RouteTable(make_specs([(p, Show, {"name": p}) for p in patterns]))
    expected = next((p for p in patterns if re.fullmatch(p, path)), None)
    found = table.find(path)
    assert (None if found is None else found.kwargs["name"]) == expected
    if found is not None and expected is not None:
        match = re.fullmatch(expected, path)
        assert match is not None
        assert found.args == match.groups()


@pytest.mark.parametrize(
    ("pattern", "args", "path"),
    [
        ("/", (), "/"),
        (r"/a/(\d+)", (7,), "/a/7"),
        (r"/a/([^/]+)/b/(.*)$", ("x y", "ä/ö"), "/a/x%20y/b/%C3%A4%2F%C3%B6"),
        (r"/(?P<year>[0-9]{4})/x\.html", (2024,), "/2024/x.html"),
        (r"^/a/(\w+)", (b"\xff",), "/a/%FF"),
    ],
)
def test_paths_are_made_from_patterns(pattern: str, args: tuple[object, ...], path: str) -> None:
    application = Application([URLSpec(pattern, Show, name="rule")])
    assert application.reverse_url("rule", *args) == path


@pytest.mark.parametrize("pattern", ["/(?:a)", "/a?", "/(a)?", "/(a)*", r"/\d+", "/a|b", "/[ab]"])
def test_patterns_that_cannot_be_reversed(pattern: str) -> None:
    with pytest.raises(ValueError, match="reversed"):
        URLSpec(pattern, Show).reverse()


def test_wrong_use_is_an_error() -> None:
    with pytest.raises(ValueError, match="takes 1 arguments, not 2"):
        URLSpec("/(a)", Show).reverse(1, 2)
    with pytest.raises(ValueError, match="no regular expression"):
        URLSpec("/(", Show)
    with pytest.raises(ValueError, match="mixes"):
        URLSpec("/(a)(?P<b>c)", Show)
    with pytest.raises(TypeError, match="a rule is"):
        Application(["/"])  # type: ignore[list-item]  # wrong on purpose
    with pytest.raises(KeyError, match="nobody"):
        Application().reverse_url("nobody")
    assert "'/x$'" in repr(URLSpec(re.compile("/x"), Show))
    assert URLSpec("/x", Show).target is Show


async def test_rules_for_hosts() -> None:
    async with site([("/", Show, {"name": "any"}), ("/rest", Show, {"name": "rest"})]) as web:
        web.application.add_handlers(r"(www\.)?a\.example", [("/", Show, {"name": "a"})])
        web.application.add_handlers(".*", [("/late", Show, {"name": "late"})])

        async def ask(path: str, host: str) -> bytes:
            data = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
            return (await web.send(data)).body.strip()

        assert await ask("/", "a.example") == b"a"
        assert await ask("/", "WWW.A.example:8080") == b"a"
        assert await ask("/", "b.example") == b"any"
        assert await ask("/rest", "a.example") == b"rest"
        assert await ask("/late", "b.example") == b"late"


async def test_query_and_absolute_form_do_not_change_the_route() -> None:
    async with site([("/a", Show, {"name": "a"})]) as web:
        assert (await web.fetch("/a?x=/b")).body == b"a "
        assert (await web.fetch("http://localhost/a")).body == b"a "


@pytest.mark.parametrize(
    ("url", "path", "code", "location"),
    [
        ("/new/{0}", "/old/a", 301, "/new/a"),
        ("/new/{0}", "/old/a?b=c", 301, "/new/a?b=c"),
        ("/{0}", "/old//evil.example", 400, None),
        ("/{0}", "/old/%2Fevil.example", 400, None),
        ("/{0}", "/old/%5Cevil.example", 400, None),
        ("https://x.example/{0}", "/old//a", 301, "https://x.example//a"),
    ],
)
async def test_redirect_handler(url: str, path: str, code: int, location: str | None) -> None:
    async with site([("/old/(.*)", RedirectHandler, {"url": url})]) as web:
        received = await web.fetch(path)
        assert received.code == code
        assert received.headers.get("Location") == location


async def test_two_rules_with_one_name_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    application = Application([("/a", Show, None, "x"), ("/b", Show, None, "x")])
    assert application.reverse_url("x") == "/b"
    assert "'x'" in caplog.text
