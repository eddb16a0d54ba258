"""Headers that make browsers careful, on every answer that does not have its own."""

from __future__ import annotations

from zonda.http import HTTPHeaders
from zonda.web import Exchange, Wrapper

DEFAULTS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class SecurityHeaders(Wrapper):
    """Adds what a handler did not say otherwise."""

    def answer_begins(self, exchange: Exchange, status: int, headers: HTTPHeaders) -> None:
        """Add the headers."""
        for name, value in DEFAULTS.items():
            headers.setdefault(name, value)
