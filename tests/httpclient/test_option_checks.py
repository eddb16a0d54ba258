from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from tests.httpclient.servers import OK, serving
from zonda.httpclient import AsyncHTTPClient, HTTPRequest, RequestError
from zonda.httpclient.option_checks import check_options

TIMES = ("connect_timeout", "request_timeout", "queue_timeout", "read_timeout")


@pytest.mark.parametrize(
    "options",
    [
        *[{name: value} for name in TIMES for value in (None, 0, 0.5, 10**9, math.inf)],
        {"max_redirects": 0, "max_body_size": 0},
        {"proxy_port": 65535, "proxy_host": "h", "auth_username": "", "auth_mode": "digest"},
        {"ssl_options": {}, "header_callback": print, "validate_cert": False, "ca_certs": 5},
    ],
)
def test_options_that_can_be_used(options: dict[str, Any]) -> None:
    check_options(options)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        *[(name, value, RequestError) for name in TIMES for value in (-1, -math.inf, math.nan)],
        *[(name, value, TypeError) for name in TIMES for value in ("5", b"5", [5])],
        ("max_redirects", -1, RequestError),
        ("max_redirects", 1.5, TypeError),
        ("max_body_size", "1", TypeError),
        ("max_body_size", -1, RequestError),
        *[("proxy_port", port, RequestError) for port in (0, -1, 65536, 65536 + 80)],
        ("proxy_port", "80", TypeError),
        ("proxy_host", b"h", TypeError),
        ("auth_username", b"me", TypeError),
        ("auth_mode", "ntlm", RequestError),
        ("proxy_auth_mode", 5, RequestError),
        ("streaming_callback", "f", TypeError),
        ("body_producer", b"x", TypeError),
        ("ssl_options", "x", TypeError),
    ],
)
async def test_options_that_cannot_be_used(
    client: AsyncHTTPClient, name: str, value: Any, error: type[Exception]
) -> None:
    """Wherever they are said, nothing is sent, and no connection is taken or kept."""
    with pytest.raises(error, match=name):
        HTTPRequest("http://h/", **{name: value})
    with pytest.raises(error, match=name):
        type(client)(force_instance=True, defaults={name: value})
    changed = HTTPRequest("http://h/")
    setattr(changed, name, value)
    with pytest.raises(error, match=name):
        await client.fetch(changed)
    with pytest.raises((error, ValueError), match=name):
        async with client.stream(changed):
            pass
    assert (client.pool.active_count, len(client.fetches.members)) == (0, 0)


def test_a_password_is_not_shown() -> None:
    with pytest.raises(TypeError) as caught:
        HTTPRequest("http://h/", auth_username="me", auth_password=b"secret")  # type: ignore[arg-type]  # on purpose
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("seconds", [math.inf, 1e300])
async def test_times_beyond_all_measure(client: AsyncHTTPClient, seconds: float) -> None:
    async with serving(OK) as server, asyncio.timeout(10):
        response = await client.fetch(server.url, connect_timeout=seconds, queue_timeout=seconds)
        assert response.body == b"ok"


@pytest.mark.parametrize("idle_timeout", [math.inf, 1e300])
async def test_connections_that_are_kept_for_ever(
    client: AsyncHTTPClient, idle_timeout: float
) -> None:
    async with serving(OK) as server, type(client)(True, idle_timeout=idle_timeout) as patient:
        for _ in range(2):
            await patient.fetch(server.url)
        assert server.connections == 1
