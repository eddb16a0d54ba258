"""An OpenID Connect provider, by Authlib's server side; it can be made to misbehave."""

from __future__ import annotations

import base64
import functools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.util import list_to_scope, scope_to_list
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import AuthorizationCodeMixin, UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from tests.auth.loopback_site import Answer, Request, json_body, redirect

CLIENT_ID, CLIENT_SECRET = "client/of the site", "secret:of+the site"
REDIRECT_URI = "https://site.example/login"

Edit = Callable[[dict[str, Any]], None]


@functools.cache
def rsa_key(kid: str) -> RSAKey:
    """One of the test run: making them takes time."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def make_key(kid: str, algorithm: str = "ES256") -> Key:
    parameters: Any = {"kid": kid, "use": "sig", "alg": algorithm}
    if algorithm.startswith("ES"):
        curve = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm]
        return ECKey.generate_key(curve, parameters)
    if algorithm == "EdDSA":
        return OKPKey.generate_key("Ed25519", parameters)
    if algorithm.startswith("HS"):
        return OctKey.generate_key(256, parameters)
    return rsa_key(kid)


@dataclass
class Client(ClientMixin):  # type: ignore[misc]  # authlib has no types
    """The one site that is registered."""

    client_id: str
    secret: str | None
    redirect_uris: list[str]

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uris[0]

    def get_allowed_scope(self, scope: str | None) -> str:
        known = {"openid", "profile", "email", "offline_access"}
        return str(list_to_scope([s for s in scope_to_list(scope) or [] if s in known]))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") == (self.secret is None)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return True


@dataclass
class Code(AuthorizationCodeMixin):  # type: ignore[misc]  # authlib has no types
    """An authorization code."""

    code: str
    data: dict[str, str]
    scope: str
    user: str
    auth_time: int

    code_challenge = property(lambda self: self.data.get("code_challenge"))
    code_challenge_method = property(lambda self: self.data.get("code_challenge_method"))

    def get_redirect_uri(self) -> str | None:
        return self.data.get("redirect_uri")

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.data.get("nonce")

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class Token:
    """What was given to a site for a user."""

    access_token: str
    refresh_token: str | None
    scope: str
    user: str

    def check_client(self, client: Client) -> bool:
        return True

    def get_scope(self) -> str:
        return self.scope


@dataclass
class Payload(BasicOAuth2Payload):  # type: ignore[misc]  # authlib has no types
    """The arguments of a request."""

    payload: dict[str, str]

    def __post_init__(self) -> None:
        super().__init__(self.payload)


class ProviderRequest(OAuth2Request):  # type: ignore[misc]  # authlib has no types
    """A request of a test's site as Authlib wants it."""

    def __init__(self, request: Request) -> None:
        # Authlib insists on TLS, which loopback does without.
        url = request.url.replace("http://", "https://")
        super().__init__(request.method, url, headers=request.headers)
        self._args, self._form = request.query, request.form
        self.payload = Payload({**request.query, **request.form})

    args = property(lambda self: self._args)
    form = property(lambda self: self._form)


