"""Whether the values of a request's options can be used at all.

A value that makes no sense would otherwise show in the middle of a fetch, or never: a time that is
no number has no end, and a port of 70000 is, to the system, another one.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Final

from .errors import RequestError

_LAST_PORT: Final = 65535


def check_options(options: Mapping[str, object]) -> None:
    """Check the values of *options*, by name; None stands for an option that is not given.

    :raises TypeError: one is of another type than it should be.
    :raises RequestError: one is of the right type, but out of range.
    """
    for name, value in options.items():
        check = _CHECKS.get(name)
        if check is not None and value is not None:
            check(name, value)


def check_seconds(name: str, value: object) -> None:
    """*value* is a time that may pass: a number, not negative; infinity is no limit.

    :raises TypeError: it is no number.
    :raises RequestError: it is negative, or NaN.
    """
    if not isinstance(value, int | float):
        raise TypeError(f"{name} is a number of seconds, not {value!r}")
    if not value >= 0:  # which NaN is not either
        raise RequestError(f"{name} is 0 seconds or more, not {value}")


def check_count(name: str, value: object) -> None:
    """*value* is a number of things.

    :raises TypeError: it is no whole number.
    :raises RequestError: it is negative.
    """
    if not isinstance(value, int):
        raise TypeError(f"{name} is a whole number, not {value!r}")
    if value < 0:
        raise RequestError(f"{name} is 0 or more, not {value}")


def _check_port(name: str, value: object) -> None:
    check_count(name, value)
    if value not in range(1, _LAST_PORT + 1):
        raise RequestError(f"{name} is 1 to {_LAST_PORT}, not {value}")


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        # Not the value: it may be a password.
        raise TypeError(f"{name} is a str, not of {type(value)}")


def _check_callable(name: str, value: object) -> None:
    if not callable(value):
        raise TypeError(f"{name} is to be called, which {value!r} cannot be")


def _check_mode(name: str, value: object) -> None:
    if value not in ("basic", "digest"):
        raise RequestError(f"{name} is 'basic' or 'digest', not {value!r}")


def _check_tls(name: str, value: object) -> None:
    if not isinstance(value, Mapping | ssl.SSLContext):
        raise TypeError(f"{name} is a dictionary or an SSLContext, not {value!r}")


_CHECKS: Final[dict[str, Callable[[str, object], None]]] = {
    **dict.fromkeys(
        ("connect_timeout", "request_timeout", "queue_timeout", "read_timeout"), check_seconds
    ),
    **dict.fromkeys(("max_redirects", "max_body_size"), check_count),
    **dict.fromkeys(
        (
            "auth_username",
            "auth_password",
            "proxy_host",
            "proxy_username",
            "proxy_password",
            "network_interface",
        ),
        _check_text,
    ),
    **dict.fromkeys(
        ("streaming_callback", "header_callback", "prepare_curl_callback", "body_producer"),
        _check_callable,
    ),
    **dict.fromkeys(("auth_mode", "proxy_auth_mode"), _check_mode),
    "proxy_port": _check_port,
    "ssl_options": _check_tls,
}
