"""The access log of a server: one structured record for each request."""

from __future__ import annotations

import logging

import pytest

from tests.httpserver.server_fixture import answer, serving
from zonda.http import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from zonda.httpserver import HTTP1Connection, LoggedConnection

log = logging.getLogger("zonda.test.access")


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def reply(request: HTTPServerRequest) -> None:
    """Answer in one of several ways."""
    connection = request.connection
    assert isinstance(connection, HTTP1Connection)
    if request.path == "/streamed":
        connection.write_headers(ResponseStartLine("HTTP/1.1", 200, ""), HTTPHeaders(), b"ab")
        connection.write(b"cde")
        connection.finish()
    elif request.path == "/fails":
        raise RuntimeError("on purpose")
    elif request.path == "/missing":
        answer(request, 404, b"nothing")
    else:
        connection.respond(200, "", b"hello")


@pytest.mark.parametrize(
    ("data", "level", "expected"),
    [
        (get("/"), "INFO", ("GET", "/", 200, 5)),
        (get("/streamed?a=b"), "INFO", ("GET", "/streamed?a=b", 200, 5)),
        (get("/missing"), "WARNING", ("GET", "/missing", 404, 7)),
        (get("/fails"), "ERROR", ("GET", "/fails", 500, 0)),
        (b"nonsense\r\n\r\n", "WARNING", ("-", "-", 400, 0)),
    ],
)
async def test_a_record_says_all_about_a_request(
    data: bytes, level: str, expected: tuple[object, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", log.name)
    async with serving(reply, access_log=log) as running:
        await running.ask(data)
        assert running.server.connection_class is LoggedConnection
    [record] = [record for record in caplog.records if record.name == log.name]
    attributes = vars(record)
    said = tuple(attributes[name] for name in ("method", "uri", "status", "body_size"))
    assert said == expected
    assert record.levelname == level
    assert attributes["remote_ip"] == "127.0.0.1"
    assert 0 <= attributes["request_time"] < 20
    method, uri, status, _ = expected
    assert record.getMessage().startswith(f"{status} {method} {uri} (127.0.0.1) ")


async def test_one_line_for_each_request_of_a_connection(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", log.name)
    async with serving(reply, access_log=log) as running:
        client = await running.connect()
        client.send(get("/1") + get("/2") + get("/3") + b"bad\r\n\r\n")
        for _ in range(4):
            await client.read()
    uris = [vars(record)["uri"] for record in caplog.records if record.name == log.name]
    assert uris == ["/1", "/2", "/3", "-"]


async def test_a_log_that_nobody_reads(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("ERROR", log.name)
    async with serving(reply, access_log=log) as running:
        await running.ask(get("/"))
    assert not caplog.records


async def test_without_a_log_connections_are_of_the_quick_kind() -> None:
    async with serving(reply) as running:
        assert running.server.connection_class is HTTP1Connection
