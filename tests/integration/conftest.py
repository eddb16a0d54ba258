"""A browser for the tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium: the one of the system, or that of ``ZONDA_TEST_CHROMIUM``."""
    path = os.environ.get("ZONDA_TEST_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium on this machine: install it, or name it in ZONDA_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        # Chromium makes a socket in its TMPDIR, whose path may be too long for one.
        env: dict[str, str | float | bool] = {**os.environ, "TMPDIR": "/tmp"}
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS, env=env)
        yield launched
        launched.close()
