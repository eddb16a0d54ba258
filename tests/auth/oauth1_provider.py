"""A provider of OAuth 1, by oauthlib: 1.0a, and 1.0 as FriendFeed had it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from oauthlib.common import Request as OAuthRequest
from oauthlib.common import generate_token
from oauthlib.oauth1 import RequestValidator, WebApplicationServer

from tests.auth.loopback_site import Answer, Request, json_body, redirect

KEY, SECRET = "consumerKeyOfTheSite", "consumerSecretOfTheSite"


class Store(RequestValidator):  # type: ignore[misc]  # oauthlib has no types
    """What the provider remembers."""

    dummy_client = "dummy"
    dummy_request_token = "dummy"
    dummy_access_token = "dummy"
    enforce_ssl = False
    request_token_length = access_token_length = client_key_length = nonce_length = (5, 60)
    verifier_length = (5, 60)

    def __init__(self, callback: str | None) -> None:
        super().__init__()
        self.callback = callback
        self.request_tokens: dict[str, dict[str, Any]] = {}
        self.access_tokens: dict[str, str] = {}
        self.nonces: set[tuple[str, str]] = set()

    def validate_client_key(self, client_key: str, request: OAuthRequest) -> bool:
        return client_key == KEY

    def get_client_secret(self, client_key: str, request: OAuthRequest) -> str:
        return SECRET if client_key == KEY else "dummySecret"

    def validate_timestamp_and_nonce(
        self, client_key: str, timestamp: str, nonce: str, request: OAuthRequest, **tokens: Any
    ) -> bool:
        new = (timestamp, nonce) not in self.nonces
        self.nonces.add((timestamp, nonce))
        return new

    def validate_redirect_uri(self, client_key: str, uri: str, request: OAuthRequest) -> bool:
        return True

    def validate_requested_realms(self, key: str, realms: Any, request: OAuthRequest) -> bool:
        return True

    def get_default_realms(self, client_key: str, request: OAuthRequest) -> list[str]:
        return []

    def get_realms(self, token: str, request: OAuthRequest) -> list[str]:
        return []

    def validate_realms(self, *args: Any, **kwargs: Any) -> bool:
        return True

    def save_request_token(self, token: dict[str, str], request: OAuthRequest) -> None:
        self.request_tokens[token["oauth_token"]] = {
            "secret": token["oauth_token_secret"],
            "callback": request.redirect_uri,
            "verifier": None,
        }

    def get_request_token_secret(self, key: str, token: str, request: OAuthRequest) -> str:
        return str(self.request_tokens.get(token, {}).get("secret", "dummy"))

    def verify_request_token(self, token: str, request: OAuthRequest) -> bool:
        return token in self.request_tokens

    def validate_request_token(self, key: str, token: str, request: OAuthRequest) -> bool:
        return token in self.request_tokens

    def verify_realms(self, token: str, realms: Any, request: OAuthRequest) -> bool:
        return True

    def get_redirect_uri(self, token: str, request: OAuthRequest) -> str:
        return str(self.request_tokens[token]["callback"])

    def save_verifier(self, token: str, verifier: dict[str, str], request: OAuthRequest) -> None:
        self.request_tokens[token]["verifier"] = verifier["oauth_verifier"]

    def validate_verifier(self, key: str, token: str, given: str, request: OAuthRequest) -> bool:
        known = self.request_tokens.get(token, {}).get("verifier")
        return known is not None and (self.callback is not None or given == known)

    def invalidate_request_token(self, key: str, token: str, request: OAuthRequest) -> None:
        del self.request_tokens[token]

    def save_access_token(self, token: dict[str, str], request: OAuthRequest) -> None:
        self.access_tokens[token["oauth_token"]] = token["oauth_token_secret"]

    def validate_access_token(self, key: str, token: str, request: OAuthRequest) -> bool:
        return token in self.access_tokens

    def get_access_token_secret(self, key: str, token: str, request: OAuthRequest) -> str:
        return self.access_tokens.get(token, "dummy")


class OldServer(WebApplicationServer):  # type: ignore[misc]  # oauthlib has no types
    """OAuth 1.0: the callback is registered, and there is no verifier."""

    def validate_request_token_request(self, request: OAuthRequest) -> Any:
        request.redirect_uri = self.request_validator.callback
        return super().validate_request_token_request(request)

    def validate_access_token_request(self, request: OAuthRequest) -> Any:
        request.verifier = "noVerifier"
        return super().validate_access_token_request(request)


class OAuth1Provider:
    """Knows one user, who always agrees.

    :param callback: registered with the provider, which makes it speak OAuth 1.0.
    """

    def __init__(self, callback: str | None = None, **user: Any) -> None:
        self.store = Store(callback)
        self.server = (OldServer if callback else WebApplicationServer)(self.store)
        self.user = user or {"id": "bret", "screen_name": "bret", "name": "Bret"}
        self.posted: list[dict[str, str]] = []
        self.instead: dict[str, Answer] = {}

    def __call__(self, request: Request) -> Answer:
        if request.path in self.instead:
            return self.instead[request.path]
        answers = {
            "/request_token": self._request_token,
            "/authorize": self._authorize,
            "/authenticate": self._authorize,
            "/access_token": self._access_token,
        }
        return answers.get(request.path, self._resource)(request)

    def _request_token(self, request: Request) -> Answer:
        headers, body, status = self.server.create_request_token_response(
            request.url, request.method, request.body, request.headers
        )
        if self.store.callback and status == 200:
            body = body.replace("&oauth_callback_confirmed=true", "")
        return Answer(status, body or "", headers)

    def _authorize(self, request: Request) -> Answer:
        callback = request.query.get("oauth_callback")
        if callback and self.store.callback:
            self.store.request_tokens[request.query["oauth_token"]]["callback"] = callback
        headers, _, _ = self.server.create_authorization_response(request.url)
        location = headers["Location"]
        if self.store.callback:
            location = location.partition("&oauth_verifier=")[0]
        return redirect(location)

    def _access_token(self, request: Request) -> Answer:
        headers, body, status = self.server.create_access_token_response(
            request.url,
            request.method,
            request.body,
            request.headers,
            {"username": self.user["id"]},
        )
        return Answer(status, body or "", headers)

    def _resource(self, request: Request) -> Answer:
        valid, _ = self.server.validate_protected_resource_request(
            request.url, request.method, request.body, request.headers
        )
        if not valid:
            return json_body({"error": "bad_signature"}, 401)
        if request.method == "POST":
            self.posted.append(dict(parse_qsl(request.body)))
            return json_body({"posted": True})
        return json_body({**self.user, "asked": request.path, "query": request.query})


def verifier() -> str:
    return str(generate_token())
