"""Where a request comes from when another server holds the connection."""

from __future__ import annotations

from zonda.httpserver import ForeignPeer


def test_what_is_known_of_a_client() -> None:
    peer = ForeignPeer(("192.0.2.1", 5000), "https")
    assert (peer.remote_ip, peer.protocol) == ("192.0.2.1", "https")
    assert peer.address == ("192.0.2.1", 5000)
    assert peer.get_ssl_certificate() is None  # type: ignore[func-returns-value]  # there is none


def test_an_unknown_client_has_an_address_that_is_none() -> None:
    peer = ForeignPeer(None, "http")
    assert (peer.remote_ip, peer.address) == ("0.0.0.0", None)
