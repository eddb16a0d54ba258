"""`GoogleOAuth2Mixin`: login with Google by OAuth 2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from .oauth2 import OAuth2Mixin
from .pending import Callback, Pending, start
from .request_handler import handler_of
from .sent_forms import credentials


class GoogleOAuth2Mixin(OAuth2Mixin):
    """Login with Google.

    The application has the setting ``google_oauth``, a dictionary with ``key`` and ``secret``.
    `get_authenticated_user` gives tokens; who the user is says
    ``oauth2_request(self._OAUTH_USERINFO_URL, access_token=...)``.  To have the user's identity
    proven use `GoogleOpenIDMixin`.
    """

    _OAUTH_PKCE: ClassVar[bool | None] = True
    _OAUTH_AUTHORIZE_URL: ClassVar[str] = "https://accounts.google.com/o/oauth2/v2/auth"
    _OAUTH_ACCESS_TOKEN_URL: ClassVar[str] = "https://www.googleapis.com/oauth2/v4/token"
    _OAUTH_USERINFO_URL: ClassVar[str] = "https://www.googleapis.com/oauth2/v1/userinfo"
    _OAUTH_NO_CALLBACKS: ClassVar[bool] = False
    _OAUTH_SETTINGS_KEY: ClassVar[str] = "google_oauth"
    _OAUTH_ISSUER: ClassVar[str | None] = "https://accounts.google.com"

    def get_google_oauth_settings(self) -> dict[str, str]:
        """The credentials, ``key`` and ``secret``, that the application has from Google.

        :raises KeyError: the application has no such setting.
        """
        setting = handler_of(self).require_setting(self._OAUTH_SETTINGS_KEY, "login with Google")
        return dict(cast("Mapping[str, str]", setting))

    def get_authenticated_user(
        self,
        redirect_uri: str,
        code: str,
        client_id: str | Callback | None = None,
        client_secret: str | None = None,
        callback: Callback | None = None,
    ) -> Pending[dict[str, Any]]:
        """Google's tokens for the code in this request: ``access_token``, ``id_token``, and more.

        :param client_id: instead of the setting's ``key``.
        :param client_secret: instead of the setting's ``secret``.
        :param callback: called with them, or with None; may stand in place of *client_id*.
        :raises FlowError: the request is no answer to a login of this browser.
        :raises RefusedError: the user or Google said no.
        :raises ProviderError: Google does not answer.
        """
        if callable(client_id):
            client_id, callback = None, client_id
        key, secret = credentials(client_id, client_secret, self.get_google_oauth_settings)
        step = self.exchange_code(code, redirect_uri, key, secret)
        return start(handler_of(self), step, callback)
