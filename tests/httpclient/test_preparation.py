"""What is prepared for a request, where there is a short way to it."""

from __future__ import annotations

from typing import Any

import pytest

from zonda.httpclient.preparation import Preparation
from zonda.httpclient.request import HTTPRequest
from zonda.httpclient.request_head import request_head
from zonda.httpclient.route import find_route
from zonda.httpclient.target import parse_url


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"connect_timeout": 1, "request_timeout": 2, "queue_timeout": 3, "read_timeout": 4},
        {"follow_redirects": False, "max_redirects": 1, "max_body_size": 2},
        {"header_callback": print, "streaming_callback": print, "prepare_curl_callback": print},
        {"user_agent": "me"},
        {"decompress_response": False},
        {"network_interface": "127.0.0.1"},
        {"allow_ipv6": False},
        {"unix_socket": "/s"},
        {"validate_cert": False},
        {"ca_certs": "ca.pem"},
    ],
)
@pytest.mark.parametrize("place", ["request", "defaults"])
@pytest.mark.parametrize("url", ["http://h/p?q", "https://h:1/"])
def test_the_short_way_leads_to_the_same_request(
    given: dict[str, Any], place: str, url: str
) -> None:
    own, defaults = (given, {}) if place == "request" else ({}, given)
    preparation = Preparation(defaults, None, None, use_environment=False)
    request = HTTPRequest(url, **own)
    options, target = preparation.options_of(request), parse_url(url)
    assert preparation.prepare(request, options, {}) == (
        target,
        find_route(target, options, None),
        request_head(request, options, target, {}),
    )
