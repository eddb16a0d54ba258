"""Login: OpenID Connect, OAuth 2, OAuth 1, OpenID, and passwords for a site's own accounts.

>>> from zonda.auth import OpenIDConnectMixin, local_path
>>> class Login(OpenIDConnectMixin):  # and zonda.web.RequestHandler
...     async def get(self) -> None:
...         if self.get_argument("state", None):
...             user = await self.get_authenticated_user()
...             self.set_signed_cookie("user", user["sub"])
...             self.redirect(self.get_next_url())
...         else:
...             await self.authorize_redirect()
>>> local_path("//evil.example/")
'/'
"""

from __future__ import annotations

from .errors import (
    AnswerError,
    AuthError,
    FlowError,
    PasswordError,
    ProviderError,
    RefusedError,
    TokenError,
)
from .facebook_connect import FacebookMixin
from .facebook_graph import FacebookGraphMixin
from .flows import FLOW_LIFETIME, MAX_FLOWS
from .friendfeed import FriendFeedMixin
from .github import GitHubOAuth2Mixin
from .google_hybrid import GoogleMixin
from .google_oauth2 import GoogleOAuth2Mixin
from .issuers import METADATA_LIFETIME, MIN_KEY_INTERVAL
from .local_path import MAX_PATH_SIZE, local_path
from .oauth1 import OAuthMixin
from .oauth2 import OAuth2Mixin
from .openid import OpenIdMixin
from .openid_connect import OpenIDConnectMixin
from .openid_connect_providers import GoogleOpenIDMixin, MicrosoftOpenIDMixin
from .openid_message import MAX_ASSERTION_AGE
from .passwords import MAX_PASSWORD_SIZE, check_password, hash_password, needs_rehash
from .pending import Callback, Pending
from .provider_calls import CALL_TIMEOUT, MAX_ANSWER_SIZE
from .request_handler import AuthHandler, AuthRequest
from .signed_tokens import LEEWAY
from .twitter import TwitterMixin

__all__ = [
    "CALL_TIMEOUT",
    "FLOW_LIFETIME",
    "LEEWAY",
    "MAX_ANSWER_SIZE",
    "MAX_ASSERTION_AGE",
    "MAX_FLOWS",
    "MAX_PASSWORD_SIZE",
    "MAX_PATH_SIZE",
    "METADATA_LIFETIME",
    "MIN_KEY_INTERVAL",
    "AnswerError",
    "AuthError",
    "AuthHandler",
    "AuthRequest",
    "Callback",
    "FacebookGraphMixin",
    "FacebookMixin",
    "FlowError",
    "FriendFeedMixin",
    "GitHubOAuth2Mixin",
    "GoogleMixin",
    "GoogleOAuth2Mixin",
    "GoogleOpenIDMixin",
    "MicrosoftOpenIDMixin",
    "OAuth2Mixin",
    "OAuthMixin",
    "OpenIDConnectMixin",
    "OpenIdMixin",
    "PasswordError",
    "Pending",
    "ProviderError",
    "RefusedError",
    "TokenError",
    "TwitterMixin",
    "check_password",
    "hash_password",
    "local_path",
    "needs_rehash",
]
