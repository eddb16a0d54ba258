"""Do what pages show: ``python -m scripts.shown [--install] PAGE...``.

A page is followed from its top to its end by the Python that runs this, in a directory of its own:

* Python with prompts (``>>>``) is one session from the first such block to the last.
* Any other Python is a program of its own, which has to end well by itself.
* Of a console (``$ ...``) each line is typed.  What serves goes on until the end of its block.
  Other lines have to be among what is printed; ``…`` in one stands for anything.

A comment in the line above a block says what is different with it:

* ``<!-- needs 127.0.0.1:5672 -->``: left out where nothing answers at that address;
* ``<!-- serves 8888 -->``: a program that serves until it is told to stop; it runs on another port,
  has to answer a request with HTTP, and is stopped;
* ``<!-- file hello.py -->``: kept under that name for what follows, and not run;
* ``<!-- from examples/chat/chat.py -->``: no program, but a part of that file, which is tested by
  itself.  Blocks of other languages may say it too.

With ``--install`` lines of pip are typed too: for an environment that may change.
"""

from __future__ import annotations

import doctest
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from scripts.console import LONGEST_RUN, ShownError, typing, untyped

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^(?:<!-- (.*?) -->\n)?```(\w+)\n(.*?)^```$", re.M | re.S)
#: What pages take for granted: a site in the making, templates, translations.
READER = ROOT / "tests" / "repository" / "reader"


class Unavailable(Exception):
    """A server that a block needs does not answer."""


class Block(NamedTuple):
    """A piece of a page and the remark above it."""

    page: Path
    line: int
    remark: str
    language: str
    code: str

    @property
    def is_session(self) -> bool:
        return ">>> " in self.code

    @property
    def source(self) -> str:
        """The path of the file that it is a part of, or nothing."""
        return self.remark.removeprefix("from ") if self.remark.startswith("from ") else ""

    @property
    def file(self) -> str:
        """The name that it is kept under, or nothing."""
        return self.remark.removeprefix("file ") if self.remark.startswith("file ") else ""

    @property
    def commands(self) -> list[str]:
        """The lines of a console that are typed."""
        return [line[2:] for line in self.code.splitlines() if line.startswith("$ ")]

    @property
    def printed(self) -> list[str]:
        """The lines of a console that its programs print."""
        return [line for line in self.code.splitlines() if not line.startswith("$ ")]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """What stands between fences."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start(3)) + 1
        yield Block(page, line, match[1] or "", match[2], match[3])


def check_needs(block: Block) -> None:
    """Look whether the server that a block needs is there.

    :raises Unavailable: it is not.
    """
    if match := re.fullmatch(r"needs (\S+):(\d+)", block.remark):
        try:
            socket.create_connection((match[1], int(match[2])), timeout=2).close()
        except OSError:
            raise Unavailable(f"nothing answers at {match[1]}:{match[2]}") from None


def run_sessions(shown: list[Block], directory: Path) -> int:
    """Run what has prompts, as one session; how many prompts there were."""
    text = "\n".join(block.code for block in shown)
    path = directory / "session.txt"
    path.write_text(text, encoding="utf-8")
    finish([sys.executable, "-m", "doctest", path.name], directory, str(shown[0]))
    return len(doctest.DocTestParser().get_examples(text))


def finish(command: list[str], directory: Path, place: str) -> None:
    """Run a program that ends by itself."""
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_RUN,
        )
    except subprocess.TimeoutExpired:
        hint = "a server says <!-- serves PORT -->"
        raise ShownError(f"{place}: still runs after {LONGEST_RUN} s; {hint}") from None
    if done.returncode:
        raise ShownError(f"{place}: {done.stdout}")


def run_program(block: Block, directory: Path) -> Path:
    """Run a program the way a reader would, from a file; the file."""
    check_needs(block)
    path = directory / (block.file or "program.py")
    path.write_text(block.code, encoding="utf-8")
    if block.remark.startswith("serves "):
        with typing(directory) as shell:
            shell.serve(f"{sys.executable} {path.name}", block.remark.split()[1])
    elif not block.file:
        finish([sys.executable, path.name], directory, str(block))
    return path


def run_console(block: Block, directory: Path, *, install: bool) -> None:
    """Type the lines of a console, from the first to the last."""
    check_needs(block)
    with typing(directory) as shell:
        for command in block.commands:
            reason = untyped(command, install=install)
            print(f"  $ {command}" + f"   (not typed: {reason})" * bool(reason), flush=True)
            if reason is None:
                shell.type(command)
        for line in block.printed:
            expected = ".*".join(map(re.escape, line.split("…")))
            if re.search(expected, shell.said()) is None:
                raise ShownError(f"{block}: {line!r} is not printed, but: {shell.said()}")


@contextmanager
def desk() -> Iterator[Path]:
    """The directory of a reader: what pages take for granted, and the examples."""
    with tempfile.TemporaryDirectory() as path:
        directory = Path(path, "desk")
        shutil.copytree(READER, directory)
        for name in ("examples", "benchmarks", "README.md"):
            (directory / name).symlink_to(ROOT / name)
        # Copies of what the commands of a release change.
        shutil.copytree(ROOT / "scripts", directory / "scripts")
        shutil.copytree(ROOT / "changes", directory / "changes")
        for project in [ROOT / "pyproject.toml", *ROOT.glob("packages/*/pyproject.toml")]:
            copy = directory / project.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project, copy)
        yield directory


def follow(page: Path, directory: Path, *, install: bool) -> None:
    """Do all that a page shows."""
    shown = [block for block in blocks(page) if not block.source]
    python = [block for block in shown if block.language == "python"]
    for block in shown:
        try:
            if block.language == "console":
                print(block, flush=True)
                run_console(block, directory, install=install)
            elif block in python and not block.is_session:
                print(block, flush=True)
                run_program(block, directory)
        except Unavailable as error:
            print(f"  left out: {error}", flush=True)
    if sessions := [block for block in python if block.is_session]:
        print(sessions[0], "and what follows", flush=True)
        run_sessions(sessions, directory)


def main(*arguments: str) -> None:
    install = "--install" in arguments
    with desk() as directory:
        for page in arguments:
            if page != "--install":
                try:
                    follow((ROOT / page).resolve(), directory, install=install)
                except ShownError as error:
                    sys.exit(str(error))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(__doc__)
    main(*sys.argv[1:])
