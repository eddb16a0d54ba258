"""What rules ask of requests."""

from __future__ import annotations

import re

import pytest

from zonda.http import HTTPHeaders, HTTPServerRequest
from zonda.web import (
    AnyMatches,
    Application,
    DefaultHostMatches,
    HostMatches,
    Matcher,
    PathMatches,
)


def ask(path: str = "/", host: str = "a.example", **headers: str) -> HTTPServerRequest:
    return HTTPServerRequest("GET", path, headers=HTTPHeaders(headers), host=host)


def test_any_request() -> None:
    assert AnyMatches().match(ask()) == {}
    assert AnyMatches().reverse() is None


def test_a_matcher_has_to_say_what_it_matches() -> None:
    with pytest.raises(NotImplementedError):
        Matcher().match(ask())


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        (r"a\.example", "a.example", True),
        (r"a\.example", "A.Example:8080", True),
        (r"A\.example", "a.example", True),
        (r"a\.example", "a.example.org", False),
        (r"a\.example$", "a.example", True),
        (re.compile(r".*\.example"), "x.example", True),
    ],
)
def test_hosts(pattern: str, host: str, matches: bool) -> None:
    assert (HostMatches(pattern).match(ask(host=host)) is not None) is matches


def test_the_default_host_is_for_requests_without_a_proxy() -> None:
    application = Application(default_host="a.example")
    matcher = DefaultHostMatches(application, re.compile(r"a\.example$"))
    assert matcher.match(ask(host="127.0.0.1")) == {}
    assert matcher.match(ask(host="127.0.0.1", X_Real_Ip="1.2.3.4")) == {}
    proxied = ask(host="127.0.0.1")
    proxied.headers["X-Real-Ip"] = "1.2.3.4"
    assert matcher.match(proxied) is None
    assert DefaultHostMatches(application, re.compile("b$")).match(ask()) is None
    assert DefaultHostMatches(Application(), re.compile("a$")).match(ask()) is None


def test_groups_are_percent_decoded_to_bytes() -> None:
    assert PathMatches("/a").match(ask("/a?x=1")) == {}
    assert PathMatches("/a").match(ask("/ab")) is None
    found = PathMatches("/(.*)/(x)?").match(ask("/a%20%C3%A4/"))
    assert found == {"path_args": ["a \u00e4".encode(), None], "path_kwargs": {}}
    named = PathMatches("/(?P<n>.*)").match(ask("/%ff"))
    assert named == {"path_args": [], "path_kwargs": {"n": b"\xff"}}


@pytest.mark.parametrize(
    ("pattern", "args", "path"),
    [
        ("/", (), "/"),
        (r"/a/(\d+)", (7,), "/a/7"),
        (r"/a/([^/]+)/b/(.*)$", ("x y", "\u00e4/\u00f6"), "/a/x%20y/b/%C3%A4/%C3%B6"),
        (r"/(?P<year>[0-9]{4})/x\.html", (2024,), "/2024/x.html"),
        (r"^/a/(\w+)", (b"\xff",), "/a/%FF"),
        (r"/a/([^/]+)", ("b/c+d",), "/a/b%2Fc%2Bd"),
        (r"/(.*)/(.*)", ("a/b", "c"), "/a/b/c"),
        (r"/(.*)/(.*)", ("a", "b/c"), "/a/b%2Fc"),
    ],
)
def test_paths_are_made_from_patterns(pattern: str, args: tuple[object, ...], path: str) -> None:
    assert PathMatches(pattern).reverse(*args) == path


def test_groups_can_be_named() -> None:
    matcher = PathMatches("/(?P<a>.*)/(?P<b>.*)")
    assert matcher.reverse("1", b=2) == matcher.reverse(b=2, a=1) == "/1/2"
    with pytest.raises(ValueError, match="takes no argument 'a'"):
        matcher.reverse(1, a=2)


def test_wrong_use_is_an_error() -> None:
    with pytest.raises(ValueError, match="reversed"):
        PathMatches("/a?").reverse()
    with pytest.raises(ValueError, match="takes 1 arguments, not 2"):
        PathMatches("/(a)").reverse(1, 2)
    with pytest.raises(ValueError, match="no regular expression"):
        PathMatches("/(")
    with pytest.raises(ValueError, match="mixes"):
        PathMatches("/(a)(?P<b>c)")
