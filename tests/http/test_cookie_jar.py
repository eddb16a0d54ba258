"""Which cookies a client keeps and sends."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.at_once import at_once
from zonda.http.cookie_jar import (
    MAX_LIFETIME,
    CookieJar,
    default_path,
    domain_matches,
    is_ip_address,
    path_matches,
)


def store(
    jar: CookieJar, header: str, url: str = "https://www.example.com/dir/page", now: float = 0.0
) -> bool:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return jar.store(header, host=host, path=slash + path, secure=scheme == "https", now=now)


def sent(jar: CookieJar, url: str = "https://www.example.com/dir/page", now: float = 0.0) -> str:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return jar.header(host=host, path=slash + path, secure=scheme == "https", now=now) or ""


@pytest.mark.parametrize(
    ("host", "domain", "matches"),
    [
        ("example.com", "example.com", True),
        ("a.example.com", "example.com", True),
        ("a.b.example.com", "example.com", True),
        ("example.com", "a.example.com", False),
        ("badexample.com", "example.com", False),
        ("1.2.3.4", "1.2.3.4", True),
        ("1.2.3.4", "3.4", False),
        ("::1", "1", False),
    ],
)
def test_domain_matches(host: str, domain: str, matches: bool) -> None:
    assert domain_matches(host, domain) is matches


@pytest.mark.parametrize(
    ("path", "cookie_path", "matches"),
    [
        ("/", "/", True),
        ("/a", "/", True),
        ("/a", "/a", True),
        ("/a/", "/a", True),
        ("/a/b", "/a/", True),
        ("/ab", "/a", False),
        ("/a", "/a/", False),
        ("/b", "/a", False),
    ],
)
def test_path_matches(path: str, cookie_path: str, matches: bool) -> None:
    assert path_matches(path, cookie_path) is matches


@pytest.mark.parametrize(
    ("path", "default"),
    [
        ("/", "/"),
        ("/a", "/"),
        ("/a/", "/a"),
        ("/a/b?c/d", "/a"),
        ("", "/"),
        ("a/b", "/"),
        ("?", "/"),
    ],
)
def test_default_path(path: str, default: str) -> None:
    assert default_path(path) == default


@pytest.mark.parametrize(
    ("host", "address"),
    [("1.2.3.4", True), ("[::1]", True), ("::1", True), ("a.b", False), ("1.2.3.4.com", False)],
)
def test_is_ip_address(host: str, address: bool) -> None:
    assert is_ip_address(host) is address


@pytest.mark.parametrize(
    ("header", "url", "is_sent"),
    [
        # Host and domain.
        ("a=b", "https://www.example.com/dir/", True),
        ("a=b", "https://WWW.EXAMPLE.COM/dir/", True),
        ("a=b", "https://example.com/dir/", False),
        ("a=b", "https://x.www.example.com/dir/", False),
        ("a=b; Domain=example.com", "https://example.com/dir/", True),
        ("a=b; Domain=example.com", "https://x.example.com/dir/", True),
        ("a=b; Domain=example.com", "https://other.com/dir/", False),
        # Path.
        ("a=b", "https://www.example.com/dir/sub/page?x", True),
        ("a=b", "https://www.example.com/directory", False),
        ("a=b", "https://www.example.com/", False),
        ("a=b; Path=/", "https://www.example.com", True),
        ("a=b; Path=/other", "https://www.example.com/other", True),
        # Encryption.
        ("a=b; Path=/", "http://www.example.com/", True),
        ("a=b; Path=/; Secure", "http://www.example.com/", False),
        ("a=b; Path=/; Secure", "https://www.example.com/", True),
    ],
)
def test_where_a_cookie_is_sent(header: str, url: str, is_sent: bool) -> None:
    jar = CookieJar()
    assert store(jar, header)
    assert sent(jar, url) == ("a=b" if is_sent else "")


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("", "https://example.com/"),
        ("a=b; Domain=other.com", "https://example.com/"),
        ("a=b; Domain=sub.example.com", "https://example.com/"),
        ("a=b; Domain=com", "https://example.com/"),
        ("a=b; Domain=2.3.4", "https://1.2.3.4/"),
        ("a=b; Secure", "http://example.com/"),
        ("__Secure-a=b", "https://example.com/"),
        ("__Host-a=b; Path=/", "https://example.com/"),
        ("__Host-a=b; Secure", "https://example.com/x/y"),
        ("__host-a=b; Secure; Path=/; Domain=example.com", "https://example.com/"),
        ("=__Secure-a=b; Secure", "https://example.com/"),
        ("__Host-a; Secure; Path=/", "https://example.com/"),
    ],
)
def test_cookies_that_are_refused(header: str, url: str) -> None:
    jar = CookieJar()
    assert not store(jar, header, url)
    assert len(jar) == 0


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("__Secure-a=b; Secure", "https://example.com/"),
        ("__Host-a=b; Secure; Path=/", "https://example.com/"),
        ("a=b; Domain=localhost", "https://localhost/"),
        ("a=b; Domain=1.2.3.4", "https://1.2.3.4/"),
        ("a=b", "https://[::1]/"),
        ("b", "https://example.com/"),
    ],
)
def test_cookies_that_are_kept(header: str, url: str) -> None:
    jar = CookieJar()
    assert store(jar, header, url)
    assert sent(jar, url) == header.partition(";")[0]


def test_a_public_suffix_can_be_said_from_outside() -> None:
    jar = CookieJar(is_public_suffix={"github.io", "io"}.__contains__)
    assert not store(jar, "a=b; Domain=github.io", "https://me.github.io/")
    assert store(jar, "a=b; Domain=github.io", "https://github.io/")
    assert sent(jar, "https://me.github.io/") == ""


def test_longer_paths_come_first_then_older_cookies() -> None:
    jar = CookieJar()
    for header in ("a=1; Path=/", "b=2; Path=/dir", "c=3; Path=/", "d=4; Path=/dir"):
        store(jar, header)
    store(jar, "a=5; Path=/")  # the age stays that of the first
    assert sent(jar) == "b=2; d=4; a=5; c=3"


def test_a_cookie_is_replaced_by_name_domain_and_path() -> None:
    jar = CookieJar()
    store(jar, "a=1; Path=/")
    store(jar, "a=2; Path=/dir")
    store(jar, "a=3; Path=/; Domain=example.com")
    store(jar, "a=4; Path=/")
    assert len(jar) == 3
    assert sorted(cookie.value for cookie in jar) == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("attributes", "lives"),
    [
        ("", 1e12),
        ("; Max-Age=60", 60),
        ("; Expires=Thu, 01 Jan 1970 00:01:00 GMT", 60),
        ("; Max-Age=30; Expires=Thu, 01 Jan 1970 00:01:00 GMT", 30),
        ("; Max-Age=999999999999", MAX_LIFETIME),
        ("; Expires=Thu, 01 Jan 2100 00:00:00 GMT", MAX_LIFETIME),
    ],
)
def test_expiry(attributes: str, lives: float) -> None:
    jar = CookieJar()
    store(jar, "a=b" + attributes)
    assert sent(jar, now=lives - 1) == "a=b"
    if lives < 1e12:
        assert sent(jar, now=lives) == ""


@pytest.mark.parametrize("attribute", ["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
def test_an_expired_cookie_deletes_its_predecessor(attribute: str) -> None:
    jar = CookieJar()
    store(jar, "a=b")
    assert store(jar, f"a=; {attribute}", now=1.0)
    assert (len(jar), list(jar)) == (0, [])


def test_a_plain_connection_cannot_replace_or_hide_a_secure_cookie() -> None:
    jar = CookieJar()
    store(jar, "a=1; Secure; Path=/dir; Domain=example.com")
    assert not store(jar, "a=2; Path=/dir", "http://www.example.com/")
    assert not store(jar, "a=2; Path=/dir/sub; Domain=example.com", "http://example.com/")
    assert store(jar, "a=2; Path=/", "http://www.example.com/")
    assert store(jar, "a=2; Path=/dir", "http://other.com/")
    assert store(jar, "b=2; Path=/dir", "http://www.example.com/")


def test_the_least_recently_used_of_a_domain_goes() -> None:
    jar = CookieJar(max_cookies_per_domain=3)
    for name in "abc":
        store(jar, f"{name}=1; Path=/{name}")
    assert sent(jar, "https://www.example.com/a") == "a=1"
    store(jar, "d=1; Path=/d")
    assert sorted(cookie.name for cookie in jar) == ["a", "c", "d"]


def test_expired_cookies_go_first() -> None:
    jar = CookieJar(max_cookies=2)
    store(jar, "a=1", "https://a.com/")
    store(jar, "b=1; Max-Age=5", "https://b.com/")
    store(jar, "c=1", "https://c.com/", now=10.0)
    assert [cookie.name for cookie in jar] == ["a", "c"]
    store(jar, "d=1", "https://d.com/", now=10.0)
    assert [cookie.name for cookie in jar] == ["c", "d"]
    assert len(jar) == 2


def test_clear() -> None:
    jar = CookieJar()
    store(jar, "a=1")
    jar.clear()
    assert (len(jar), sent(jar)) == (0, "")


NAMES = st.sampled_from(["a", "b", "__Host-c", ""])
HOSTS = st.sampled_from(["example.com", "www.example.com", "x.www.example.com", "1.2.3.4"])
PATHS = st.sampled_from(["/", "/a", "/a/b"])
ATTRIBUTES = st.lists(
    st.sampled_from(["Secure", "Path=/", "Path=/a", "Domain=example.com", "Max-Age=5", "Max-Age=0"])
)


@given(
    st.lists(st.tuples(NAMES, HOSTS, PATHS, ATTRIBUTES, st.booleans(), st.integers(0, 20))),
    HOSTS,
    PATHS,
    st.booleans(),
)
def test_the_limits_hold_and_only_what_matches_is_sent(
    stores: list[tuple[str, str, str, list[str], bool, int]], host: str, path: str, secure: bool
) -> None:
    jar = CookieJar(max_cookies=5, max_cookies_per_domain=3)
    for name, where, on, attributes, encrypted, now in stores:
        header = "; ".join([f"{name}=v", *attributes])
        jar.store(header, host=where, path=on, secure=encrypted, now=float(now))
        assert len(jar) == len(list(jar)) <= 5
    header = jar.header(host=host, path=path, secure=secure, now=20.0) or ""
    expected = [
        cookie
        for cookie in jar
        if (cookie.domain == host if cookie.host_only else domain_matches(host, cookie.domain))
        and path_matches(path, cookie.path)
        and (secure or not cookie.secure)
        and (cookie.expires is None or cookie.expires > 20)
    ]
    assert sorted(filter(None, header.split("; "))) == sorted(
        f"{cookie.name}=v" if cookie.name else "v" for cookie in expected
    )


def test_threads_share_a_jar() -> None:
    jar = CookieJar(max_cookies=20, max_cookies_per_domain=5)

    def use(first: int) -> None:
        for number in range(first, first + 500):
            host = f"h{number % 9}.test"
            lifetime = 0 if number % 4 == 0 else 60
            cookie = f"c{number % 13}={number}; Max-Age={lifetime}"
            assert jar.store(cookie, host=host, path="/", secure=True, now=0.0)
            jar.header(host=host, path="/", secure=True, now=1.0)
            assert all(cookie.name.startswith("c") for cookie in jar)
            if number % 100 == 0:
                jar.clear()

    at_once([partial(use, first) for first in range(4)])
    assert len(jar) == len(list(jar)) <= 20
