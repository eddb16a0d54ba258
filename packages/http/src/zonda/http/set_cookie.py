"""The ``Set-Cookie`` header: written with every part checked, read as a browser reads it.

Writing refuses what would end one attribute and begin another; reading follows the algorithm of
RFC 6265bis section 5.6, which ignores what it does not understand.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from http.cookies import CookieError
from typing import Final, NamedTuple

from .cookies import quote_cookie_value
from .dates import MONTHS, format_timestamp
from .errors import HTTPOutputError

#: Bytes of a name and a value together that browsers keep: RFC 6265bis section 5.6.
MAX_COOKIE_SIZE: Final = 4096

#: Bytes of an attribute's value that browsers look at: RFC 6265bis section 5.6.
MAX_ATTRIBUTE_SIZE: Final = 1024

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~:0-9A-Za-z]+")
_DOMAIN: Final = re.compile(r"\.?[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*")
_PATH: Final = re.compile(r"[\x21-\x2b\x2d-\x3a\x3c-\x7e]*")
_SAME_SITE: Final = {"strict": "Strict", "lax": "Lax", "none": "None"}

_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MAX_AGE: Final = re.compile(r"-?[0-9]{1,18}")
_DATE_TOKEN: Final = re.compile(r"[\x00-\x08\x0a-\x1f0-9:A-Za-z\x7f-\xff]+")
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?")
_DAY: Final = re.compile(r"([0-9]{1,2})(?:[^0-9].*)?")
_YEAR: Final = re.compile(r"([0-9]{2,4})(?:[^0-9].*)?")
_MONTHS: Final = [name.lower() for name in MONTHS]


class SetCookieError(HTTPOutputError, CookieError):
    """A cookie has a name, value or attribute that cannot stand in its header.

    :ivar attribute: which one, as the argument is called.
    """

    def __init__(self, message: str, attribute: str = "") -> None:
        super().__init__(message)
        self.attribute = attribute

    def spelled_as_in(self, names: Iterable[str]) -> SetCookieError:
        """The error with the attribute's name as it is among *names*, ``Domain`` for instance."""
        for name in names:
            if name.lower().replace("-", "_") == self.attribute:
                return SetCookieError(str(self).replace(self.attribute, name, 1), name)
        return self


def format_set_cookie(
    name: str,
    value: str,
    *,
    domain: str | None = None,
    expires: float | tuple[int, ...] | time.struct_time | datetime | None = None,
    path: str | None = "/",
    max_age: int | None = None,
    secure: bool = False,
    httponly: bool = False,
    samesite: str | None = None,
    partitioned: bool = False,
) -> str:
    """The value of a ``Set-Cookie`` header.

    >>> format_set_cookie("id", "a;b", max_age=60, httponly=True, samesite="Lax")
    'id="a\\\\073b"; HttpOnly; Max-Age=60; Path=/; SameSite=Lax'

    :param expires: see `format_timestamp`.
    :param max_age: seconds; zero or less deletes the cookie.
    :param samesite: ``Strict``, ``Lax`` or ``None``.
    :param partitioned: one jar for each top-level site; only with *secure*.
    :raises SetCookieError: which is a :class:`ValueError`: something cannot stand in the header.
    """
    _check(name, "name", name, _NAME, "letters, digits and !#$%&'*+-.^_`|~:")
    pair = f"{name}={quote_cookie_value(value)}"
    attributes: list[str] = [pair]
    if domain:
        _check(name, "domain", domain, _DOMAIN, "labels of letters, digits, - and _")
        attributes.append(f"Domain={domain}")
    if expires is not None:
        attributes.append(f"expires={_format_expires(name, expires)}")
    if httponly:
        attributes.append("HttpOnly")
    if max_age is not None:
        if isinstance(max_age, bool) or not isinstance(max_age, int):
            raise _invalid(name, "max_age", max_age, "it must be an int, in seconds")
        attributes.append(f"Max-Age={max_age}")
    if partitioned:
        if not secure:
            raise _invalid(name, "partitioned", partitioned, "it needs secure")
        attributes.append("Partitioned")
    if path:
        _check(name, "path", path, _PATH, "no spaces, commas, semicolons, or beyond ASCII")
        attributes.append(f"Path={path}")
    if samesite:
        known = _SAME_SITE.get(samesite.lower())
        if known is None:
            raise _invalid(name, "samesite", samesite, "it must be Strict, Lax or None")
        attributes.append(f"SameSite={known}")
    if secure:
        attributes.append("Secure")
    return "; ".join(attributes)


