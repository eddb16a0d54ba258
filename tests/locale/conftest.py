"""Each test begins with nothing loaded."""

from __future__ import annotations

import pytest

from zonda.locale import placeholders, registry


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a test loads from the next one."""
    fresh = registry.Registry(registry.DEFAULT_LOCALE, {})
    monkeypatch.setattr(registry, "_current", fresh)
    placeholders.fits.cache_clear()
