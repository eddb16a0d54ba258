"""HTTP messages under Tornado's names."""

from __future__ import annotations

import pytest

import tornado.httpclient
import tornado.httputil
import tornado.netutil
import tornado.simple_httpclient
import tornado.speedups
import tornado.web


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=1-2", (1, 3)),
        ("bytes=6-", (6, None)),
        ("bytes=-6", (-6, None)),
        ("bytes=-0", None),
        ("bytes=", None),
        ("foo=42", None),
        ("bytes=1-2,6-10", None),
    ],
)
def test_one_range(header: str, expected: object) -> None:
    assert tornado.httputil._parse_request_range(header) == expected


def test_small_functions() -> None:
    assert list(tornado.httputil._parseparam(';a; b="x;y\\";z"; c')) == ["a", 'b="x;y\\";z"', "c"]
    assert tornado.httputil.encode_username_password("ü", b"x") == b"\xc3\xbc:x"
    assert list(tornado.httputil.qs_to_qsl({"a": ["1", "2"]})) == [("a", "1"), ("a", "2")]
    assert tornado.httputil.responses[404] == "Not Found"
    assert tornado.speedups.websocket_mask(b"abcd", b"abcde") == b"\0\0\0\0\x04"
    assert len(tornado.web._create_signature_v1("secret", "a", b"b")) == 40


def test_a_request_with_defaults() -> None:
    request = tornado.httpclient.HTTPRequest("http://x/", user_agent="own")
    proxy = tornado.httpclient._RequestProxy(request, {"network_interface": "lo"})
    assert (proxy.user_agent, proxy.network_interface, proxy.url) == ("own", "lo", "http://x/")
    assert tornado.httpclient._RequestProxy(request, None).network_interface is None


async def test_the_simple_client() -> None:
    client = tornado.simple_httpclient.SimpleAsyncHTTPClient(force_instance=True)
    assert client.max_clients == 10
    assert len(client.queue) == 0
    with pytest.raises(tornado.httpclient.HTTPError):
        await client.fetch("ftp://nowhere/")
    await client.__aexit__(None, None, None)


@pytest.mark.parametrize(
    "kind", [tornado.netutil.BlockingResolver, tornado.netutil.ThreadedResolver]
)
async def test_resolvers(kind: type[tornado.netutil.ExecutorResolver]) -> None:
    resolver = kind()
    found = await resolver.resolve("127.0.0.1", 80)
    assert [address for _, address in found] == [("127.0.0.1", 80)]
    resolver.close()
