"""What an application is told about a request."""

from __future__ import annotations

import io
from wsgiref.types import WSGIEnvironment

import pytest

from zonda.http import HTTPHeaders, HTTPServerRequest, RequestStartLine
from zonda.wsgi import FileWrapper, WSGIContainer


class Context:
    """Where a request comes from."""

    def __init__(self, protocol: str = "http") -> None:
        self.remote_ip = "192.0.2.1"
        self.protocol = protocol
        self.address = ("192.0.2.1", 5000)


class Connection:
    """Has a context, and nothing to write to."""

    def __init__(self, protocol: str = "http") -> None:
        self.context = Context(protocol)


def environ_of(
    target: str, *fields: tuple[str, str], body: bytes = b"", protocol: str = "http"
) -> WSGIEnvironment:
    """The environ of a request."""
    headers = HTTPHeaders()
    for name, value in fields:
        headers.add(name, value)
    request = HTTPServerRequest(
        start_line=RequestStartLine("POST", target, "HTTP/1.1"),
        headers=headers,
        body=body,
        connection=Connection(protocol),  # type: ignore[arg-type]  # nothing is written
    )
    return WSGIContainer(lambda environ, start_response: []).environ(request)


def test_every_key() -> None:
    fields = [("Host", "x.y:8"), ("Content-Type", "a/b"), ("X-A", "1"), ("X-A", "2")]
    environ = environ_of("/a%20b/%C3%A9?q=%20", *fields, body=b"abc")
    assert environ.pop("wsgi.input").read() == b"abc"
    assert hasattr(environ.pop("wsgi.errors"), "write")
    assert environ == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a b/Ã©",
        "QUERY_STRING": "q=%20",
        "REMOTE_ADDR": "192.0.2.1",
        "REMOTE_PORT": "5000",
        "SERVER_NAME": "x.y",
        "SERVER_PORT": "8",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "a/b",
        "CONTENT_LENGTH": "3",
        "HTTP_HOST": "x.y:8",
        "HTTP_X_A": "1,2",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }


@pytest.mark.parametrize(("protocol", "port"), [("http", "80"), ("https", "443")])
def test_default_ports(protocol: str, port: str) -> None:
    environ = environ_of("/", ("Host", "a"), protocol=protocol)
    assert (environ["wsgi.url_scheme"], environ["SERVER_PORT"]) == (protocol, port)


@pytest.mark.parametrize("name", ["X_A", "Proxy", "Transfer-Encoding"])
def test_fields_that_would_be_mistaken_are_left_out(name: str) -> None:
    environ = environ_of("/", ("Host", "a"), (name, "evil"))
    assert "evil" not in environ.values()


def test_cookies_are_joined_as_cookies() -> None:
    assert environ_of("/", ("Cookie", "a=1"), ("Cookie", "b=2"))["HTTP_COOKIE"] == "a=1; b=2"


def test_a_target_in_absolute_form_names_the_host() -> None:
    environ = environ_of("http://real:81/x?y", ("Host", "said"))
    assert (environ["HTTP_HOST"], environ["SERVER_NAME"]) == ("real:81", "real")
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == ("/x", "y")


def test_a_body_in_chunks_has_a_length_when_it_is_here() -> None:
    environ = environ_of("/", ("Transfer-Encoding", "chunked"), body=b"abc")
    assert environ["CONTENT_LENGTH"] == "3"
    assert "CONTENT_LENGTH" not in environ_of("/")


def test_files_are_read_in_blocks_and_closed() -> None:
    file = io.BytesIO(b"abcde")
    wrapper = FileWrapper(file, 2)
    assert list(wrapper) == [b"ab", b"cd", b"e"]
    wrapper.close()
    assert file.closed
    FileWrapper(object()).close()  # type: ignore[arg-type]  # what cannot be closed
