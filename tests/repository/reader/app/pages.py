"""Code with a message for readers in other languages."""

from __future__ import annotations

from zonda import locale


def greeting() -> str:
    """A greeting in the language of whoever reads it."""
    return locale.get("de_DE").translate("Good morning")
