"""`OpenIdMixin`: OpenID 2.0 with attribute exchange."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from urllib.parse import urljoin

from zonda.http import url_concat
from zonda.httpclient import AsyncHTTPClient

from . import openid_message
from .errors import TokenError
from .flows import Flow, SpentStates, begin_flow, finish_flow, random_token, wanted_path
from .login import LoginMixin
from .pending import Callback, Pending, client_and_callback, start
from .provider_calls import call
from .request_handler import argument, handler_of

_spent: Final = SpentStates()


class OpenIdMixin(LoginMixin):
    """Login with OpenID 2.0, for handlers.

    A subclass names the provider in ``_OPENID_ENDPOINT``.  There are hardly any left in the world:
    OpenID Connect has taken over (`OpenIDConnectMixin`).  An answer counts
    only in the browser that left for the provider: a cookie says so, signed with the setting
    ``cookie_secret``.
    """

    _OPENID_ENDPOINT: ClassVar[str]

    def authenticate_redirect(
        self,
        callback_uri: str | None = None,
        ax_attrs: Sequence[str] = ("name", "email", "language", "username"),
        *,
        next_url: str | None = None,
    ) -> None:
        """Send the browser to the provider; the request is then finished.

        :param callback_uri: where it shall come back to, absolute or relative to this request's
            URL; this URL unless given.  It gets an argument ``state``.
        :param ax_attrs: what to ask about the user.
        :param next_url: a path of this site for `get_next_url` after the login; the argument
            ``next`` of this request unless given.
        :raises ValueError: *ax_attrs* has a name that is none.
        """
        self._redirect_to_provider(callback_uri, ax_attrs, {}, next_url)

    def get_authenticated_user(
        self,
        http_client: AsyncHTTPClient | Callback | None = None,
        callback: Callback | None = None,
    ) -> Pending[dict[str, Any]]:
        """The user who comes back from the provider with this request.

        :param callback: called with the user, or with None if the login failed; may be the first
            argument.
        :return: ``claimed_id``, the URL that is the user's identity; and of ``name``,
            ``first_name``, ``last_name``, ``email``, ``locale``, ``username`` what the provider
            tells.
        :raises FlowError: the request is no answer to a login of this browser.
        :raises RefusedError: the user or the provider said no.
        :raises TokenError: the provider does not confirm the assertion.
        :raises ProviderError: the provider does not answer.
        """
        client, callback = client_and_callback(http_client, callback)
        return start(handler_of(self), self._verified_user(client), callback)

    def _redirect_to_provider(
        self,
        callback_uri: str | None,
        ax_attrs: Sequence[str],
        extension: Mapping[str, str],
        next_url: str | None,
    ) -> None:
        handler = handler_of(self)
        here = handler.request.full_url()
        state = random_token()
        return_to = url_concat(urljoin(here, callback_uri or here), {"state": state})
        request = openid_message.authentication_request(
            return_to, urljoin(return_to, "/"), ax_attrs
        )
        flow = Flow(
            provider=self._OPENID_ENDPOINT,
            state=state,
            redirect_uri=return_to,
            next_url=wanted_path(handler, next_url),
        )
        begin_flow(handler, flow)
        handler.redirect(url_concat(self._OPENID_ENDPOINT, {**request, **extension}))

    async def _verified_user(self, client: AsyncHTTPClient | None) -> dict[str, Any]:
        message = await self._verified_message(client or self.get_auth_http_client())
        return {**openid_message.attributes(message)}

    async def _verified_message(self, client: AsyncHTTPClient) -> dict[str, str]:
        handler = handler_of(self)
        flow = finish_flow(handler, self._OPENID_ENDPOINT, argument(handler, "state"))
        message = {
            name: argument(handler, name) or ""
            for name in handler.request.arguments
            if name.startswith("openid.")
        }
        openid_message.check_assertion(
            message, self._OPENID_ENDPOINT, flow.redirect_uri, datetime.now(UTC)
        )
        # The signature is the provider's affair: it made it with a secret of its own.
        form = openid_message.verification_request(message)
        answer = await call(client, self._OPENID_ENDPOINT, form=form)
        if answer.code != 200 or not openid_message.is_valid(answer.body):
            raise TokenError("the provider does not confirm the assertion")
        nonce = f"{self._OPENID_ENDPOINT} {message['openid.response_nonce']}"
        if not _spent.spend(nonce, time.monotonic()):
            raise TokenError("the assertion was used before")
        self._finished_flow = flow
        return message
