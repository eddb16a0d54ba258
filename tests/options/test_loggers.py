"""The loggers of Zonda."""

from __future__ import annotations

from zonda.options import access_log, app_log, gen_log


def test_their_names() -> None:
    names = [logger.name for logger in (access_log, app_log, gen_log)]
    assert names == ["zonda.access", "zonda.application", "zonda.general"]
