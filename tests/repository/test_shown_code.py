"""Every Python block of every README, and of every page of the documentation, does what it shows.

Blocks of prompts (``>>>``) are one session from the first to the last of the file.  Any other
block is a program of its own, run in an empty directory, and has to end by itself.  A comment in
the line above a block says what is different with it:

* ``<!-- needs 127.0.0.1:5672 -->``: skipped where nothing answers at that address;
* ``<!-- serves 8888 -->``: serves until it is told to stop; it runs on another port, has to
  answer a request with HTTP, and is stopped;
* ``<!-- from examples/chat/chat.py -->``: no program, but a part of that file, to the letter but
  for its indentation; the file is tested by itself.  Blocks of other languages may say it too.
"""

from __future__ import annotations

import doctest
import http.client
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.repository.source import PACKAGES, ROOT

READMES = [ROOT / "README.md", *sorted(ROOT.glob("packages/*/README.md"))]
# The pages of docs/api hold docstrings, which are run where they stand.
PAGES = [
    *READMES,
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(path for path in ROOT.glob("docs/*/*.md") if path.parent.name != "api"),
]
FENCE = re.compile(r"^(?:<!-- (.*?) -->\n)?```(\w+)\n(.*?)^```$", re.M | re.S)

#: Seconds that a program of a README may take, interpreter and imports included.
LONGEST_RUN = 40


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

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start(3)) + 1
        yield Block(page, line, match[1] or "", match[2], match[3])


BLOCKS = [block for page in PAGES for block in blocks(page)]
PYTHON = [block for block in BLOCKS if block.language == "python" and not block.source]
PROGRAMS = [block for block in PYTHON if not block.is_session]
SESSIONS = sorted({block.page for block in PYTHON if block.is_session})
PARTS = [block for block in BLOCKS if block.source]


def skip_without(remark: str) -> None:
    """Skip where a server that a block needs does not answer."""
    if match := re.fullmatch(r"needs (\S+):(\d+)", remark):
        try:
            socket.create_connection((match[1], int(match[2])), timeout=2).close()
        except OSError:
            pytest.skip(f"nothing answers at {match[1]}:{match[2]}")


@pytest.mark.parametrize("block", PARTS, ids=str)
def test_parts_stand_in_their_file(block: Block) -> None:
    text = (ROOT / block.source).read_text(encoding="utf-8")
    assert unindented(block.code) in unindented(text)


def unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


@pytest.mark.parametrize("page", SESSIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_sessions(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    names: dict[str, object] = {"__name__": "__main__"}
    said: list[str] = []
    for block in blocks(page):
        if block.language == "python" and not block.source and block.is_session:
            skip_without(block.remark)
            example = parser.get_doctest(block.code, names, str(block), str(page), block.line)
            runner.run(example, out=said.append, clear_globs=False)
            names = example.globs
    failed, attempted = runner.summarize(verbose=False)
    assert attempted and not failed, "".join(said)


def start(code: str, directory: Path) -> subprocess.Popen[str]:
    """Start a program the way a reader would, from a file."""
    path = directory / "program.py"
    path.write_text(code, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, path.name],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.timeout(2 * LONGEST_RUN)
@pytest.mark.parametrize("block", PROGRAMS, ids=str)
def test_programs(block: Block, tmp_path: Path) -> None:
    skip_without(block.remark)
    if block.remark.startswith("serves "):
        serve(block, tmp_path)
        return
    with start(block.code, tmp_path) as program:
        try:
            said, _ = program.communicate(timeout=LONGEST_RUN)
        except subprocess.TimeoutExpired:
            program.kill()
            pytest.fail(f"still runs after {LONGEST_RUN} s; a server says <!-- serves PORT -->")
    assert program.returncode == 0, said


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def serve(block: Block, directory: Path) -> None:
    """Run a server, ask it for its front page, and stop it."""
    shown, port = block.remark.split()[1], free_port()
    assert shown in block.code
    with start(block.code.replace(shown, str(port)), directory) as program:
        try:
            status = front_page(program, port)
        finally:
            program.terminate()
            said, _ = program.communicate(timeout=LONGEST_RUN)
    assert status < 500, said


def front_page(program: subprocess.Popen[str], port: int) -> int:
    """The status of ``GET /``, asked for until the server listens."""
    deadline = time.monotonic() + LONGEST_RUN
    while program.poll() is None and time.monotonic() < deadline:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as client:
            try:
                client.request("GET", "/")
                return client.getresponse().status
            except ConnectionRefusedError:
                time.sleep(0.1)
    program.kill()
    pytest.fail(f"does not serve: {program.communicate()[0]}")


def test_every_readme_shows_something_that_runs() -> None:
    shown = {block.page.parent.name for block in PYTHON}
    assert [package for package in PACKAGES if package not in shown] == []
