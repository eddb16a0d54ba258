"""A server of others with a site of ours, in a process of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import socket
import time
from collections.abc import Iterator

import pytest

from tests.integration.program import running

#: How uvicorn, granian and gunicorn say where they listen.
ADDRESS = re.compile(r"(?:http://|addr=|at: )(?:http://)?127\.0\.0\.1:([1-9]\d*)")
#: Seconds in which a server that has named its address has to listen.
PATIENCE = 20


def need(package: str) -> None:
    """Skip a test whose other side is not installed."""
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed: it is in the group test-integration")


@contextlib.contextmanager
def served_by(server: str, *arguments: str, **environment: str) -> Iterator[int]:
    """Run ``python -m server arguments``; its port. ``{port}`` in an argument is a free one."""
    need(server)
    with socket.create_server(("127.0.0.1", 0)) as probe:  # granian cannot take any free port
        port = probe.getsockname()[1]
    filled = [argument.format(port=port) for argument in arguments]
    with running("-m", server, *filled, address=ADDRESS, environment=environment) as program:
        wait_until_open(program.port)
        yield program.port
        program.end()


def wait_until_open(port: int) -> None:
    """Granian names its address before its worker listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "nobody listens"
            time.sleep(0.05)
