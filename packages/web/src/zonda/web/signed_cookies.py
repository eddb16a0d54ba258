"""Cookies that a client can read but not change: `signing` with the keys of the application."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from . import signing

if TYPE_CHECKING:
    from .handler import RequestHandler


def sign(handler: RequestHandler, name: str, value: str | bytes, version: int | None) -> bytes:
    """See `RequestHandler.create_signed_value`."""
    key_version = cast("int | None", handler.settings.get("key_version"))
    return signing.create_signed_value(
        _secret(handler), name, value, version, key_version=key_version
    )


def read(
    handler: RequestHandler,
    name: str,
    value: str | None,
    max_age_days: float,
    min_version: int | None,
) -> bytes | None:
    """See `RequestHandler.get_signed_cookie`."""
    return signing.decode_signed_value(
        _secret(handler),
        name,
        handler.get_cookie(name) if value is None else value,
        max_age_days,
        min_version=min_version,
    )


def key_version(handler: RequestHandler, name: str, value: str | None) -> int | None:
    """See `RequestHandler.get_signed_cookie_key_version`."""
    value = handler.get_cookie(name) if value is None else value
    return None if value is None else signing.get_signature_key_version(value)


def _secret(handler: RequestHandler) -> signing.Secret:
    return cast(signing.Secret, handler.require_setting("cookie_secret", "signed cookies"))
