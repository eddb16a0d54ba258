"""The command as a whole: help, versions, exit statuses."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zonda.web.command_line import main
from zonda.web.version import VERSION


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["routes", "-h"]])
def test_help_fits_a_screen(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert len(text.splitlines()) <= 24
    assert max(map(len, text.splitlines())) <= 80


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "serve an application" in capsys.readouterr().err


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"zonda {VERSION}\n"


@pytest.mark.parametrize(
    "arguments",
    [["sirve"], ["serve"], ["serve", "x:y", "--port", "many"], ["serve", "x:y", "--log", "xml"]],
)
def test_mistakes_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_as_a_module() -> None:
    command = [sys.executable, "-m", "zonda.web", "routes", "tests.web.command_site:app"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Hello  home" in done.stdout
