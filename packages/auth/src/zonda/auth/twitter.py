"""`TwitterMixin`: login with Twitter, now X, and its API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .oauth1 import OAuthMixin
from .pending import Callback, Pending, start
from .request_handler import handler_of


class TwitterMixin(OAuthMixin):
    """Login with Twitter.

    The application has the settings ``twitter_consumer_key`` and ``twitter_consumer_secret``.
    """

    _OAUTH_REQUEST_TOKEN_URL: ClassVar[str] = "https://api.twitter.com/oauth/request_token"
    _OAUTH_ACCESS_TOKEN_URL: ClassVar[str] = "https://api.twitter.com/oauth/access_token"
    _OAUTH_AUTHORIZE_URL: ClassVar[str] = "https://api.twitter.com/oauth/authorize"
    _OAUTH_AUTHENTICATE_URL: ClassVar[str] = "https://api.twitter.com/oauth/authenticate"
    _OAUTH_NO_CALLBACKS: ClassVar[bool] = False
    _TWITTER_BASE_URL: ClassVar[str] = "https://api.twitter.com/1.1"

    def authenticate_redirect(
        self,
        callback_uri: str | None = None,
        callback: Callback | None = None,
        *,
        next_url: str | None = None,
    ) -> Pending[None]:
        """As `authorize_redirect`, but who has agreed before is not asked again.

        :raises RefusedError: Twitter gives no token.
        :raises ProviderError: Twitter does not answer.
        """
        step = self._leave(self._OAUTH_AUTHENTICATE_URL, callback_uri, None, None, next_url)
        return start(handler_of(self), step, callback)

    def twitter_request(
        self,
        path: str,
        access_token: Mapping[str, Any] | Callback | None = None,
        post_args: Mapping[str, Any] | None = None,
        callback: Callback | None = None,
        **args: Any,
    ) -> Pending[Any]:
        """Ask the API: ``await self.twitter_request("/statuses/show", access_token, id=7)``.

        :param path: below ``_TWITTER_BASE_URL``, without ``.json``; or a whole URL.
        :param access_token: of the user who asks.
        :param post_args: makes it a ``POST`` of this form.
        :param callback: called with the answer, or with None; may stand in place of
            *access_token*.
        :param args: for the query.
        :return: the value of the JSON answer.
        :raises RefusedError: Twitter said no.
        :raises ProviderError: Twitter does not answer.
        """
        if callable(access_token):
            access_token, callback = None, access_token
        is_url = path.startswith(("http:", "https:"))
        url = path if is_url else f"{self._TWITTER_BASE_URL}{path}.json"
        step = self._oauth_request(url, access_token, post_args, args)
        return start(handler_of(self), step, callback)

    def _oauth_consumer_token(self) -> dict[str, Any]:
        handler = handler_of(self)
        return {
            name: handler.require_setting(f"twitter_consumer_{name}", "login with Twitter")
            for name in ("key", "secret")
        }

    async def _oauth_get_user_future(self, access_token: dict[str, Any]) -> dict[str, Any] | None:
        user = await self.twitter_request("/account/verify_credentials", access_token)
        if not isinstance(user, dict) or not user.get("screen_name"):
            return None
        return {**user, "username": user["screen_name"]}
