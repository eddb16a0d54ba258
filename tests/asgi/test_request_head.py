"""A scope becomes a request, by the rules of Zonda's own server."""

from __future__ import annotations

import pytest

from tests.asgi.asking import Call, answering, http_scope


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"path": "/a b/é%?", "query_string": b"x=%20"}, "/a%20b/%C3%A9%25%3F?x=%20"),
        ({"path": "/a/b", "raw_path": b"/a%2Fb"}, "/a%2Fb"),
        ({"path": "/;a=1,2@:!$&'()*+~"}, "/;a=1,2@:!$&'()*+~"),
    ],
)
async def test_targets(changes: dict[str, object], target: str) -> None:
    site = answering()
    await Call().make(site, http_scope(**changes))
    assert site.requests[0].start_line == ("GET", target, "HTTP/1.1")


async def test_headers_and_version() -> None:
    site = answering()
    headers = [(b"host", b"a:1"), (b"cookie", b"a=1"), (b"x-y", b"\xe9"), (b"x-y", b"2")]
    await Call().make(site, http_scope(headers=headers, http_version="2"))
    request = site.requests[0]
    assert list(request.headers.get_all()) == [
        ("Host", "a:1"),
        ("Cookie", "a=1"),
        ("X-Y", "é"),
        ("X-Y", "2"),
    ]
    assert request.start_line.version == "HTTP/2"


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "G T"},
        {"raw_path": b"/a b"},
        {"query_string": b"a\r\nb"},
        {"headers": [(b"host", b"a"), (b"host", b"b")]},
        {"headers": [(b"host", b"a/b")]},
        {"headers": [(b"bad name", b"a")]},
        {"headers": [(b"name", b"a\r\nb: c")]},
    ],
)
async def test_what_zonda_would_refuse_is_refused(changes: dict[str, object]) -> None:
    site = answering()
    call = await Call().make(site, http_scope(**changes))
    assert call.status == 400
    assert call.body.startswith(b"400: ")
    assert site.events == []
