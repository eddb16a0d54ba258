"""Signatures of OAuth 1 (RFC 5849), made by oauthlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from oauthlib.common import Request
from oauthlib.oauth1 import Client

from zonda.http import url_concat


class Credentials(NamedTuple):
    """Who signs: the consumer's key and secret, and those of a token, if there is one."""

    consumer_key: str
    consumer_secret: str
    token_key: str | None = None
    token_secret: str | None = None

    def client(self, **options: str | None) -> Client:
        """The signer; *options* are those of oauthlib."""
        return Client(
            self.consumer_key,
            client_secret=self.consumer_secret,
            resource_owner_key=self.token_key,
            resource_owner_secret=self.token_secret,
            **options,
        )


def authorization(
    credentials: Credentials,
    url: str,
    *,
    callback_uri: str | None = None,
    verifier: str | None = None,
) -> str:
    """The ``Authorization`` of a ``GET`` of *url* (RFC 5849 section 3.5.1)."""
    client = credentials.client(callback_uri=callback_uri, verifier=verifier)
    _, headers, _ = client.sign(url)
    return str(headers["Authorization"])


def oauth_parameters(
    credentials: Credentials, url: str, parameters: Mapping[str, Any], method: str
) -> dict[str, str]:
    """The arguments ``oauth_...`` to send beside *parameters* in a query or a form."""
    client = credentials.client(signature_type="QUERY")
    request = Request(url_concat(url, {k: str(v) for k, v in parameters.items()}), method)
    request.oauth_params = client.get_oauth_params(request)
    signature = client.get_oauth_signature(request)
    return {**dict(request.oauth_params), "oauth_signature": str(signature)}
