"""Keeping cookies for a client: RFC 6265bis, sections 5.1 (matching), 5.7 (storing), 5.8 (sending).

Time is an argument and so is what counts as a public suffix, so there is nothing here that waits
or reads.  Jars are bounded: beyond the limits the cookies that were not used for longest go.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from .set_cookie import SetCookie, parse_set_cookie

#: RFC 6265bis section 6.1 wants at least 3000 in all.
MAX_COOKIES: Final = 3000
#: RFC 6265bis section 6.1 wants at least 50 for each domain; Chrome keeps 180.
MAX_COOKIES_PER_DOMAIN: Final = 180

#: RFC 6265bis section 5.5: no cookie lives longer than 400 days, in seconds.
MAX_LIFETIME: Final = 400 * 24 * 3600

_IPV4: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")


def is_ip_address(host: str) -> bool:
    """Whether *host* is an address and not a name, so that it has no parent domains."""
    return ":" in host or _IPV4.fullmatch(host) is not None


def domain_matches(host: str, domain: str) -> bool:
    """Whether a cookie for *domain* is for *host*; both in lower case.

    >>> domain_matches("www.example.com", "example.com")
    True
    >>> domain_matches("badexample.com", "example.com")
    False
    """
    return host == domain or (host.endswith("." + domain) and not is_ip_address(host))


def path_matches(path: str, cookie_path: str) -> bool:
    """Whether a cookie for *cookie_path* is for a request of *path*.

    >>> path_matches("/docs/api", "/docs"), path_matches("/docsapi", "/docs")
    (True, False)
    """
    return path.startswith(cookie_path) and (
        len(path) == len(cookie_path) or cookie_path[-1:] == "/" or path[len(cookie_path)] == "/"
    )


def default_path(path: str) -> str:
    """The path of a cookie that names none, from the request's path.

    >>> default_path("/docs/api?x"), default_path("/docs"), default_path("")
    ('/docs', '/', '/')
    """
    path = path.partition("?")[0]
    if path[:1] != "/":
        return "/"
    return path[: path.rfind("/")] or "/"


def has_no_dot(domain: str) -> bool:
    """The least that is known of public suffixes: a top-level domain is one."""
    return "." not in domain


@dataclass(eq=False, slots=True)
class StoredCookie:
    """A cookie in a jar.

    :ivar host_only: it is for this host, not for those below it.
    :ivar expires: seconds since the epoch, or None for one that lives as long as the jar.
    :ivar created: a number that grows with every cookie.
    :ivar used: a number that grows with every use.
    """

    name: str
    value: str
    domain: str
    path: str
    host_only: bool
    secure: bool
    httponly: bool
    samesite: str | None
    expires: float | None
    created: int
    used: int


class CookieJar:
    """Cookies of any number of servers; threads may share it.

    >>> jar = CookieJar()
    >>> jar.store("id=7; Path=/; Secure", host="example.com", path="/login", secure=True, now=0.0)
    True
    >>> jar.header(host="example.com", path="/", secure=True, now=1.0)
    'id=7'
    >>> jar.header(host="example.com", path="/", secure=False, now=1.0)

    :param is_public_suffix: whether everybody can have a domain below this one, so that cookies
        for it would be for strangers.  The list that browsers use is large and changes, so what
        is known without it is that top-level domains are public.
    """

    def __init__(
        self,
        *,
        max_cookies: int = MAX_COOKIES,
        max_cookies_per_domain: int = MAX_COOKIES_PER_DOMAIN,
        is_public_suffix: Callable[[str], bool] = has_no_dot,
    ) -> None:
        self._domains: dict[str, dict[tuple[str, str], StoredCookie]] = {}
        self._max_cookies = max_cookies
        self._max_per_domain = max_cookies_per_domain
        self._is_public_suffix = is_public_suffix
        self._clock = 0
        self._count = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[StoredCookie]:
        with self._lock:
            every = [list(cookies.values()) for cookies in self._domains.values()]
        return itertools.chain.from_iterable(every)

    def store(self, set_cookie: str, *, host: str, path: str, secure: bool, now: float) -> bool:
        """Keep what a ``Set-Cookie`` header says; False if the cookie was refused.

        :param host: of the request that was answered, without the port.
        :param path: of that request.
        :param secure: that request was encrypted.
        :param now: seconds since the epoch.
        """
        parsed = parse_set_cookie(set_cookie)
        if parsed is None:
            return False
        with self._lock:
            cookie = self._build(parsed, host.lower(), path, now)
            if cookie is None or not _is_allowed(parsed, cookie, secure):
                return False
            if not secure and self._shadows_secure(cookie):
                return False
            self._keep(cookie, now)
        return True

    def _keep(self, cookie: StoredCookie, now: float) -> None:
        cookies = self._domains.setdefault(cookie.domain, {})
        key = (cookie.name, cookie.path)
        old = cookies.pop(key, None)
        if old is not None:
            cookie.created = old.created
            self._count -= 1
        if cookie.expires is None or cookie.expires > now:
            cookies[key] = cookie
            self._count += 1
            self._evict(cookie.domain, now)
        if not cookies:
            self._domains.pop(cookie.domain, None)

    def header(self, *, host: str, path: str, secure: bool, now: float) -> str | None:
        """The ``Cookie`` header for a request, or None if there is no cookie for it."""
        path = path.partition("?")[0] or "/"
        with self._lock:
            found = [
                cookie
                for cookie in self._for_host(host.lower())
                if path_matches(path, cookie.path)
                and (secure or not cookie.secure)
                and (cookie.expires is None or cookie.expires > now)
            ]
            if not found:
                return None
            self._clock += 1
            for cookie in found:
                cookie.used = self._clock
        found.sort(key=lambda cookie: (-len(cookie.path), cookie.created))
        return "; ".join(
            [f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in found]
        )

    def clear(self) -> None:
        """Forget all cookies."""
        with self._lock:
            self._domains.clear()
            self._count = 0

    def _build(self, parsed: SetCookie, host: str, path: str, now: float) -> StoredCookie | None:
        domain = parsed.domain
        if domain is not None and self._is_public_suffix(domain):
            if domain != host:
                return None
            domain = None
        if domain is not None and not domain_matches(host, domain):
            return None
        self._clock += 1
        return StoredCookie(
            name=parsed.name,
            value=parsed.value,
            domain=domain or host,
            path=parsed.path or default_path(path),
            host_only=domain is None,
            secure=parsed.secure,
            httponly=parsed.httponly,
            samesite=parsed.samesite,
            expires=_expiry(parsed, now),
            created=self._clock,
            used=self._clock,
        )

    def _for_host(self, host: str) -> Iterator[StoredCookie]:
        """The cookies of *host* and of its parents."""
        domain = host
        while True:
            for cookie in self._domains.get(domain, {}).values():
                if domain == host or not cookie.host_only:
                    yield cookie
            if "." not in domain or is_ip_address(host):
                return
            domain = domain.partition(".")[2]

    def _shadows_secure(self, cookie: StoredCookie) -> bool:
        """Whether a plain connection would overwrite or hide what an encrypted one has set."""
        return any(
            other.secure
            and other.name == cookie.name
            and (domain_matches(cookie.domain, domain) or domain_matches(domain, cookie.domain))
            and path_matches(cookie.path, other.path)
            for domain, cookies in self._domains.items()
            for other in cookies.values()
        )

    def _evict(self, domain: str, now: float) -> None:
        cookies = self._domains[domain]
        if len(cookies) > self._max_per_domain:
            self._drop([(domain, key) for key in cookies], self._max_per_domain, now)
        if self._count > self._max_cookies:
            every = [(name, key) for name, found in self._domains.items() for key in found]
            self._drop(every, self._max_cookies, now)

    def _drop(self, candidates: list[tuple[str, tuple[str, str]]], limit: int, now: float) -> None:
        """Drop the expired ones, then those least recently used, until *limit* are left."""

        def order(candidate: tuple[str, tuple[str, str]]) -> tuple[bool, int]:
            cookie = self._domains[candidate[0]][candidate[1]]
            return cookie.expires is None or cookie.expires > now, cookie.used

        candidates.sort(key=order)
        for domain, key in candidates[: len(candidates) - limit]:
            del self._domains[domain][key]
            self._count -= 1
            if not self._domains[domain]:
                del self._domains[domain]


def _expiry(parsed: SetCookie, now: float) -> float | None:
    if parsed.max_age is not None:
        return now + min(parsed.max_age, MAX_LIFETIME) if parsed.max_age > 0 else now
    if parsed.expires is not None:
        return min(parsed.expires, now + MAX_LIFETIME)
    return None


def _is_allowed(parsed: SetCookie, cookie: StoredCookie, secure: bool) -> bool:
    """What ``Secure`` and the prefixes of names demand: RFC 6265bis section 5.7, from step 9."""
    if cookie.secure and not secure:
        return False
    prefix = (cookie.name or cookie.value).lower()
    if prefix.startswith("__secure-"):
        return cookie.secure and bool(cookie.name)
    if prefix.startswith("__host-"):
        return (
            cookie.secure
            and bool(cookie.name)
            and cookie.host_only
            and parsed.domain is None
            and parsed.path == "/"
        )
    return True
