"""A handler of ``zonda.web`` has all that the mixins call."""

from __future__ import annotations

from zonda.auth import AuthHandler
from zonda.web import RequestHandler


def as_auth_handler(handler: RequestHandler) -> AuthHandler:
    """For the type checker."""
    return handler


def test_it_has_every_method() -> None:
    names = [name for name in vars(AuthHandler) if not name.startswith("_")]
    assert "redirect" in names
    own = {"request"}  # made with each handler
    assert [name for name in names if name not in own and not hasattr(RequestHandler, name)] == []
