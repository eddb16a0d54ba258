"""`OpenIDConnectMixin`: login with any OpenID Connect provider, found by its URL."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple, cast
from urllib.parse import quote_plus

from zonda.http import url_concat

from .errors import ProviderError, TokenError
from .flows import random_token
from .issuers import Issuer, find_issuer
from .oauth2 import OAuth2Mixin
from .pending import Callback, Pending, start
from .provider_calls import call, object_answer, token_answer
from .request_handler import handler_of
from .sent_forms import given, joined, refresh_form, texts
from .signed_tokens import SignedToken, claims_without_protocol


class Client(NamedTuple):
    """This application as a provider knows it."""

    id: str
    secret: str | None


class Login(NamedTuple):
    """What a provider has answered, checked."""

    tokens: dict[str, Any]
    id_token: SignedToken


class OpenIDConnectMixin(OAuth2Mixin):
    """Login with OpenID Connect, for handlers::

        class LoginHandler(RequestHandler, OpenIDConnectMixin):
            async def get(self):
                if self.get_argument("state", None):
                    user = await self.get_authenticated_user()
                    self.set_signed_cookie("user", user["sub"])
                    self.redirect(self.get_next_url())
                else:
                    await self.authorize_redirect()

    The application has the settings ``cookie_secret`` and ``openid_connect``, a dictionary with

    * ``issuer``: the provider's URL, from which everything else about it is found;
    * ``key`` and ``secret``: what the application got from the provider when it was registered
      there; no ``secret`` for a public client;
    * ``redirect_uri``: the URL of this handler, as it is registered there.

    Checked without being asked: ``state``, PKCE, nonce, ``iss`` (RFC 9207), the id_token's
    signature, issuer, audience, times, ``at_hash``; that the provider's further information is
    about the same user.

    Class attributes:

    * ``_OAUTH_SETTINGS_KEY``: the name of that setting; a handler for each provider has its own.
    * ``_OIDC_ISSUER``: the issuer, if the setting does not name it.
    * ``_OIDC_SCOPE``: what is asked for unless `authorize_redirect` says otherwise.
    * ``_OIDC_USERINFO``: whether to ask the provider's userinfo endpoint, if it has one; many
      id_tokens have no more than who it is.
    """

    _OAUTH_PKCE: ClassVar[bool | None] = True
    _OAUTH_SETTINGS_KEY: ClassVar[str] = "openid_connect"
    _OIDC_ISSUER: ClassVar[str | None] = None
    _OIDC_SCOPE: ClassVar[tuple[str, ...]] = ("openid", "profile", "email")
    _OIDC_USERINFO: ClassVar[bool] = True

    def get_openid_connect_settings(self) -> Mapping[str, str]:
        """The setting ``openid_connect``; override it to take it from elsewhere.

        :raises KeyError: the application has no such setting.
        """
        setting = handler_of(self).require_setting(self._OAUTH_SETTINGS_KEY, "OpenID Connect")
        return cast("Mapping[str, str]", setting)

    def authorize_redirect(
        self,
        redirect_uri: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        extra_params: Mapping[str, Any] | None = None,
        scope: Iterable[str] | None = None,
        response_type: str = "code",
        *,
        next_url: str | None = None,
    ) -> Pending[None]:
        """Send the browser to the provider; to be awaited.

        :param redirect_uri: instead of the setting's.
        :param client_id: instead of the setting's ``key``.
        :param client_secret: not sent; for compatibility.
        :param extra_params: such as ``prompt``, ``login_hint``, ``max_age``.
        :param scope: instead of ``openid profile email``.
        :param response_type: only ``"code"``: tokens do not belong into URLs.
        :param next_url: a path of this site for `get_next_url` after the login; the argument
            ``next`` of this request unless given.
        :raises ProviderError: the provider cannot be reached, or makes no sense.
        :raises ValueError: another *response_type*, a ``max_age`` that is none, or there is no
            *redirect_uri*.
        :raises KeyError: a setting is missing.
        """
        if response_type != "code":
            raise ValueError(f"the response_type is 'code', not {response_type!r}")
        redirect_uri = redirect_uri or self.get_openid_connect_settings().get("redirect_uri")
        if not redirect_uri:
            raise ValueError(f"no redirect_uri; put it into settings[{self._OAUTH_SETTINGS_KEY!r}]")
        extra = texts(extra_params)
        if not extra.get("max_age", "0").isdecimal():
            raise ValueError(f"max_age is a number of seconds, not {extra['max_age']!r}")
        scopes = joined(self._OIDC_SCOPE if scope is None else scope)
        params = {"response_type": "code", "client_id": self._client(client_id).id, "scope": scopes}
        step = self._leave(redirect_uri, params, extra, next_url)
        return start(handler_of(self), step)

    def get_authenticated_user(
        self,
        redirect_uri: str | None = None,
        code: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        callback: Callback | None = None,
    ) -> Pending[dict[str, Any]]:
        """The user who comes back from the provider with this request.

        :param redirect_uri: if given it must be that of `authorize_redirect`.
        :param code: the argument ``code`` unless given.
        :param client_id: instead of the setting's ``key``.
        :param client_secret: instead of the setting's ``secret``.
        :param callback: called with the user, or with None if the login failed.
        :return: the claims about the user.  ``iss`` and ``sub`` together are who it is, and stay;
            ``email`` and ``name`` may change, and an ``email`` proves nothing unless
            ``email_verified`` is true.  With ``access_token``, ``id_token``, and, if there are
            any, ``refresh_token`` and ``expires_in``.
        :raises FlowError: the request is no answer to a login of this browser.
        :raises RefusedError: the user or the provider said no.
        :raises TokenError: the id_token is not good for this login.
        :raises ProviderError: the provider does not answer, or makes no sense.
        """
        step = self._authenticated_user(redirect_uri, code, self._client(client_id, client_secret))
        return start(handler_of(self), step, callback)

    async def exchange_code(
        self,
        code: str | None = None,
        redirect_uri: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        extra_params: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The provider's tokens, whose id_token is checked; see `OAuth2Mixin.exchange_code`."""
        client = self._client(client_id, client_secret)
        return (await self._login(redirect_uri, code, client, extra_params)).tokens

    async def refresh_access_token(
        self,
        refresh_token: str,
        client_id: str | None = None,
        client_secret: str | None = None,
        scope: Iterable[str] | None = None,
        *,
        subject: str | None = None,
    ) -> dict[str, Any]:
        """New tokens for a refresh token; see `OAuth2Mixin.refresh_access_token`.

        :param subject: whose it is (``sub``); an id_token of somebody else is refused.
        :raises TokenError: there is a new id_token, and it is not good.
        """
        client = self._client(client_id, client_secret)
        form = refresh_form(refresh_token, client.id, client.secret, scope)
        tokens = await self._request_token(form)
        if "id_token" in tokens:
            fresh = await self._check_id_token(tokens, client, None)
            if subject is not None and fresh.subject() != subject:
                raise TokenError("the token is about another user (sub)")
        return tokens

    def logout_redirect(
        self,
        id_token: str | None = None,
        post_logout_redirect_uri: str | None = None,
        extra_params: Mapping[str, Any] | None = None,
    ) -> Pending[None]:
        """Send the browser to the provider to log out there too (RP-Initiated Logout 1.0).

        Forget the user here first: clear your cookie.

        :param id_token: of the login, so that the provider need not ask whether it is meant.
        :param post_logout_redirect_uri: where to go then; it has to be registered there.
        :raises ProviderError: the provider has no such endpoint, or cannot be reached.
        """
        params = {
            "client_id": self._client().id,
            "id_token_hint": id_token,
            "post_logout_redirect_uri": post_logout_redirect_uri,
            **texts(extra_params),
        }
        return start(handler_of(self), self._log_out(given(params)))

    async def check_logout_token(
        self, logout_token: str, client_id: str | None = None
    ) -> dict[str, Any]:
        """What a provider says that tells this server of a logout (Back-Channel Logout 1.0).

        :param logout_token: the argument of that name, of the provider's ``POST``.
        :return: the claims: ``sub`` (the user) or ``sid`` (the session), and ``jti``, which a
            site that wants to be sure remembers and accepts once.
        :raises TokenError: it is not good.
        """
        issuer = self._issuer()
        http_client = self.get_auth_http_client()
        token = await issuer.verify(http_client, logout_token, ("jwt", "logout+jwt"))
        token.check(self._issuer_of(token.claims), self._client(client_id).id, time.time())
        token.check_logout()
        return dict(token.claims)

    # For subclasses.

    def _issuer(self) -> Issuer:
        url = self._OIDC_ISSUER
        if url is None:
            url = self.get_openid_connect_settings().get("issuer")
        if not url:
            raise ValueError(f"no issuer; put it into settings[{self._OAUTH_SETTINGS_KEY!r}]")
        return find_issuer(url)

    def _issuer_of(self, claims: Mapping[str, Any]) -> str:
        """Who must have made a token with these claims."""
        return self._issuer().name

    def _provider(self) -> str:
        return self._issuer().url

    def _client(self, client_id: str | None = None, client_secret: str | None = None) -> Client:
        if client_id is not None:
            return Client(client_id, client_secret)
        settings = self.get_openid_connect_settings()
        return Client(settings["key"], client_secret or settings.get("secret"))

    async def _leave(
        self,
        redirect_uri: str,
        params: Mapping[str, str | None],
        extra: Mapping[str, str],
        next_url: str | None,
    ) -> None:
        metadata = await self._issuer().metadata(self.get_auth_http_client())
        flow = self._new_flow(redirect_uri, extra, next_url, nonce=random_token())
        endpoint = metadata["authorization_endpoint"]
        self._redirect_to(endpoint, flow, params, {**extra, "nonce": cast(str, flow.nonce)})

    async def _authenticated_user(
        self, redirect_uri: str | None, code: str | None, client: Client
    ) -> dict[str, Any]:
        tokens, id_token = await self._login(redirect_uri, code, client)
        user = await self._user_info(tokens["access_token"], id_token)
        user.update(claims_without_protocol(id_token.claims))
        for name in ("access_token", "id_token", "refresh_token", "expires_in"):
            if name in tokens:
                user[name] = tokens[name]
        return user

    async def _login(
        self,
        redirect_uri: str | None,
        code: str | None,
        client: Client,
        extra_params: Mapping[str, str] | None = None,
    ) -> Login:
        flow = self._take_flow()
        issuer = self._issuer()
        metadata = await issuer.metadata(self.get_auth_http_client())
        names_itself = metadata.get("authorization_response_iss_parameter_supported") is True
        self._check_answer(issuer.name, names_itself)
        form = self._code_form(flow, code, redirect_uri, client.id, client.secret, extra_params)
        tokens = await self._request_token(form)
        id_token = await self._check_id_token(tokens, client, flow.nonce)
        if flow.extra is not None:
            id_token.check_age(float(flow.extra), time.time())
        self._finished_flow = flow
        return Login(tokens, id_token)

    async def _check_id_token(
        self, tokens: Mapping[str, Any], client: Client, nonce: str | None
    ) -> SignedToken:
        text = tokens.get("id_token")
        if not isinstance(text, str):
            raise ProviderError("the token endpoint's answer has no id_token")
        token = await self._issuer().verify(self.get_auth_http_client(), text)
        token.check(self._issuer_of(token.claims), client.id, time.time())
        token.check_login(nonce, tokens.get("access_token"))
        return token

    async def _user_info(self, access_token: str, id_token: SignedToken) -> dict[str, Any]:
        """What the userinfo endpoint says (OpenID Connect Core 1.0 section 5.3)."""
        http_client = self.get_auth_http_client()
        metadata = await self._issuer().metadata(http_client)
        endpoint = metadata.get("userinfo_endpoint")
        if not self._OIDC_USERINFO or endpoint is None:
            return {}
        headers = {"Authorization": f"Bearer {access_token}"}
        info = object_answer(await call(http_client, endpoint, headers=headers))
        if info.get("sub") != id_token.subject():
            raise TokenError("the provider's information is about another user (sub)")
        return info

    async def _request_token(
        self, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        http_client = self.get_auth_http_client()
        metadata = await self._issuer().metadata(http_client)
        methods = metadata.get("token_endpoint_auth_methods_supported")
        if not isinstance(methods, list):
            methods = ["client_secret_basic"]  # as the standard has it
        fields = dict(form)
        sent = dict(headers or {})
        if "client_secret" in fields and "client_secret_basic" in methods:
            pair = (
                f"{quote_plus(fields.pop('client_id'))}:{quote_plus(fields.pop('client_secret'))}"
            )
            sent["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        answer = await call(http_client, metadata["token_endpoint"], form=fields, headers=sent)
        return token_answer(answer)

    async def _log_out(self, params: Mapping[str, str]) -> None:
        metadata = await self._issuer().metadata(self.get_auth_http_client())
        endpoint = metadata.get("end_session_endpoint")
        if endpoint is None:
            raise ProviderError("the provider has no end_session_endpoint")
        handler_of(self).redirect(url_concat(endpoint, params))