@dataclass
class Response:
    """An answer as Authlib's extensions want it."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def location(self) -> str | None:
        return self.headers.get("Location")

    @location.setter
    def location(self, value: str) -> None:
        self.headers["Location"] = value


def decoded_basic(query_client: Callable[[str], Client | None], request: Any) -> Client | None:
    """RFC 6749 section 2.3.1: both are form-encoded first, which Authlib leaves out."""
    encoded = request.headers.get("Authorization", "").removeprefix("Basic ")
    name, _, secret = base64.b64decode(encoded).decode().partition(":")
    client = query_client(unquote_plus(name))
    return client if client and client.check_client_secret(unquote_plus(secret)) else None


class Server(AuthorizationServer):  # type: ignore[misc]  # authlib has no types
    """Authlib's server on a test's site."""

    def __init__(self, provider: OIDCProvider) -> None:
        super().__init__(["openid", "profile", "email", "offline_access"])
        self.provider = provider
        make = BearerTokenGenerator(
            lambda **_: secrets.token_hex(16), lambda **_: secrets.token_hex(16)
        )
        self.register_token_generator("default", make)
        self.register_client_auth_method("client_secret_basic", decoded_basic)

    def query_client(self, client_id: str) -> Client | None:
        client = self.provider.client
        return client if client_id == client.client_id else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        self.provider.tokens.append(
            Token(token["access_token"], token.get("refresh_token"), token["scope"], request.user)
        )

    def create_oauth2_request(self, request: Any) -> OAuth2Request:
        return request if isinstance(request, OAuth2Request) else ProviderRequest(request)

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        return Response(status, body, dict(headers))

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        pass


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        provider = self.server.provider
        made = int(time.time())
        provider.codes[code] = Code(code, request.payload.data, request.scope, request.user, made)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        found: Code | None = self.server.provider.codes.get(code)
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del self.server.provider.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> str:
        return authorization_code.user


class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]  # authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        tokens: list[Token] = self.server.provider.tokens
        return next((t for t in tokens if t.refresh_token == refresh_token), None)

    def authenticate_user(self, refresh_token: Token) -> str:
        return refresh_token.user

    def revoke_old_credential(self, refresh_token: Token) -> None:
        self.server.provider.tokens.remove(refresh_token)


class IDTokens(OpenIDCode):  # type: ignore[misc]  # authlib has no types
    """Makes id_tokens, and spoils them where the provider is told to."""

    def __init__(self, provider: OIDCProvider) -> None:
        super().__init__(require_nonce=False)
        self.provider = provider

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return False

    def get_client_algorithm(self, client: Client) -> str:
        return self.provider.algorithm

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": self.provider.issuer}

    def generate_user_info(self, user: str, scope: str) -> UserInfo:
        return UserInfo(sub=user)

    def encode_id_token(self, token: dict[str, Any], request: OAuth2Request) -> str:
        text = super().encode_id_token(token, request)
        claims = jwt.decode(text, self.provider.key, [self.provider.algorithm]).claims
        return self.provider.sign(claims)

    def resolve_client_private_key(self, client: Client) -> Key:
        return self.provider.key


class Issuing(IssuerParameter):  # type: ignore[misc]  # authlib has no types
    def __init__(self, provider: OIDCProvider) -> None:
        self.provider = provider

    def get_issuer(self) -> str | None:
        return self.provider.issuer if self.provider.names_itself else None


def form_post(url: str, arguments: dict[str, str]) -> Answer:
    """A page that sends a form by itself (OAuth 2.0 Form Post Response Mode)."""
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{unquote_plus(value)}">'
        for name, value in arguments.items()
    )
    form = f"<form method=post action={url}>{fields}</form>"
    page = f"{form}<script>document.forms[0].submit()</script>"
    return Answer(200, page, {"Content-Type": "text/html"})


@dataclass
class OIDCProvider:
    """Knows one site, and logs in whoever is its ``user``; None does not agree.

    The attributes with edits spoil what it says: the claims and the header of the id_token, the
    token endpoint's answer, the metadata, the userinfo, the answer that the browser carries.
    """

    issuer: str = ""
    algorithm: str = "ES256"
    user: str | None = "user-1"
    asks: bool = False
    names_itself: bool = True
    client: Client = field(default_factory=lambda: Client(CLIENT_ID, CLIENT_SECRET, [REDIRECT_URI]))
    edit_claims: Edit = lambda claims: None
    edit_header: Edit = lambda header: None
    edit_tokens: Edit = lambda tokens: None
    edit_metadata: Edit = lambda metadata: None
    edit_userinfo: Edit = lambda info: None
    edit_answer: Edit = lambda query: None
    instead: dict[str, Answer] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = make_key("key-1", self.algorithm)
        self.signer: Key | None = None
        self.published: list[Key] = [self.key]
        self.server = Server(self)
        self.server.register_grant(CodeGrant, [IDTokens(self), CodeChallenge(required=True)])
        self.server.register_grant(RefreshGrant, [IDTokens(self)])
        self.server.register_extension(lambda server: Issuing(self)(server))

    def rotate(self, kid: str) -> None:
        """Change keys without notice."""
        self.key = make_key(kid, self.algorithm)
        self.published = [self.key]

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        self.edit_claims(claims)
        header = {"alg": self.algorithm, "kid": self.key.kid, **header}
        self.edit_header(header)
        key = self.signer or self.key
        return jwt.encode(header, claims, key, [header["alg"]])

    def __call__(self, request: Request) -> Answer:
        if not self.issuer:
            self.issuer = request.url.partition("/.well-known")[0].rstrip("/")
        if request.path in self.instead:
            return self.instead[request.path]
        answers = {
            "/.well-known/openid-configuration": self._metadata,
            "/authorize": self._authorize,
            "/token": self._token,
            "/jwks": self._jwks,
            "/userinfo": self._userinfo,
            "/me": self._userinfo,  # Facebook
            "/user": self._userinfo,  # GitHub
        }
        found = answers.get(request.path)
        return Answer(404, "no such page") if found is None else found(request)

    def _metadata(self, request: Request) -> Answer:
        metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "id_token_signing_alg_values_supported": [self.algorithm],
            "authorization_response_iss_parameter_supported": self.names_itself,
        }
        self.edit_metadata(metadata)
        return json_body(metadata)

    def _authorize(self, request: Request) -> Answer:
        if self.asks and request.method == "GET":
            fields = "".join(
                f'<input type="hidden" name="{name}" value="{value}">'
                for name, value in request.query.items()
            )
            page = f"<h1>Log in</h1><form method=post>{fields}<button>Agree</button></form>"
            return Answer(200, page, {"Content-Type": "text/html"})
        asked = self.server.create_oauth2_request(request)
        grant = self.server.get_consent_grant(asked, self.user)
        response = self.server.create_authorization_response(asked, self.user, grant)
        if response.location is None:
            return Answer(response.status, str(response.body))
        url, _, query = response.location.partition("?")
        arguments = dict(pair.split("=", 1) for pair in query.split("&"))
        self.edit_answer(arguments)
        if asked.payload.data.get("response_mode") == "form_post":
            return form_post(url, arguments)
        return redirect(f"{url}?{'&'.join(f'{k}={v}' for k, v in arguments.items())}")

    def _token(self, request: Request) -> Answer:
        response = self.server.create_token_response(request)
        body = dict(response.body)
        if response.status == 200:
            self.edit_tokens(body)
        return json_body(body, response.status)

    def _jwks(self, request: Request) -> Answer:
        return json_body({"keys": [key.as_dict(private=False) for key in self.published]})

    def _userinfo(self, request: Request) -> Answer:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = next((t for t in self.tokens if t.access_token == given), None)
        if token is None:
            return json_body({"error": "invalid_token"}, 401)
        info = {"sub": token.user, "name": "Ada Lovelace", "email": "ada@example.com"}
        self.edit_userinfo(info)
        return json_body(info)
