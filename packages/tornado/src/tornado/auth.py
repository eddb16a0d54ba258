"""Logging in through others."""

from __future__ import annotations

from zonda.auth import (
    AuthError,
    FacebookGraphMixin,
    FacebookMixin,
    FriendFeedMixin,
    GoogleMixin,
    GoogleOAuth2Mixin,
    OAuth2Mixin,
    OAuthMixin,
    OpenIdMixin,
    TwitterMixin,
)

__all__ = [
    "AuthError",
    "FacebookGraphMixin",
    "FacebookMixin",
    "FriendFeedMixin",
    "GoogleMixin",
    "GoogleOAuth2Mixin",
    "OAuth2Mixin",
    "OAuthMixin",
    "OpenIdMixin",
    "TwitterMixin",
]
