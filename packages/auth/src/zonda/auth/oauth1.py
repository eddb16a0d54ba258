"""`OAuthMixin`: OAuth 1.0 and 1.0a (RFC 5849)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urljoin

from zonda.http import url_concat
from zonda.httpclient import AsyncHTTPClient

from .errors import AuthError, FlowError, ProviderError, RefusedError
from .flows import Flow, begin_flow, finish_flow, hide_secrets, wanted_path
from .login import LoginMixin
from .oauth1_signing import Credentials, authorization, oauth_parameters
from .pending import Callback, Pending, client_and_callback, start
from .provider_calls import call, form_answer, json_answer
from .request_handler import argument, handler_of
from .sent_forms import texts


class OAuthMixin(LoginMixin):
    """Login with OAuth 1, for handlers.

    A subclass names the endpoints, and defines `_oauth_consumer_token` and
    `_oauth_get_user_future`.  The request token waits for ten minutes in a cookie, signed with
    the setting ``cookie_secret``, so an answer counts only in the browser that left for
    the provider.

    Class attributes:

    * ``_OAUTH_REQUEST_TOKEN_URL``, ``_OAUTH_AUTHORIZE_URL``, ``_OAUTH_ACCESS_TOKEN_URL``: the
      provider's endpoints.
    * ``_OAUTH_VERSION``: ``"1.0a"``, or ``"1.0"``, which has no verifier.
    * ``_OAUTH_NO_CALLBACKS``: True if the provider knows where to send the browser back to, and
      is not told.
    """

    _OAUTH_REQUEST_TOKEN_URL: ClassVar[str]
    _OAUTH_AUTHORIZE_URL: ClassVar[str]
    _OAUTH_ACCESS_TOKEN_URL: ClassVar[str]
    _OAUTH_VERSION: ClassVar[str] = "1.0a"
    _OAUTH_NO_CALLBACKS: ClassVar[bool] = False

    def authorize_redirect(
        self,
        callback_uri: str | None = None,
        extra_params: Mapping[str, Any] | None = None,
        http_client: AsyncHTTPClient | None = None,
        callback: Callback | None = None,
        *,
        next_url: str | None = None,
    ) -> Pending[None]:
        """Get a request token and send the browser to the provider with it.

        It goes on by itself; a coroutine awaits it, a handler that is ``@asynchronous`` need not.

        :param callback_uri: where the provider shall send the browser back to, absolute or
            relative to this request's URL; not needed if it is registered there; ``"oob"`` for a
            code that the user copies.
        :param extra_params: further arguments of the request for the token.
        :param callback: called when the request is finished.
        :param next_url: a path of this site for `get_next_url` after the login; the argument
            ``next`` of this request unless given.
        :raises ValueError: there is a *callback_uri* and the provider takes none.
        :raises RefusedError: the provider gives no token.
        :raises ProviderError: the provider does not answer.
        """
        if callback_uri and self._OAUTH_NO_CALLBACKS:
            raise ValueError("this provider takes no callback_uri: it is registered there")
        step = self._leave(
            self._OAUTH_AUTHORIZE_URL, callback_uri, extra_params, http_client, next_url
        )
        return start(handler_of(self), step, callback)

    def get_authenticated_user(
        self,
        http_client: AsyncHTTPClient | Callback | None = None,
        callback: Callback | None = None,
    ) -> Pending[dict[str, Any]]:
        """The user who comes back from the provider with this request.

        :param callback: called with the user, or with None if the login failed; may be the first
            argument.
        :return: what `_oauth_get_user_future` gives, with ``access_token``, a dictionary with
            ``key``, ``secret`` and what the provider adds.
        :raises FlowError: the request is no answer to a login of this browser.
        :raises RefusedError: the user or the provider said no.
        :raises ProviderError: the provider does not answer.
        """
        client, callback = client_and_callback(http_client, callback)
        return start(handler_of(self), self._return(client), callback)

    # What a subclass defines.

    def _oauth_consumer_token(self) -> Mapping[str, Any]:
        """The application's credentials: ``key`` and ``secret``."""
        raise NotImplementedError(f"{type(self).__name__} must define _oauth_consumer_token")

    async def _oauth_get_user_future(self, access_token: dict[str, Any]) -> dict[str, Any] | None:
        """The user whose *access_token* it is, or None.

        Old subclasses define ``_oauth_get_user(access_token, callback)`` instead.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def answer(user: Any) -> None:
            if not future.done():
                future.set_result(user)

        result = self._oauth_get_user(access_token, answer)
        if inspect.isawaitable(result):
            await result
        return await future  # type: ignore[no-any-return]  # the subclass's own

    def _oauth_get_user(self, access_token: dict[str, Any], callback: Callback) -> object:
        raise NotImplementedError(f"{type(self).__name__} must define _oauth_get_user_future")

    # For subclasses.

    def _oauth_request_parameters(
        self,
        url: str,
        access_token: Mapping[str, Any],
        parameters: Mapping[str, Any] | None = None,
        method: str = "GET",
    ) -> dict[str, str]:
        """The arguments ``oauth_...``, signature included, for a request in the user's name.

        :param parameters: all other arguments, of the query and of a posted form.
        """
        credentials = self._credentials(str(access_token["key"]), str(access_token["secret"]))
        return oauth_parameters(credentials, url, parameters or {}, method)

    async def _oauth_request(
        self,
        url: str,
        access_token: Mapping[str, Any] | None,
        post_args: Mapping[str, Any] | None,
        args: Mapping[str, Any],
    ) -> Any:
        """The value of the JSON answer to a request, signed if there is an *access_token*."""
        query, form = texts(args), None if post_args is None else texts(post_args)
        if access_token is not None:
            method = "GET" if form is None else "POST"
            everything = {**query, **(form or {})}
            query.update(self._oauth_request_parameters(url, access_token, everything, method))
        client = self.get_auth_http_client()
        return json_answer(await call(client, url_concat(url, query), form=form))

    def _credentials(self, key: str | None = None, secret: str | None = None) -> Credentials:
        consumer = self._oauth_consumer_token()
        return Credentials(str(consumer["key"]), str(consumer["secret"]), key, secret)

    async def _leave(
        self,
        authorize_url: str,
        callback_uri: str | None,
        extra_params: Mapping[str, Any] | None,
        http_client: AsyncHTTPClient | None,
        next_url: str | None,
    ) -> None:
        handler = handler_of(self)
        client = http_client or self.get_auth_http_client()
        if callback_uri and callback_uri != "oob":
            callback_uri = urljoin(handler.request.full_url(), callback_uri)
        with_verifier = self._OAUTH_VERSION == "1.0a"
        url = url_concat(self._OAUTH_REQUEST_TOKEN_URL, texts(extra_params))
        signed = authorization(
            self._credentials(), url, callback_uri=callback_uri if with_verifier else None
        )
        token = form_answer(await call(client, url, headers={"Authorization": signed}))
        key, secret = token.get("oauth_token"), token.get("oauth_token_secret")
        if not key or secret is None:
            raise ProviderError("the provider's answer has no request token")
        # Some leave it out; a provider that speaks 1.0 is found out by its missing verifier.
        if with_verifier and token.get("oauth_callback_confirmed", "true") != "true":
            raise ProviderError("the provider does not confirm the callback of OAuth 1.0a")
        flow = Flow(
            provider=self._OAUTH_ACCESS_TOKEN_URL,
            state=key,
            verifier=secret,
            next_url=wanted_path(handler, next_url),
        )
        begin_flow(handler, flow)
        params = {"oauth_token": key}
        if callback_uri and not with_verifier:
            params["oauth_callback"] = callback_uri
        handler.redirect(url_concat(authorize_url, params))

    async def _return(self, client: AsyncHTTPClient | None) -> dict[str, Any]:
        handler = handler_of(self)
        hide_secrets(handler)
        denied = argument(handler, "denied")
        flow = finish_flow(
            handler, self._OAUTH_ACCESS_TOKEN_URL, denied or argument(handler, "oauth_token")
        )
        if denied:
            raise RefusedError("no login", error="denied")
        verifier = argument(handler, "oauth_verifier")
        if self._OAUTH_VERSION == "1.0a" and not verifier:
            raise FlowError("the answer has no oauth_verifier")
        self._finished_flow = flow
        credentials = self._credentials(flow.state, flow.verifier)
        access_token = await self._access_token(
            client or self.get_auth_http_client(),
            credentials,
            verifier if self._OAUTH_VERSION == "1.0a" else None,
        )
        user = await self._oauth_get_user_future(access_token)
        if not user:
            raise AuthError("the provider does not say who the user is")
        user["access_token"] = access_token
        return user

    async def _access_token(
        self, client: AsyncHTTPClient, credentials: Credentials, verifier: str | None
    ) -> dict[str, Any]:
        url = self._OAUTH_ACCESS_TOKEN_URL
        signed = authorization(credentials, url, verifier=verifier)
        fields = form_answer(await call(client, url, headers={"Authorization": signed}))
        if not fields.get("oauth_token"):
            raise ProviderError("the provider's answer has no access token")
        token: dict[str, Any] = {
            "key": fields.pop("oauth_token"),
            "secret": fields.pop("oauth_token_secret", ""),
        }
        return {**fields, **token}
