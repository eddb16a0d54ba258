"""A request works its parts out when they are asked for."""

from __future__ import annotations

from typing import cast

import pytest

from zonda.http import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPServerRequest,
    RequestStartLine,
    received_request,
)


def request(uri: str = "/", body: bytes = b"", **headers: str) -> HTTPServerRequest:
    fields = HTTPHeaders({name.replace("_", "-"): value for name, value in headers.items()})
    return HTTPServerRequest("POST", uri, "HTTP/1.1", fields, body)


@pytest.mark.parametrize(
    ("uri", "path", "query"),
    [
        ("/a/b?c=d&e", "/a/b", "c=d&e"),
        ("/a%20b", "/a%20b", ""),
        ("/a?b?c", "/a", "b?c"),
        ("*", "*", ""),
        ("http://host/a?b", "/a", "b"),
        ("", "", ""),
    ],
)
def test_path_and_query(uri: str, path: str, query: str) -> None:
    assert (request(uri).path, request(uri).query) == (path, query)


def test_a_received_request_is_like_one_made_of_its_parts() -> None:
    start_line = RequestStartLine("GET", "/a?b=c", "HTTP/1.1")
    headers = HTTPHeaders(Host="h")
    connection = cast(HTTPConnection, object())  # nobody calls it
    received = received_request(start_line, headers, connection, "server")
    made = HTTPServerRequest(
        headers=headers, connection=connection, start_line=start_line, server_connection="server"
    )
    for name in ("method", "uri", "version", "headers", "body", "connection", "server_connection"):
        assert getattr(received, name) == getattr(made, name)
    assert (received.path, received.host) == ("/a", "h")
    assert 0 <= received.request_time() < 60


def test_path_and_query_can_be_set() -> None:
    changed = request("/a?b=c")
    assert changed.query_arguments == {"b": [b"c"]}
    changed.query = "d=e"
    changed.path = "/x"
    assert (changed.path, changed.query) == ("/x", "d=e")
    assert changed.query_arguments == {"d": [b"e"]}
    other = request("/a?b=c")
    other.path = "/y"
    assert (other.path, other.query) == ("/y", "b=c")


@pytest.mark.parametrize(
    ("uri", "header", "host", "name"),
    [
        ("/", "Example.org:8080", "Example.org:8080", "example.org"),
        ("/", "example.org", "example.org", "example.org"),
        ("/", "[::1]:80", "[::1]:80", "[::1]"),
        ("/", "[::1]", "[::1]", "[::1]"),
        ("http://other:1/", "example.org", "other:1", "other"),
    ],
)
def test_host(uri: str, header: str, host: str, name: str) -> None:
    made = request(uri, Host=header)
    assert (made.host, made.host_name) == (host, name)


def test_arguments_of_query_and_form_together() -> None:
    made = request("/?a=1&b=2", b"a=3&c=%C3%A4", Content_Type="application/x-www-form-urlencoded")
    assert made.query_arguments == {"a": [b"1"], "b": [b"2"]}
    assert made.body_arguments == {"a": [b"3"], "c": [b"\xc3\xa4"]}
    assert made.arguments == {"a": [b"1", b"3"], "b": [b"2"], "c": [b"\xc3\xa4"]}
    assert made.files == {}


def test_uploaded_files() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhello\r\n'
        b'--x\r\nContent-Disposition: form-data; name="g"\r\n\r\nvalue\r\n--x--\r\n'
    )
    made = request("/", body, Content_Type="multipart/form-data; boundary=x")
    assert made.files["f"][0].filename == "a.txt"
    assert made.files["f"][0].body == b"hello"
    assert made.body_arguments == {"g": [b"value"]}


def test_a_malformed_form_is_an_error_when_it_is_read() -> None:
    made = request("/", b"--y\r\n", Content_Type="multipart/form-data; boundary=x")
    assert made.query_arguments == {}
    with pytest.raises(HTTPInputError):
        made.body_arguments  # noqa: B018


def test_cookies() -> None:
    made = request("/", Cookie='a=1; bad; b="x y"')
    assert {name: morsel.value for name, morsel in made.cookies.items()}["a"] == "1"
    assert made.cookies["b"].value == "x y"
    assert made.cookies is made.cookies


def test_what_a_program_sets_counts() -> None:
    made = request("/")
    made.remote_ip = "10.0.0.1"
    made.protocol = "https"
    made.host = "set.example"
    made.query_arguments = {"q": [b"1"]}
    made.body_arguments = {"f": [b"2"]}
    made.files = {}
    assert made.arguments == {"q": [b"1"], "f": [b"2"]}
    assert made.full_url() == "https://set.example/"
    made.arguments = {}
    assert made.arguments == {}
    assert "10.0.0.1" in repr(made)


def test_without_a_connection_there_are_defaults() -> None:
    start_line = RequestStartLine("GET", "/x", "HTTP/1.1")
    made = HTTPServerRequest(start_line=start_line, host="h", files={})
    assert (made.method, made.uri, made.version) == start_line
    assert (made.remote_ip, made.protocol, made.host) == ("0.0.0.0", "http", "h")
    assert made.get_ssl_certificate() is None
    assert made.request_time() >= 0
    assert HTTPServerRequest("GET", "/").host == "127.0.0.1"
    assert HTTPServerRequest("GET", "http://h/").full_url() == "http://h/"