def _check(cookie: str, what: str, text: str, allowed: re.Pattern[str], words: str) -> None:
    if allowed.fullmatch(text) is None:
        raise _invalid(cookie, what, text, f"allowed are {words}")


def _format_expires(
    cookie: str, expires: float | tuple[int, ...] | time.struct_time | datetime
) -> str:
    try:
        return format_timestamp(expires)
    except (TypeError, ValueError) as error:
        raise _invalid(cookie, "expires", expires, str(error)) from None


def _invalid(cookie: str, what: str, value: object, why: str) -> SetCookieError:
    return SetCookieError(
        f"Invalid cookie attribute {what}={value!r} for cookie {cookie[:60]!r}: {why}", what
    )


class SetCookie(NamedTuple):
    """A cookie as a server sets it.

    :ivar value: as it came, quotes included: so it must be sent back.
    :ivar expires: seconds since the epoch, or None.
    :ivar max_age: seconds, or None.
    :ivar domain: in lower case and without a leading dot, or None.
    :ivar path: or None where it is left to the request's URL.
    :ivar samesite: ``Strict``, ``Lax``, ``None``, or Python's None where nothing is said.
    """

    name: str
    value: str
    expires: float | None = None
    max_age: int | None = None
    domain: str | None = None
    path: str | None = None
    secure: bool = False
    httponly: bool = False
    samesite: str | None = None
    partitioned: bool = False


def parse_set_cookie(header: str) -> SetCookie | None:
    """Read the value of one ``Set-Cookie`` header; None if a browser would ignore it.

    >>> parse_set_cookie("id=7; Path=/a; Secure; Max-Age=x").path
    '/a'
    """
    if _CONTROL.search(header) is not None:
        return None
    pair, *rest = header.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", name
    name = name.strip(" \t")
    value = value.strip(" \t")
    if not (name or value) or len(name) + len(value) > MAX_COOKIE_SIZE:
        return None
    attributes: dict[str, str] = {}
    for text in rest:
        key, _, content = text.partition("=")
        content = content.strip(" \t")
        if len(content) <= MAX_ATTRIBUTE_SIZE:
            _note(attributes, key.strip(" \t").lower(), content)
    max_age = attributes.get("max-age")
    expires = attributes.get("expires")
    return SetCookie(
        name=name,
        value=value,
        expires=None if expires is None else parse_cookie_date(expires),
        max_age=None if max_age is None else int(max_age),
        domain=attributes.get("domain") or None,
        path=attributes.get("path") or None,
        secure="secure" in attributes,
        httponly="httponly" in attributes,
        samesite=_SAME_SITE.get(attributes.get("samesite", "").lower()),
        partitioned="partitioned" in attributes,
    )


def _note(attributes: dict[str, str], key: str, content: str) -> None:
    """The last usable attribute of a name counts."""
    if key == "max-age" and _MAX_AGE.fullmatch(content) is None:
        return
    if key == "expires" and parse_cookie_date(content) is None:
        return
    if key == "domain":
        content = content.removeprefix(".").lower()
    elif key == "path" and content[:1] != "/":
        content = ""
    attributes[key] = content


def parse_cookie_date(text: str) -> float | None:
    """Seconds since the epoch for a date in any of the ways that cookies have it, or None.

    This is RFC 6265bis section 5.1.1: a time, a day, a month and a year, in any order.

    >>> parse_cookie_date("Wdy, 06-Nov-94 08:49:37 GMT")
    784111777.0
    """
    clock: re.Match[str] | None = None
    day = month = year = None
    for token in _DATE_TOKEN.findall(text):
        if clock is None and (found := _TIME.fullmatch(token)):
            clock = found
        elif day is None and (found := _DAY.fullmatch(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.fullmatch(token)):
            year = int(found[1])
    if clock is None or day is None or month is None or year is None:
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    if year < 1601:
        return None
    try:
        hour, minute, second = map(int, clock.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
