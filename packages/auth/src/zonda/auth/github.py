"""`GitHubOAuth2Mixin`: login with GitHub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from .errors import ProviderError
from .oauth2 import OAuth2Mixin
from .pending import Callback, Pending, start
from .request_handler import handler_of
from .sent_forms import credentials


class GitHubOAuth2Mixin(OAuth2Mixin):
    """Login with GitHub.

    The application has the setting ``github_oauth``, a dictionary with ``key`` and ``secret``.
    """

    _OAUTH_PKCE: ClassVar[bool | None] = True
    _OAUTH_AUTHORIZE_URL: ClassVar[str] = "https://github.com/login/oauth/authorize"
    _OAUTH_ACCESS_TOKEN_URL: ClassVar[str] = "https://github.com/login/oauth/access_token"
    _OAUTH_SETTINGS_KEY: ClassVar[str] = "github_oauth"
    _GITHUB_BASE_URL: ClassVar[str] = "https://api.github.com"

    def get_github_oauth_settings(self) -> dict[str, str]:
        """The credentials, ``key`` and ``secret``, that the application has from GitHub.

        :raises KeyError: the application has no such setting.
        """
        setting = handler_of(self).require_setting(self._OAUTH_SETTINGS_KEY, "login with GitHub")
        return dict(cast("Mapping[str, str]", setting))

    def get_authenticated_user(
        self,
        redirect_uri: str | None = None,
        code: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        callback: Callback | None = None,
    ) -> Pending[dict[str, Any]]:
        """The user, for the code in this request.

        :return: what GitHub says of the user (``id``, a number that stays; ``login``, ``name``,
            ``avatar_url``…), with ``access_token``.
        :raises FlowError: the request is no answer to a login of this browser.
        :raises RefusedError: the user or GitHub said no.
        :raises ProviderError: GitHub does not answer.
        """
        key, secret = credentials(client_id, client_secret, self.get_github_oauth_settings)
        step = self._login(redirect_uri, code, key, secret)
        return start(handler_of(self), step, callback)

    async def github_request(
        self,
        path: str,
        access_token: str | None = None,
        post_args: Mapping[str, Any] | None = None,
        **args: Any,
    ) -> Any:
        """Ask the API: ``await self.github_request("/user/emails", access_token=...)``.

        :param path: below ``_GITHUB_BASE_URL``.
        :raises RefusedError: GitHub said no.
        :raises ProviderError: GitHub does not answer.
        """
        return await self.oauth2_request(
            self._GITHUB_BASE_URL + path, access_token, post_args, **args
        )

    async def _login(
        self, redirect_uri: str | None, code: str | None, client_id: str, client_secret: str
    ) -> dict[str, Any]:
        tokens = await self.exchange_code(code, redirect_uri, client_id, client_secret)
        user = await self.github_request("/user", tokens["access_token"])
        if not isinstance(user, dict) or not user.get("id"):
            raise ProviderError("GitHub does not say who the user is")
        return {**user, "access_token": tokens["access_token"]}
