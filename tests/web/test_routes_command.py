"""``zonda routes``."""

from __future__ import annotations

import pytest

from zonda.web.command_line import main
from zonda.web.routes_command import table

SITE = "tests.web.command_site"
EXPECTED = f"""\
/             {SITE}.Hello  home
/other/(\\d+)  {SITE}.Hello
"""


@pytest.mark.parametrize("name", ["app", "make_app", "make_later", "lifetime"])
def test_the_rules(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", f"{SITE}:{name}"]) == 0
    assert EXPECTED in capsys.readouterr().out


def test_something_else_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", f"{SITE}:make_nothing"]) == 2
    assert "makes a str: only an Application has rules" in capsys.readouterr().err


def test_no_rules() -> None:
    assert table([]) == "no rules"
