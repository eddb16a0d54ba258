"""What is needed of `zonda.websocket`, which is the extra ``websocket`` of this package."""

from __future__ import annotations

from types import ModuleType

from .errors import MissingExtraError


def websocket_package() -> ModuleType:
    """The package ``zonda.websocket``, imported when the first websocket comes.

    :raises MissingExtraError: it is not installed.
    """
    try:
        import zonda.websocket
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("zonda"):
            raise
        raise MissingExtraError(
            "websockets need the package zonda-websocket: pip install zonda-asgi[websocket]"
        ) from None
    return zonda.websocket
