"""`GoogleMixin`: OpenID and OAuth in one step, as Google once had it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from zonda.httpclient import AsyncHTTPClient

from .oauth1 import OAuthMixin
from .openid import OpenIdMixin
from .openid_message import OAUTH_EXTENSION, attributes, extension_alias, signed_fields
from .pending import Callback, Pending
from .request_handler import handler_of


class GoogleMixin(OpenIdMixin, OAuthMixin):
    """Login with OpenID 2.0, and an OAuth 1 access token with the same answer.

    Google ended it in 2015; the protocol is the OpenID OAuth Extension.  For Google as it is today
    there are `GoogleOpenIDMixin` and `GoogleOAuth2Mixin`.

    With `authorize_redirect` the user has an ``access_token``, with `authenticate_redirect` not.
    The application has the settings ``google_consumer_key`` and ``google_consumer_secret`` then.
    """

    _OPENID_ENDPOINT: ClassVar[str] = "https://www.google.com/accounts/o8/ud"
    _OAUTH_ACCESS_TOKEN_URL: ClassVar[str] = "https://www.google.com/accounts/OAuthGetAccessToken"

    def authorize_redirect(  # type: ignore[override]  # as it was: the scope comes first
        self,
        oauth_scope: str,
        callback_uri: str | None = None,
        ax_attrs: Sequence[str] = ("name", "email", "language", "username"),
        *,
        next_url: str | None = None,
    ) -> None:
        """Send the browser to the provider, for an identity and an access token.

        :param oauth_scope: what the access token shall be good for.
        :param callback_uri: as of `OpenIdMixin.authenticate_redirect`, like the others.
        """
        consumer = urlsplit(handler_of(self).request.full_url()).hostname or ""
        extension = {
            "openid.ns.oauth": OAUTH_EXTENSION,
            "openid.oauth.consumer": consumer,
            "openid.oauth.scope": oauth_scope,
        }
        self._redirect_to_provider(callback_uri, ax_attrs, extension, next_url)

    def get_authenticated_user(
        self,
        http_client: AsyncHTTPClient | Callback | None = None,
        callback: Callback | None = None,
    ) -> Pending[dict[str, Any]]:
        """As `OpenIdMixin.get_authenticated_user`, perhaps with an ``access_token``."""
        return OpenIdMixin.get_authenticated_user(self, http_client, callback)

    def _oauth_consumer_token(self) -> Mapping[str, Any]:
        handler = handler_of(self)
        return {
            name: handler.require_setting(f"google_consumer_{name}", "login with Google")
            for name in ("key", "secret")
        }

    async def _verified_user(self, client: AsyncHTTPClient | None) -> dict[str, Any]:
        client = client or self.get_auth_http_client()
        message = await self._verified_message(client)
        user: dict[str, Any] = {**attributes(message)}
        alias = extension_alias(message, OAUTH_EXTENSION)
        if alias is not None and f"{alias}.request_token" in signed_fields(message):
            # A request token of this extension has no secret, and needs no verifier.
            request_token = message.get(f"openid.{alias}.request_token", "")
            credentials = self._credentials(request_token, "")
            user["access_token"] = await self._access_token(client, credentials, None)
        return user
