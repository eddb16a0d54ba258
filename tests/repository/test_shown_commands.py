"""Every command that a README or a page of the documentation shows is typed, and works.

Blocks ``console`` are typed from the first line to the last, as ``scripts/shown.py`` says.  What
nobody types here has a reason in ``scripts/console.py``; of sessions of nox it is looked at whether
they exist, and whether the programs that they pass arguments on to have such options.
"""

from __future__ import annotations

import ast
import functools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.console import LONGEST_RUN, UNTYPED, ShownError, untyped
from scripts.shown import Block, Unavailable, blocks, desk, run_console
from tests.repository.source import ROOT, tree
from tests.repository.test_shown_code import BLOCKS, PAGES

CONSOLES = [block for block in BLOCKS if block.language == "console"]
#: What a session passes the arguments behind ``--`` on to.
PROGRAMS = {"demo": ["-m", "examples.tour"], "fuzz": ["-m", "tests.fuzz"]}


@pytest.mark.timeout(4 * LONGEST_RUN)
@pytest.mark.parametrize("block", CONSOLES, ids=str)
def test_consoles(block: Block) -> None:
    assert block.commands, "a line that is typed begins with '$ '"
    if all(untyped(command, install=False) for command in block.commands):
        return
    with desk() as directory:
        for other in blocks(block.page):
            if other.file:
                (directory / other.file).write_text(other.code, encoding="utf-8")
        try:
            run_console(block, directory, install=False)
        except Unavailable as error:
            pytest.skip(str(error))


def test_what_is_not_typed_is_shown_somewhere() -> None:
    commands = [command for block in CONSOLES for command in block.commands]
    assert [start for start in UNTYPED if not any(re.match(start, line) for line in commands)] == []


@pytest.mark.parametrize("command", ["false", "zonda serve nothing", "python -m nothing"])
def test_a_command_that_fails_is_found(command: str, tmp_path: Path) -> None:
    block = Block(PAGES[0], 1, "", "console", f"$ {command}\n")
    with pytest.raises(ShownError, match=command):
        run_console(block, tmp_path, install=False)


def test_what_is_not_printed_is_found(tmp_path: Path) -> None:
    right = Block(PAGES[0], 1, "", "console", "$ echo one two three\none … three\n")
    run_console(right, tmp_path, install=False)
    wrong = Block(PAGES[0], 1, "", "console", "$ echo one\ntwo\n")
    with pytest.raises(ShownError, match="'two' is not printed"):
        run_console(wrong, tmp_path, install=False)


def test_commands_are_in_consoles() -> None:
    """Not in blocks without a language, where nobody would type them."""
    shown = re.compile(r"^(?:    |```\n)(?:\$ )?(?:pip|nox|zonda|python -m) .*", re.M)
    assert [shown.findall(page.read_text(encoding="utf-8")) for page in PAGES] == [[]] * len(PAGES)


class Command(NamedTuple):
    """A line of a page that calls nox, in words."""

    place: str
    words: list[str]

    def __str__(self) -> str:
        return f"{self.place}-{' '.join(self.words)}"


def nox_commands() -> Iterator[Command]:
    for block in CONSOLES:
        for line in block.commands:
            words = shlex.split(line, comments=True)
            if words[0] == "uvx":
                del words[0]
            if words[0].endswith("nox"):
                yield Command(str(block), words)


NOX = list(nox_commands())


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


@pytest.mark.parametrize("command", NOX, ids=str)
def test_sessions(command: Command) -> None:
    words = command.words[1:]
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
    if names == ["bench"] and passed and passed[0].endswith(".py"):
        assert_options(passed[1:], "-m", f"benchmarks.{Path(passed[0]).stem}")
    elif names and names[0] in PROGRAMS:
        assert_options(passed, *PROGRAMS[names[0]])


def test_there_are_commands_to_look_at() -> None:
    assert len(NOX) > 5 and len(CONSOLES) > 20
