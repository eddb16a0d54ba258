"""AU-04: ``next`` leads to a path of this site, or to the default."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.auth import MAX_PATH_SIZE, local_path

HOSTILE = [
    None,
    "",
    "articles",
    "//evil",
    "//evil.example/path",
    "///evil.example",
    "https:evil",
    "https://evil.example/",
    "javascript:alert(1)",
    "/\\evil",
    "/\\/evil",
    "\\\\evil",
    "/a\\b",
    "/\t/evil",
    "/\r\n/evil",
    "/a\r\nSet-Cookie: a=b",
    "/a\nb",
    "/a b",
    " /a",
    "/a\0",
    "/a\x7f",
    "/ä",
    "/\u2028",
    "/" + "a" * MAX_PATH_SIZE,
]


@pytest.mark.parametrize("url", HOSTILE)
def test_what_leads_elsewhere(url: str | None) -> None:
    assert local_path(url) == "/"
    assert local_path(url, "/home") == "/home"


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/articles?page=2&next=//evil#top",
        "/a//b",
        "/%2F/evil",
        "/@evil",
        "/a:b",
        "/" + "a" * (MAX_PATH_SIZE - 1),
    ],
)
def test_what_stays_here(url: str) -> None:
    assert local_path(url) == url


@given(st.text(alphabet="/\\:@.?#%ae \t\r\n\0", max_size=12))
def test_it_never_leaves_the_host(url: str) -> None:
    """As the parser of the standard library joins it, and as browsers do: they read a backslash
    as a slash, and drop tabs and line ends."""
    path = local_path(url)
    seen = path.replace("\\", "/").translate(dict.fromkeys(map(ord, "\t\r\n")))
    for text in (path, seen):
        assert urlsplit(urljoin("https://site.example/login", text)).netloc == "site.example"
