"""What a client has left when its fetches are over."""

from __future__ import annotations

from zonda.httpclient import AsyncHTTPClient


def nothing_left(client: AsyncHTTPClient) -> bool:
    """Whether no connection is in use, and nobody waits for one."""
    pool = client.pool
    return (pool.active_count, pool.waiting_count, len(client.fetches.members)) == (0, 0, 0)
