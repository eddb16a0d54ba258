"""Requests from this server to a provider, and what its answers say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from zonda.escape import json_decode
from zonda.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse

from .errors import ProviderError, RefusedError, printable

#: Seconds for one request to a provider.
CALL_TIMEOUT: Final = 10.0

#: Bytes of a provider's answer.
MAX_ANSWER_SIZE: Final = 1024 * 1024

FORM: Final = "application/x-www-form-urlencoded"

_TOKEN: Final = re.compile(r"[\x20-\x7e]+")  # RFC 6749 appendix A
_MISCONFIGURED: Final = ("invalid_client", "unauthorized_client", "unsupported_grant_type")
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


async def call(
    client: AsyncHTTPClient,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HTTPResponse:
    """``GET`` *url*, or ``POST`` a *form* to it; the answer may have any status.

    Redirects are not followed: no secret goes where it was not meant to.

    :raises ProviderError: there is no answer.
    """
    fields = {"Accept": "application/json", "User-Agent": "zonda", **(headers or {})}
    if form is not None:
        fields["Content-Type"] = FORM
    try:
        return await client.fetch(
            url,
            raise_error=False,
            method="GET" if form is None else "POST",
            headers=fields,
            body=None if form is None else urlencode(form),
            follow_redirects=False,
            request_timeout=CALL_TIMEOUT,
            max_body_size=MAX_ANSWER_SIZE,
        )
    except (HTTPClientError, OSError) as error:
        # The URL without its query, which may have a token.
        where = printable(url.partition("?")[0])
        raise ProviderError(f"no answer from {where} ({type(error).__name__})") from None


def json_answer(response: HTTPResponse) -> Any:
    """The JSON value of an answer.

    :raises RefusedError: its status says no.
    :raises ProviderError: it is no JSON, or the provider has failed.
    """
    try:
        value = json_decode(response.body) if response.body else None
    except ValueError:
        value = None
    else:
        if 200 <= response.code < 300 and value is not None:
            return value
    raise _failure(response, value)


def object_answer(response: HTTPResponse) -> dict[str, Any]:
    """The JSON object of an answer.

    :raises RefusedError: its status says no.
    :raises ProviderError: it is no JSON object, or the provider has failed.
    """
    value = json_answer(response)
    if not isinstance(value, dict):
        raise _failure(response, None)
    return value


def token_answer(response: HTTPResponse) -> dict[str, Any]:
    """The answer of an OAuth 2 token endpoint (RFC 6749 section 5): JSON, or a form as some send.

    :raises RefusedError: with ``error`` and ``description``; also where the status is 200.
    :raises ProviderError: it has no access token.
    """
    value: object
    try:
        value = json_decode(response.body)
    except ValueError:
        value = dict(parse_qsl(response.body.decode("utf-8", "replace")))
    if not isinstance(value, dict) or "error" in value or not 200 <= response.code < 300:
        raise _failure(response, value)
    for name in ("access_token", "refresh_token"):
        token = value.get(name, "absent" if name == "refresh_token" else None)
        if not isinstance(token, str) or _TOKEN.fullmatch(token) is None:
            raise ProviderError(f"the token endpoint's answer has no {name}", response=response)
    return value


def form_answer(response: HTTPResponse) -> dict[str, str]:
    """The fields of an answer that is a form, as OAuth 1 has them.

    :raises RefusedError: its status says no.
    """
    fields = dict(parse_qsl(response.body.decode("utf-8", "replace"), keep_blank_values=True))
    if 200 <= response.code < 300:
        return fields
    # "oauth_problem" is of an extension that Yahoo, Google and others had.
    problem = fields.get("oauth_problem") or fields.get("error")
    raise _failure(response, {"error": problem, "error_description": fields.get("description")})


def is_safe_url(url: object) -> bool:
    """Whether secrets may be sent to *url*: ``https``, or ``http`` on this very machine."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    )


def _failure(response: HTTPResponse, value: object) -> ProviderError | RefusedError:
    where = f"{urlsplit(response.request.url).netloc} answered {response.code}"
    if response.code >= 500:
        return ProviderError(where, response=response)
    fields: dict[str, Any] = value if isinstance(value, dict) else {}
    error: Any = fields.get("error")
    description = fields.get("error_description")
    if isinstance(error, dict):  # Facebook
        error, description = error.get("type"), error.get("message")
    if error is None and not 400 <= response.code < 500:
        return ProviderError(f"{where}, which makes no sense there", response=response)
    # Not the user's fault: this site's own credentials are wrong.
    status = 500 if error in _MISCONFIGURED else None
    return RefusedError(where, status, error=error, description=description, response=response)
