"""What is sent to providers, as text."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from zonda.auth.sent_forms import credentials, given, joined, refresh_form, texts


def test_arguments_become_text() -> None:
    assert texts({"max_age": 60, "prompt": "login"}) == {"max_age": "60", "prompt": "login"}
    assert texts(None) == {}


@pytest.mark.parametrize(
    ("scope", "text"), [(None, None), ("openid email", "openid email"), (["a", "b"], "a b")]
)
def test_scopes(scope: list[str] | str | None, text: str | None) -> None:
    assert joined(scope) == text


def test_what_is_not_given_is_not_sent() -> None:
    assert given({"a": "", "b": None}) == {"a": ""}
    form = refresh_form("token", "key", None, None)
    assert form == {"grant_type": "refresh_token", "refresh_token": "token", "client_id": "key"}


def test_credentials_come_from_the_settings_where_one_is_missing() -> None:
    def settings() -> Mapping[str, str]:
        return {"key": "k", "secret": "s"}

    assert credentials(None, None, settings) == ("k", "s")
    assert credentials("mine", None, settings) == ("mine", "s")
    assert credentials("mine", "own", dict) == ("mine", "own")
    with pytest.raises(KeyError):
        credentials("mine", None, dict)
