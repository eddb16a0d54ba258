"""Every command of Zonda that a README or a page of the documentation shows exists.

Looked at are ``zonda``, ``python -m`` and ``nox``: the module can be found, the session is in
noxfile.py, files that are named are there, and options are among those that ``--help`` lists.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.repository.source import ROOT, tree

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("packages/*/README.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/*/*.md")),
]
FENCE = re.compile(r"^```(?:console)?\n(.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"(?:\$ )?((?:uvx |venv/bin/)?nox\b.*|zonda .*|python (?:-m |scripts/).*)")

#: What these modules run has options of its own, behind the first argument that is none.
RUNNERS = {"zonda.autoreload"}
#: What a session passes the arguments behind ``--`` on to.
PROGRAMS = {"demo": ["-m", "examples.tour"], "fuzz": ["-m", "tests.fuzz"]}


class Command(NamedTuple):
    """A line of a page, in words."""

    place: str
    words: list[str]

    def __str__(self) -> str:
        return f"{self.place}-{' '.join(self.words)}"


def commands(page: Path) -> Iterator[Command]:
    for block in FENCE.finditer(page.read_text(encoding="utf-8")):
        for line in block[1].splitlines():
            if match := COMMAND.fullmatch(line):
                words = shlex.split(match[1], comments=True)
                yield Command(str(page.relative_to(ROOT)), words)


COMMANDS = [command for page in PAGES for command in commands(page)]
NOX = [command for command in COMMANDS if command.words[0] not in ("zonda", "python")]
ZONDA = [command for command in COMMANDS if command.words[0] == "zonda"]
MODULES = [command for command in COMMANDS if command.words[0] == "python"]


def sessions() -> dict[str, str]:
    """The name of each session in noxfile.py, and its source."""
    found = {}
    for node in tree(ROOT / "noxfile.py").body:
        if not isinstance(node, ast.FunctionDef):
            continue
        decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
        own = next((text for text in decorators if text.startswith("nox.session")), None)
        if own is not None:
            named = re.search(r"name='([\w-]+)'", own)
            found[named[1] if named else node.name] = ast.unparse(node)
    return found


@functools.cache
def options_of(*program: str) -> set[str]:
    """The options that the help of a Python program lists."""
    command = [sys.executable, *program, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=40)
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"(?<![\w-])--?\w[\w-]*", (done.stdout + done.stderr).replace("_", "-")))


def assert_options(words: list[str], *program: str) -> None:
    shown = {
        word.partition("=")[0].replace("_", "-") for word in words if re.match("--?[a-z]", word)
    }
    if shown:
        assert shown <= options_of(*program)


def exists(module: str) -> bool:
    spec = importlib.util.find_spec(module)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = importlib.util.find_spec(f"{module}.__main__")
    return spec is not None


@pytest.mark.parametrize("command", MODULES, ids=str)
def test_modules(command: Command) -> None:
    if command.words[1] != "-m":
        assert (ROOT / command.words[1]).exists()
        return
    module, *rest = command.words[2:]
    assert exists(module)
    if module in RUNNERS:
        count = next((at for at, word in enumerate(rest) if word[0] != "-" or word == "-m"), 0)
        rest = rest[:count]
    # A subcommand has a help of its own.
    is_subcommand = rest and re.fullmatch(r"[a-z]+", rest[0]) and module.startswith("zonda.")
    assert_options(rest, "-m", module, *rest[: 1 if is_subcommand else 0])


@pytest.mark.parametrize("command", ZONDA, ids=str)
def test_the_command(command: Command) -> None:
    subcommand, target, *rest = command.words[1:]
    assert_options(["--help", *rest], "-m", "zonda.web", subcommand)
    module, _, name = target.partition(":")
    if module.startswith("examples."):
        assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("command", NOX, ids=str)
def test_sessions(command: Command) -> None:
    words = command.words[2 if command.words[0] == "uvx" else 1 :]
    end = words.index("--") if "--" in words else len(words)
    own, passed = words[:end], words[end + 1 :]
    names = []
    if "-s" in own:
        for word in own[own.index("-s") + 1 :]:
            if word.startswith("-"):
                break
            names.append(word)
    for name in names:
        plain, _, parameters = name.partition("(")
        assert plain in sessions()
        for parameter in re.findall(r"(\w+)=", parameters):
            assert f"parametrize('{parameter}'" in sessions()[plain]
    for path in passed:
        assert "://" in path or "/" not in path or (ROOT / path).exists(), path
    if names == ["bench"]:
        assert_options(passed[1:], passed[0])
    elif names and names[0] in PROGRAMS:
        assert_options(passed, *PROGRAMS[names[0]])


def test_there_are_commands_to_look_at() -> None:
    assert len(NOX) > 5 and len(ZONDA) > 3 and len(MODULES) > 5
