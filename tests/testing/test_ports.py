"""A free port is one that works."""

from __future__ import annotations

import socket

import pytest

from zonda.testing import bind_unused_port


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost"])
def test_somebody_listens(address: str) -> None:
    if address == "::1" and not socket.has_ipv6:
        pytest.skip("there is no IPv6")
    sock, port = bind_unused_port(address=address)
    with sock, socket.create_connection((sock.getsockname()[0], port), timeout=5):
        assert sock.getsockname()[1] == port


def test_the_port_may_be_shared() -> None:
    sock, port = bind_unused_port(reuse_port=True)
    with sock, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", port))
