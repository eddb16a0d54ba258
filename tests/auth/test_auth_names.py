"""What Tornado 6.5 documents has the same names, and takes the same arguments in the same order."""

from __future__ import annotations

import inspect

import pytest

import zonda.auth

LOGIN_2 = "redirect_uri client_id client_secret extra_params scope response_type"
DOCUMENTED = {
    "OpenIdMixin.authenticate_redirect": "callback_uri ax_attrs",
    "OpenIdMixin.get_authenticated_user": "http_client",
    "OpenIdMixin.get_auth_http_client": "",
    "OAuthMixin.authorize_redirect": "callback_uri extra_params http_client",
    "OAuthMixin.get_authenticated_user": "http_client",
    "OAuthMixin._oauth_consumer_token": "",
    "OAuthMixin._oauth_get_user_future": "access_token",
    "OAuthMixin.get_auth_http_client": "",
    "OAuth2Mixin.authorize_redirect": LOGIN_2,
    "OAuth2Mixin.oauth2_request": "url access_token post_args args",
    "OAuth2Mixin.get_auth_http_client": "",
    "GoogleOAuth2Mixin.get_google_oauth_settings": "",
    "GoogleOAuth2Mixin.get_authenticated_user": "redirect_uri code client_id client_secret",
    "FacebookGraphMixin.get_authenticated_user": (
        "redirect_uri client_id client_secret code extra_fields"
    ),
    "FacebookGraphMixin.facebook_request": "path access_token post_args args",
    "TwitterMixin.authenticate_redirect": "callback_uri",
    "TwitterMixin.twitter_request": "path access_token post_args args",
}
ATTRIBUTES = {
    "GoogleOAuth2Mixin": "AUTHORIZE_URL ACCESS_TOKEN_URL USERINFO_URL NO_CALLBACKS SETTINGS_KEY",
    "FacebookGraphMixin": "AUTHORIZE_URL ACCESS_TOKEN_URL NO_CALLBACKS",
    "TwitterMixin": (
        "REQUEST_TOKEN_URL ACCESS_TOKEN_URL AUTHORIZE_URL AUTHENTICATE_URL NO_CALLBACKS VERSION"
    ),
    "FriendFeedMixin": "REQUEST_TOKEN_URL ACCESS_TOKEN_URL AUTHORIZE_URL NO_CALLBACKS VERSION",
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_methods(name: str) -> None:
    mixin, _, method = name.partition(".")
    function = getattr(getattr(zonda.auth, mixin), method)
    taken = [n for n in inspect.signature(function).parameters if n not in ("self", "callback")]
    documented = DOCUMENTED[name].split()
    # What was added comes by name only.
    added = [n for n in taken if n not in documented]
    assert [n for n in taken if n in documented] == documented
    parameters = inspect.signature(function).parameters
    assert all(parameters[n].kind is inspect.Parameter.KEYWORD_ONLY for n in added)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attributes(name: str) -> None:
    mixin = getattr(zonda.auth, name)
    assert all(hasattr(mixin, f"_OAUTH_{attribute}") for attribute in ATTRIBUTES[name].split())


def test_the_error_is_an_exception_that_takes_a_text() -> None:
    assert str(zonda.auth.AuthError("text")) == "text"
