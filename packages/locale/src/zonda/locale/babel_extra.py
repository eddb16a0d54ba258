"""The one optional dependency: Babel."""

from __future__ import annotations

from .errors import MissingExtraError


def require_babel() -> None:
    """Check that Babel can be imported.

    :raises MissingExtraError: when it cannot
    """
    try:
        import babel  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            "this needs Babel: pip install 'zonda-locale[babel]'", name="babel"
        ) from error
