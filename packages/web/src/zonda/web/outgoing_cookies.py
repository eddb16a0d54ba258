"""Cookies that a handler sets, and the token that proves a form is ours."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING, Final, cast

from zonda.escape import SafeString, xhtml_escape
from zonda.http import SetCookieError, format_set_cookie

from . import xsrf
from .errors import HandlerStateError, HTTPError
from .signing import SignedValue

if TYPE_CHECKING:
    from .handler import RequestHandler

CookieTime = float | tuple[int, ...] | time.struct_time | datetime.datetime | None

LONG_AGO: Final = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)

# Old programs write the attributes as they stand in the header.
_ATTRIBUTES: Final = frozenset({"max_age", "secure", "httponly", "samesite", "partitioned"})


def set_cookie(
    handler: RequestHandler,
    name: str,
    value: str | bytes,
    domain: str | None,
    expires: CookieTime,
    path: str,
    expires_days: float | None,
    attributes: dict[str, object],
) -> None:
    """See `RequestHandler.set_cookie`."""
    if handler._headers_written:
        raise HandlerStateError("a cookie was set after the head of the answer was sent")
    known: dict[str, object] = {}
    if isinstance(value, SignedValue):
        known = {"httponly": True, "samesite": "Lax"}
    for spelling, setting in attributes.items():
        attribute = spelling.lower().replace("-", "_")
        if attribute == "domain":
            domain = cast("str | None", setting)
        elif attribute == "path":
            path = cast(str, setting)
        elif attribute in _ATTRIBUTES:
            known[attribute] = setting
        else:
            raise TypeError(
                f"a cookie has no attribute {spelling!r}; it has domain, expires, path, "
                f"{', '.join(sorted(_ATTRIBUTES))}"
            )
    if expires is None and expires_days is not None:
        expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=expires_days)
    text = value.decode("utf-8") if isinstance(value, bytes) else value
    try:
        line = format_set_cookie(name, text, domain=domain, expires=expires, path=path, **known)  # type: ignore[arg-type]  # checked by format_set_cookie
    except SetCookieError as error:
        raise error.spelled_as_in(attributes) from None
    if handler._new_cookies is None:
        handler._new_cookies = {}
    # The last one set is the only one sent: RFC 6265 section 4.1.1 allows one of a name.
    handler._new_cookies.pop(name, None)
    handler._new_cookies[name] = line


def clear_cookie(
    handler: RequestHandler,
    name: str,
    path: str,
    domain: str | None,
    attributes: dict[str, object],
) -> None:
    """See `RequestHandler.clear_cookie`."""
    for attribute in ("expires", "expires_days", "max_age"):
        if attribute in attributes:
            raise TypeError(f"clear_cookie() sets {attribute} itself")
    handler.set_cookie(name, "", domain, path=path, expires=LONG_AGO, **attributes)  # type: ignore[arg-type]  # checked by set_cookie


def cookie_name(handler: RequestHandler) -> str:
    """The name of the cookie with the token."""
    return cast(str, handler.settings.get("xsrf_cookie_name", "_xsrf"))


def xsrf_token(handler: RequestHandler) -> str:
    """See `RequestHandler.xsrf_token`."""
    if handler._xsrf_copy is None:
        version = cast(int, handler.settings.get("xsrf_cookie_version", 2))
        token = _token(handler)
        if token is None:
            token = handler._xsrf_secret = xsrf.new_token(version)
        handler._xsrf_copy = xsrf.encode(token, version)
        if version != token.version or handler.get_cookie(cookie_name(handler)) is None:
            options: dict[str, object] = {"samesite": "Lax", "path": "/"}
            options["expires_days"] = 30 if handler.current_user else None
            options.update(
                cast("dict[str, object]", handler.settings.get("xsrf_cookie_kwargs", {}))
            )
            handler.set_cookie(
                cookie_name(handler),
                handler._xsrf_copy,
                **options,  # type: ignore[arg-type]  # checked by set_cookie
            )
    return handler._xsrf_copy


def xsrf_field(handler: RequestHandler) -> SafeString:
    """See `RequestHandler.xsrf_form_html`."""
    token = xhtml_escape(handler.xsrf_token)
    return SafeString(f'<input type="hidden" name="_xsrf" value="{token}"/>')


def check_xsrf(handler: RequestHandler) -> None:
    """See `RequestHandler.check_xsrf_cookie`."""
    headers = handler.request.headers
    given = (
        handler.get_argument("_xsrf", None)
        or headers.get("X-Xsrftoken")
        or headers.get("X-Csrftoken")
    )
    if not given:
        raise HTTPError(403, "'_xsrf' argument missing from %s", handler.request.method)
    if xsrf.decode(given) is None:
        raise HTTPError(403, "'_xsrf' argument has invalid format")
    if not xsrf.check(_token(handler), given):
        raise HTTPError(403, "XSRF cookie does not match %s argument", handler.request.method)


def _token(handler: RequestHandler) -> xsrf.XSRFToken | None:
    if handler._xsrf_secret is None:
        cookie = handler.get_cookie(cookie_name(handler))
        if cookie is not None:
            handler._xsrf_secret = xsrf.decode(cookie)
    return handler._xsrf_secret
