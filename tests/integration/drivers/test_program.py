"""The chapters as programs: several processes, each with its own pool."""

from __future__ import annotations

import subprocess
import sys
import urllib.request

from tests.integration.drivers.conftest import own_server
from tests.integration.program import ROOT, running


def test_each_process_has_its_own_pool() -> None:
    options = ["--save", "", "--bind", "127.0.0.1"]
    with own_server("redis-server", lambda port: ["--port", str(port), *options]) as redis:
        arguments = [f"--url=redis://127.0.0.1:{redis.port}/0", "--listen=127.0.0.1:0"]
        with running("-m", "examples.drivers.redis_hits", *arguments, "--workers=2") as program:
            for count in (1, 2, 3):
                request = urllib.request.Request(f"{program.url}hits/a", method="POST")
                with urllib.request.urlopen(request, timeout=10) as answer:
                    assert answer.read() == b'{"page": "a", "hits": %d}' % count
            assert program.end()[0] == 0


def test_server_that_is_not_there_is_told_at_once() -> None:
    url = "postgresql://somebody:secret@127.0.0.1:1/shop"
    command = ["-m", "examples.drivers.postgresql_orders", f"--url={url}", "--listen=127.0.0.1:0"]
    ended = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=20
    )
    assert ended.returncode != 0
    assert "cannot connect to postgresql://somebody@127.0.0.1:1/shop" in ended.stderr
    assert "secret" not in ended.stderr
