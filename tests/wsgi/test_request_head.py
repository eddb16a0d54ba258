"""An environ becomes a request, by the rules of Zonda's own server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wsgi.asking import adapting, answering, make_environ


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"PATH_INFO": "/a b/Ã©%?", "QUERY_STRING": "x=%20"}, "/a%20b/%C3%A9%25%3F?x=%20"),
        ({"SCRIPT_NAME": "/mount", "PATH_INFO": "/a"}, "/mount/a"),
        ({"PATH_INFO": ""}, "/"),
        ({"PATH_INFO": "/;a=1,2@:!$&'()*+~"}, "/;a=1,2@:!$&'()*+~"),
    ],
)
def test_targets(changes: dict[str, Any], target: str) -> None:
    site = answering()
    with adapting(site) as ask:
        ask(make_environ(**changes))
    assert site.requests[0].start_line == ("GET", target, "HTTP/1.1")


def test_headers_and_version() -> None:
    site = answering()
    changes = {"HTTP_X_Y": "é", "CONTENT_TYPE": "a/b", "SERVER_PROTOCOL": "HTTP/1.0"}
    with adapting(site) as ask:
        ask(make_environ(b"abc", **changes))
    request = site.requests[0]
    assert dict(request.headers.get_all()) == {
        "Host": "localhost",
        "X-Y": "é",
        "Content-Type": "a/b",
        "Content-Length": "3",
    }
    assert request.start_line.version == "HTTP/1.0"


@pytest.mark.parametrize(
    "changes",
    [
        {"REQUEST_METHOD": "G T"},
        {"QUERY_STRING": "a\r\nb"},
        {"HTTP_HOST": "a/b"},
        {"HTTP_HOST": "a,b"},
        {"HTTP_X": "a\r\nb: c"},
    ],
)
def test_what_zonda_would_refuse_is_refused(changes: dict[str, Any]) -> None:
    site = answering()
    with adapting(site) as ask:
        answer = ask(make_environ(**changes))
    assert answer.status == "400 Bad Request"
    assert answer.body.startswith(b"400: ")
    assert "head" not in site.events
