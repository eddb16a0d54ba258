"""Providers are found by their URL and kept; the rest is tested with logins."""

from __future__ import annotations

import pytest

from zonda.auth.issuers import MAX_ISSUERS, Issuer, _issuers, find_issuer


@pytest.mark.parametrize(
    "url", ["http://provider.example", "provider.example", "ftp://localhost", "https://", ""]
)
def test_urls_that_are_no_issuers(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        Issuer(url)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:1"])
def test_this_machine_needs_no_tls(host: str) -> None:
    assert Issuer(f"http://{host}").name == f"http://{host}"


def test_issuers_are_kept_and_not_without_end() -> None:
    first = find_issuer("https://provider.example")
    assert find_issuer("https://provider.example") is first
    assert find_issuer("https://provider.example", "another name") is not first
    for number in range(MAX_ISSUERS):
        find_issuer(f"https://provider-{number}.example")
    assert len(_issuers) == MAX_ISSUERS
    assert find_issuer("https://provider.example") is not first
