"""What is sent to providers, as text: arguments, scopes, credentials, a refresh token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def texts(values: Mapping[str, Any] | None) -> dict[str, str]:
    """Arguments that a program gave, each as text."""
    return {name: str(value) for name, value in (values or {}).items()}


def joined(scope: Iterable[str] | None) -> str | None:
    """Scopes as one text, separated by spaces."""
    if scope is None or isinstance(scope, str):
        return scope
    return " ".join(scope)


def given(values: Mapping[str, str | None]) -> dict[str, str]:
    """*values* without those that are None."""
    return {name: value for name, value in values.items() if value is not None}


def credentials(
    client_id: str | None,
    client_secret: str | None,
    get_settings: Callable[[], Mapping[str, str]],
) -> tuple[str, str]:
    """What the provider calls the application, and its secret; from the settings if not given.

    :raises KeyError: the settings are asked, and have no ``key`` or ``secret``.
    """
    if client_id is None or client_secret is None:
        settings = get_settings()
        return client_id or settings["key"], client_secret or settings["secret"]
    return client_id, client_secret


def refresh_form(
    refresh_token: str,
    client_id: str | None,
    client_secret: str | None,
    scope: Iterable[str] | None,
) -> dict[str, str]:
    """What asks for new tokens (RFC 6749 section 6)."""
    return given(
        {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": joined(scope),
        }
    )
