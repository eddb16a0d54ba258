"""A test that leaves something open fails on uvloop, too, and holds up nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAVING = """
import asyncio

kept = []

async def test_leaving():
    server = await asyncio.start_server(lambda *streams: kept.append(streams), "127.0.0.1", 0)
    kept.append(await asyncio.open_connection(*server.sockets[0].getsockname()))
    {end}
"""


@pytest.mark.parametrize("end", ["raise RuntimeError('the reason')", "kept.append(server)"])
def test_a_test_that_leaves_streams_open_ends(tmp_path: Path, end: str) -> None:
    (tmp_path / "test_leaving.py").write_text(LEAVING.format(end=end))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ours = ["-p", "tests.conftest", "--loop=uvloop", f"--rootdir={ROOT}", "-c", "pyproject.toml"]
    ended = subprocess.run(
        [*command, *ours, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert ended.returncode == 1, ended.stdout
    assert "unclosed" in ended.stdout
    assert ("RuntimeError: the reason" in ended.stdout) is ("raise" in end)
