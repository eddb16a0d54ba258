"""`OAuth2Mixin`: the authorization code flow of OAuth 2 (RFC 6749, RFC 7636, RFC 9700)."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, ClassVar

from zonda.http import url_concat

from .errors import FlowError, RefusedError
from .flows import Flow, begin_flow, finish_flow, random_token, wanted_path
from .login import LoginMixin
from .provider_calls import call, json_answer, token_answer
from .request_handler import argument, handler_of
from .sent_forms import given, joined, refresh_form, texts


class OAuth2Mixin(LoginMixin):
    """Login with OAuth 2, for handlers.

    A subclass names the provider's endpoints, and has a ``get_authenticated_user`` that calls
    `exchange_code`.  ``state`` and PKCE need nothing: `authorize_redirect` makes them, keeps them
    in a cookie for ten minutes, signed with the setting ``cookie_secret``, and
    `exchange_code` checks and sends them.

    Class attributes:

    * ``_OAUTH_AUTHORIZE_URL``: the authorization endpoint, to which the browser is sent.
    * ``_OAUTH_ACCESS_TOKEN_URL``: the token endpoint.
    * ``_OAUTH_PKCE``: True for PKCE, False for none (for a provider that refuses parameters it does
      not know), None for PKCE unless `authorize_redirect` is given a ``state``: programs that keep
      a state of their own mostly ask for tokens themselves, and have no verifier to send.
    * ``_OAUTH_ISSUER``: what the provider calls itself in the parameter ``iss`` of its answers
      (RFC 9207), if it does.
    * ``_OAUTH_TOKEN_IN_QUERY``: True for a provider that takes an access token only as the query
      argument ``access_token``, and not as a header.
    """

    _OAUTH_AUTHORIZE_URL: ClassVar[str]
    _OAUTH_ACCESS_TOKEN_URL: ClassVar[str]
    _OAUTH_PKCE: ClassVar[bool | None] = None
    _OAUTH_ISSUER: ClassVar[str | None] = None
    _OAUTH_TOKEN_IN_QUERY: ClassVar[bool] = False

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
    ) -> Awaitable[None] | None:
        """Send the browser to the provider; the request is then finished.

        :param redirect_uri: where the provider shall send it back to: from the configuration, for
            what the request says of its host is the client's word.
        :param client_secret: not sent; for compatibility.
        :param extra_params: further arguments for the provider; a ``state`` among them is used
            instead of a random one, a ``code_challenge`` instead of PKCE by the mixin.  With a
            ``response_mode`` of ``form_post`` the answer is a ``POST``, over TLS, without an XSRF
            token: its handler overrides ``check_xsrf_cookie``, for ``state`` is checked instead.
        :param scope: what to ask for.
        :param next_url: a path of this site for `get_next_url` after the login; the argument
            ``next`` of this request unless given.
        :return: None, for all is done; a subclass that has to ask the provider first returns what
            is to be awaited.
        :raises ValueError: *redirect_uri* and ``state`` are too long for a cookie.
        """
        extra = texts(extra_params)
        flow = self._new_flow(redirect_uri, extra, next_url)
        self._redirect_to(
            self._OAUTH_AUTHORIZE_URL,
            flow,
            {"response_type": response_type, "client_id": client_id, "scope": joined(scope)},
            extra,
        )
        return None

    async def exchange_code(
        self,
        code: str | None = None,
        redirect_uri: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        extra_params: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The provider's tokens, for the code in this request.

        :param code: the argument ``code`` unless given.
        :param redirect_uri: if given it must be that of `authorize_redirect`.
        :return: the token endpoint's answer: ``access_token``, ``token_type``, mostly
            ``expires_in`` (seconds), perhaps ``refresh_token``, ``scope``, ``id_token``.
        :raises FlowError: the request is no answer to a login of this browser.
        :raises RefusedError: the user or the provider said no.
        :raises ProviderError: the provider does not answer.
        """
        flow = self._finish_flow()
        form = self._code_form(flow, code, redirect_uri, client_id, client_secret, extra_params)
        return await self._request_token(form)

    async def refresh_access_token(
        self,
        refresh_token: str,
        client_id: str | None = None,
        client_secret: str | None = None,
        scope: Iterable[str] | None = None,
    ) -> dict[str, Any]:
        """New tokens for a refresh token (RFC 6749 section 6).

        If the answer has a ``refresh_token``, it is to be kept instead of the old one.

        :raises RefusedError: with the error ``invalid_grant``: the user has to log in again.
        :raises ProviderError: the provider does not answer.
        """
        form = refresh_form(refresh_token, client_id, client_secret, scope)
        return await self._request_token(form)

    async def oauth2_request(
        self,
        url: str,
        access_token: str | None = None,
        post_args: Mapping[str, Any] | None = None,
        **args: Any,
    ) -> Any:
        """Ask the provider for something in the user's name.

        :param post_args: makes it a ``POST`` of this form.
        :param args: for the query.
        :return: the value of the JSON answer.
        :raises RefusedError: the provider said no; the access token may have expired.
        :raises ProviderError: the provider does not answer, or not with JSON.
        """
        headers = {}
        if access_token is not None and self._OAUTH_TOKEN_IN_QUERY:
            args["access_token"] = access_token
        elif access_token is not None:
            headers["Authorization"] = f"Bearer {access_token}"
        if args:
            url = url_concat(url, {name: _text(value) for name, value in args.items()})
        form = None
        if post_args is not None:
            form = {name: _text(value) for name, value in post_args.items()}
        return json_answer(await call(self.get_auth_http_client(), url, form=form, headers=headers))

    # For subclasses.

    def _oauth_request_token_url(
        self,
        redirect_uri: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        code: str | None = None,
        extra_params: Mapping[str, str] | None = None,
    ) -> str:
        """The token endpoint with all arguments in its query, for subclasses that fetch it
        themselves; `exchange_code` sends them as a form, where no log has them."""
        flow = self._finish_flow()
        form = self._code_form(flow, code, redirect_uri, client_id, client_secret, extra_params)
        return url_concat(self._OAUTH_ACCESS_TOKEN_URL, form)

    def _new_flow(
        self,
        redirect_uri: str | None,
        extra: Mapping[str, str],
        next_url: str | None,
        *,
        nonce: str | None = None,
    ) -> Flow:
        with_pkce = "state" not in extra if self._OAUTH_PKCE is None else self._OAUTH_PKCE
        return Flow(
            provider=self._provider(),
            state=extra.get("state") or random_token(),
            redirect_uri=redirect_uri,
            verifier=random_token() if with_pkce and "code_challenge" not in extra else None,
            nonce=nonce,
            next_url=wanted_path(handler_of(self), next_url),
            extra=extra.get("max_age"),
        )

    def _provider(self) -> str:
        return self._OAUTH_AUTHORIZE_URL

    def _redirect_to(
        self,
        url: str,
        flow: Flow,
        params: Mapping[str, str | None],
        extra: Mapping[str, str],
    ) -> None:
        handler = handler_of(self)
        begin_flow(handler, flow, answered_by_post=extra.get("response_mode") == "form_post")
        query: dict[str, str | None] = {"redirect_uri": flow.redirect_uri, **params}
        if flow.verifier is not None:
            query.update(code_challenge=flow.challenge, code_challenge_method="S256")
        query.update(extra, state=flow.state)
        handler.redirect(url_concat(url, given(query)))

    def _finish_flow(self) -> Flow:
        """The flow that this request answers; checked once, then remembered.

        :raises FlowError: there is none, or another provider has answered.
        :raises RefusedError: the answer is an error.
        """
        if self._finished_flow is None:
            flow = self._take_flow()
            self._check_answer(self._OAUTH_ISSUER, must_name_it=False)
            self._finished_flow = flow
        return self._finished_flow

    def _take_flow(self) -> Flow:
        handler = handler_of(self)
        return finish_flow(handler, self._provider(), argument(handler, "state"))

    def _check_answer(self, issuer: str | None, must_name_it: bool) -> None:
        """Check who answers (RFC 9207 section 2.4), and that it is no error."""
        handler = handler_of(self)
        given = argument(handler, "iss")
        if issuer is not None and given != issuer and (given is not None or must_name_it):
            raise FlowError("the answer comes from another provider (iss)")
        error = argument(handler, "error")
        if error is not None:
            description = argument(handler, "error_description")
            raise RefusedError("no login", error=error, description=description)

    def _code_form(
        self,
        flow: Flow,
        code: str | None,
        redirect_uri: str | None,
        client_id: str | None,
        client_secret: str | None,
        extra_params: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        code = code or argument(handler_of(self), "code")
        if not code:
            raise FlowError("the answer has no code")
        if redirect_uri is not None and flow.redirect_uri not in (None, redirect_uri):
            raise FlowError("the redirect_uri is not the one that the login was begun with")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow.redirect_uri or redirect_uri,
            "client_id": client_id,
            "client_secret": client_secret,
            "code_verifier": flow.verifier,
            **(extra_params or {}),
        }
        return given(form)

    async def _request_token(
        self, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        client = self.get_auth_http_client()
        url = self._OAUTH_ACCESS_TOKEN_URL.rstrip("?")
        return token_answer(await call(client, url, form=form, headers=headers))


def _text(value: object) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
