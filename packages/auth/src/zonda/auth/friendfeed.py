"""`FriendFeedMixin`: login with FriendFeed, as the talk shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from .oauth1 import OAuthMixin
from .pending import Callback, Pending, start
from .request_handler import handler_of


class FriendFeedMixin(OAuthMixin):
    """Login with FriendFeed, which closed in 2015: the endpoints answer no more.

    Another provider that speaks OAuth 1.0 can take their place::

        class LoginFriendFeed(RequestHandler, FriendFeedMixin):
            @asynchronous
            def get(self):
                if self.get_argument("oauth_token", None):
                    self.get_authenticated_user(self.async_callback(self._on_auth))
                    return
                self.authorize_redirect()

    The application has the settings ``friendfeed_consumer_key`` and
    ``friendfeed_consumer_secret``.
    """

    _OAUTH_VERSION: ClassVar[str] = "1.0"
    _OAUTH_REQUEST_TOKEN_URL: ClassVar[str] = "https://friendfeed.com/account/oauth/request_token"
    _OAUTH_ACCESS_TOKEN_URL: ClassVar[str] = "https://friendfeed.com/account/oauth/access_token"
    _OAUTH_AUTHORIZE_URL: ClassVar[str] = "https://friendfeed.com/account/oauth/authorize"
    _OAUTH_NO_CALLBACKS: ClassVar[bool] = True
    _FRIENDFEED_BASE_URL: ClassVar[str] = "https://friendfeed-api.com/v2"

    def friendfeed_request(
        self,
        path: str,
        callback: Callback | None = None,
        access_token: Mapping[str, Any] | None = None,
        post_args: Mapping[str, Any] | None = None,
        **args: Any,
    ) -> Pending[Any]:
        """Ask the API: ``self.friendfeed_request("/entry", post_args={"body": ...})``.

        :param path: below ``_FRIENDFEED_BASE_URL``.
        :param callback: called with the answer, or with None.
        :param access_token: of the user who asks.
        :param post_args: makes it a ``POST`` of this form.
        :param args: for the query.
        :return: the value of the JSON answer.
        :raises RefusedError: the provider said no.
        :raises ProviderError: the provider does not answer.
        """
        url = self._FRIENDFEED_BASE_URL + path
        step = self._oauth_request(url, access_token, post_args, args)
        return start(handler_of(self), step, callback)

    def _oauth_consumer_token(self) -> dict[str, Any]:
        handler = handler_of(self)
        return {
            name: handler.require_setting(f"friendfeed_consumer_{name}", "login with FriendFeed")
            for name in ("key", "secret")
        }

    async def _oauth_get_user_future(self, access_token: dict[str, Any]) -> dict[str, Any] | None:
        user = await self.friendfeed_request(
            f"/feedinfo/{quote(str(access_token.get('username', '')), safe='')}",
            include="id,name,description",
            access_token=access_token,
        )
        if not isinstance(user, dict) or not user.get("id"):
            return None
        return {**user, "username": user["id"]}
