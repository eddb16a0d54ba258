"""The options of the program, through the functions of the package."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

import zonda.options
from zonda.options import OptionParser, program

ALL = """\
import sys
from zonda.options import *
called = []
define("port", default=80, help="to listen on")
define("config", callback=lambda path: parse_config_file(path, final=False))
add_parse_callback(lambda: called.append(options.port))
parse_environment("APP_", {"APP_PORT": "81"}, final=False)
rest = parse_command_line(["app.py", f"--config={sys.argv[1]}", "--logging=none", "x"])
print(options.port, rest, called)
print_help(sys.stdout)
"""


def test_the_functions_are_about_one_set_of_options(tmp_path: Path) -> None:
    (tmp_path / "app.conf").write_text("port = 82")
    result = subprocess.run(
        [sys.executable, "-c", ALL, str(tmp_path / "app.conf")],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = result.stdout.splitlines()
    assert lines[0] == "82 ['x'] [82]"
    assert "  --port=INTEGER                   to listen on (default 80)" in lines


def test_each_function_calls_the_method_of_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = OptionParser()
    monkeypatch.setattr(program, "options", own)
    calls: list[str] = []
    zonda.options.define("port", 80, multiple=False, group="g")
    zonda.options.add_parse_callback(lambda: calls.append("x"))
    (tmp_path / "app.toml").write_text("port = 1")
    zonda.options.parse_config_file(tmp_path / "app.toml")
    assert own.port == 1
    zonda.options.parse_environment("APP_", {"APP_PORT": "2"})
    assert own.port == 2
    assert zonda.options.parse_command_line(["app.py", "--port=3", "y"]) == ["y"]
    assert own.group_dict("g") == {"port": 3}
    file = io.StringIO()
    zonda.options.print_help(file)
    assert "--port=INTEGER" in file.getvalue()
    assert calls == ["x", "x", "x"]


def test_the_program_has_the_logging_options() -> None:
    assert {"logging", "log_to_stderr", "log_file_prefix"} <= set(zonda.options.options)
    assert zonda.options.options.groups() >= {"", "logging"}


@pytest.mark.parametrize("name", zonda.options.__all__)
def test_public_names_are_there(name: str) -> None:
    assert hasattr(zonda.options, name)


def test_nothing_heavy_is_imported() -> None:
    heavy = ("argparse", "asyncio", "difflib", "socket", "logging.handlers", "tomllib")
    code = (
        "import sys; before = set(sys.modules); import zonda.options; "
        f"print(sorted({{*{heavy}}} & (set(sys.modules) - before)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
