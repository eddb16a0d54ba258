"""A running loop is restarted by a change of a module or of a watched file, and by nothing else."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from tests.autoreload.child import Child, python, write
from zonda import autoreload
from zonda.autoreload import reloading

# A server without a server: it tells when it watches, and lives until it is restarted or killed.
SERVER = """
import logging, sys, threading
from zonda import autoreload
from zonda.ioloop import IOLoop
import part
logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
loop = IOLoop.current()
{extra}
autoreload.start(100)
print("value", part.VALUE)
loop.start()
"""

# Each of these starts several processes, which takes long where the machine is busy.
pytestmark = pytest.mark.deadline(60)


def server(directory: Path, extra: str = "") -> Path:
    write(directory / "server.py", SERVER.format(extra=extra))
    return write(directory / "part.py", "VALUE = 1")


async def test_change_of_an_imported_module_restarts(tmp_path: Path) -> None:
    part = server(tmp_path)
    async with python("server.py", cwd=tmp_path) as child:
        for number in range(1, 4):
            await child.until(f"value {number}")
            write(part, f"VALUE = {number + 1}")
            assert await child.until("INFO") == f"INFO {part} modified; restarting"
        await child.until("value 4")


async def test_file_that_is_written_in_place_restarts(tmp_path: Path) -> None:
    part = server(tmp_path)
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value 1")
        part.write_text("VALUE = 20")
        await child.until("value 20")


async def test_module_imported_later_is_watched(tmp_path: Path) -> None:
    server(tmp_path, "loop.add_callback(__import__, 'late')")
    late = write(tmp_path / "late.py", "")
    # The watched set is looked at every 100 ms: the file changes until that has happened.
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value 1")
        restarted = asyncio.ensure_future(child.until("late.py modified"))
        number = 0
        while not restarted.done():
            number += 1
            write(late, f"VALUE = {number}")
            await asyncio.wait([restarted], timeout=0.2)
        await restarted


async def test_syntax_error_keeps_the_old_process_until_it_is_mended(tmp_path: Path) -> None:
    part = server(tmp_path)
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value 1")
        write(part, "VALUE = 1\nVALUE = = 2")
        line = await child.until("ERROR")
        assert line == f"ERROR {part}, line 2: invalid syntax; waiting for a fix"
        write(part, "VALUE = 2\0")
        assert "null bytes; waiting for a fix" in await child.until("ERROR")
        write(tmp_path / "server.py", SERVER.format(extra="print('new server')"))
        write(part, "VALUE = 3")
        # Both changes are in the new process, which is the first one since.
        await child.until("restarting")
        await child.until("new server")
        await child.until("value 3")


@pytest.mark.parametrize("name", ["page.html", "de_DE.csv", "static/site.css"])
async def test_watched_file_restarts(tmp_path: Path, name: str) -> None:
    server(tmp_path, f"autoreload.watch({name!r})")
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    write(file, "old")
    async with python("server.py", cwd=tmp_path) as child:
        for text in ("new", "newer"):
            await child.until("value")
            write(file, text)
            await child.until(f"{file} modified; restarting")


async def test_watched_directory_restarts_for_new_files_at_any_depth(tmp_path: Path) -> None:
    server(tmp_path, "import pathlib; autoreload.watch(pathlib.Path('templates'))")
    (tmp_path / "templates").mkdir()
    write(tmp_path / "templates" / "a.html", "a")
    async with python("server.py", cwd=tmp_path) as child:
        for name in ("a.html", "b.html", "deep/er/c.html", "deep/er/d.html"):
            await child.until("value")
            (tmp_path / "templates" / name).parent.mkdir(parents=True, exist_ok=True)
            write(tmp_path / "templates" / name, "x")
            await child.until(f"{name} modified; restarting")


async def test_file_that_did_not_exist_restarts_when_it_appears(tmp_path: Path) -> None:
    server(tmp_path, "autoreload.watch('not/yet/there.txt')")
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value")
        (tmp_path / "not" / "yet").mkdir(parents=True)
        write(tmp_path / "not" / "yet" / "there.txt", "x")
        await child.until("there.txt modified; restarting")


async def test_target_of_a_symbolic_link_restarts(tmp_path: Path) -> None:
    server(tmp_path, "autoreload.watch('link.html')")
    (tmp_path / "elsewhere").mkdir()
    target = write(tmp_path / "elsewhere" / "target.html", "old")
    (tmp_path / "link.html").symlink_to(target)
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value")
        target.write_text("newer")
        await child.until("link.html modified; restarting")


async def test_deletion_waits_for_the_new_file(tmp_path: Path) -> None:
    part = server(tmp_path, "autoreload.watch('other')")
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value 1")
        part.unlink()
        part.write_text("VALUE = 22")
        await child.until("value 22")


async def test_directory_that_is_replaced_is_followed(tmp_path: Path) -> None:
    server(tmp_path, "autoreload.watch('data')")
    data = tmp_path / "data"
    data.mkdir()
    async with python("server.py", cwd=tmp_path) as child:
        for number in range(3):
            await child.until("value")
            shutil.rmtree(data)
            data.mkdir()
            write(data / "file.txt", str(number))
            await child.until("file.txt modified; restarting")


async def test_nothing_else_restarts(tmp_path: Path) -> None:
    part = server(tmp_path, "autoreload.watch('data')")
    (tmp_path / "data").mkdir()
    old = write(tmp_path / "data" / "file.txt", "old")
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value")
        old.chmod(0o600)
        old.read_text()
        write(tmp_path / "unrelated.py", "x = 1")
        write(tmp_path / "data" / "editor.swp", "x")
        (tmp_path / "data" / "__pycache__").mkdir()
        write(tmp_path / "data" / "__pycache__" / "x.pyc", "x")
        old.unlink()
        # The first restart is this one: what came before has caused none.
        write(part, "VALUE = 2")
        assert await child.until("restarting") == f"INFO {part} modified; restarting"
        await child.until("value 2")


async def test_several_changes_are_one_restart(tmp_path: Path) -> None:
    part = server(tmp_path, "autoreload.watch('one'); autoreload.watch('two')")
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value")
        write(part, "VALUE = = 1")  # holds the restart back until all changes are seen
        await child.until("ERROR")
        write(tmp_path / "one", "1")
        write(tmp_path / "two", "2")
        write(part, "VALUE = 2")
        assert (await child.until("restarting")).endswith(" and 2 more modified; restarting")
        await child.until("value 2")


async def test_hooks_run_on_the_thread_of_the_loop(tmp_path: Path) -> None:
    extra = (
        "autoreload.add_reload_hook(lambda: print('called on', threading.current_thread().name))\n"
        "autoreload.start(); autoreload.start()"
    )
    part = server(tmp_path, extra)
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value 1")
        write(part, "VALUE = 2")
        assert await child.until("called on") == "called on MainThread"
        await child.until("value 2")
        assert sum("called on" in line for line in child.seen) == 1


async def test_restart_that_fails_leaves_the_loop_running(tmp_path: Path) -> None:
    part = server(tmp_path, "sys.executable = '/nowhere/python'")
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value 1")
        for number in range(2):
            write(part, f"VALUE = {number}")
            await child.until("ERROR cannot restart /nowhere/python")


async def test_wait_takes_over_from_start(tmp_path: Path) -> None:
    extra = "loop.start = autoreload.wait\nautoreload.start(100)"
    part = server(tmp_path, extra)
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value 1")
        write(part, "VALUE = 2")
        await child.until("value 2")


async def test_change_during_the_run_of_the_wrapper_counts(tmp_path: Path) -> None:
    script = write(
        tmp_path / "script.py",
        "import sys, part\nprint('value', part.VALUE)\nif part.VALUE == 1: sys.stdin.readline()\n",
    )
    write(tmp_path / "part.py", "VALUE = 1")
    program = ["-m", "zonda.autoreload", "--until-success", script.name]
    reader, writer = os.pipe()
    try:
        async with python(*program, cwd=tmp_path, stdin=reader) as child:
            await child.until("value 1")
            await change_until_seen(child, tmp_path, writer)
    finally:
        os.close(reader)
        os.close(writer)


async def change_until_seen(child: Child, directory: Path, writer: int) -> None:
    write(directory / "script.py", "raise SystemExit(print('changed') or 0)")
    os.write(writer, b"go\n")
    assert await child.end() == 0


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
async def test_inside_a_running_loop_of_any_kind(tmp_path: Path, loop: str) -> None:
    pytest.importorskip(loop)
    write(
        tmp_path / "program.py",
        f"import asyncio, {loop}\n"
        "from zonda import autoreload\n"
        "async def main():\n"
        "    autoreload.watch('trigger')\n"
        "    autoreload.start()\n"
        "    print('run')\n"
        "    await asyncio.Event().wait()\n"
        f"asyncio.Runner(loop_factory={loop}.new_event_loop).run(main())\n",
    )
    async with python("program.py", cwd=tmp_path) as child:
        for number in range(3):
            await child.until("run")
            write(tmp_path / "trigger", str(number))


async def test_program_that_ends_while_it_is_watched_ends_cleanly(tmp_path: Path) -> None:
    write(
        tmp_path / "program.py",
        "import asyncio\n"
        "from zonda import autoreload\n"
        "async def main():\n    autoreload.start()\n    await asyncio.sleep(0.02)\n"
        "asyncio.run(main())\n",
    )
    for _ in range(3):
        async with python("-W", "error", "program.py", cwd=tmp_path) as child:
            assert await child.end() == 0, child.seen
            assert child.seen == []


async def test_forked_child_watches_anew(tmp_path: Path) -> None:
    write(
        tmp_path / "program.py",
        "import os, sys\n"
        "from zonda import autoreload\n"
        "autoreload.watch('trigger')\n"
        "autoreload.begin = autoreload.reloading.begin\n"
        "autoreload.begin()\n"
        "if os.fork():\n    os.wait(); os._exit(0)\n"
        "known = os.path.exists('trigger')\n"
        "print('run')\n"
        "if known: sys.exit()\n"
        "autoreload.wait()\n",
    )
    async with python("program.py", cwd=tmp_path) as child:
        await child.until("run")
        write(tmp_path / "trigger", "x")
        await child.until("run")
        assert await child.end() == 0


@pytest.mark.parametrize("value", [0, -1])
def test_check_time_has_to_be_positive(value: int) -> None:
    with pytest.raises(ValueError, match=f"positive number of milliseconds, not {value}"):
        autoreload.start(value)


def test_one_watcher_in_a_process() -> None:
    watcher = reloading.begin()
    try:
        assert reloading.begin() is watcher
    finally:
        watcher.stop()
    assert not watcher.running


CALLBACK = """
async def told(files):
    print("told", *[name.rpartition("/")[2] for name in files])

autoreload.watch("pages", told)
autoreload.watch("settings.txt", told)
"""


async def test_a_callback_is_told_instead_of_a_restart(tmp_path: Path) -> None:
    part = server(tmp_path, CALLBACK)
    pages = tmp_path / "pages"
    pages.mkdir()
    write(pages / "a.html", "1")
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value 1")
        write(pages / "a.html", "22")
        assert await child.until("told") == "told a.html"
        (pages / "more").mkdir()
        write(pages / "more" / "b.html", "1")
        assert await child.until("told") == "told b.html"
        write(tmp_path / "settings.txt", "1")
        assert await child.until("told") == "told settings.txt"
        write(part, "VALUE = 2")
        await child.until("value 2")
        assert not any("restarting" in line for line in child.seen[:-2])


async def test_a_module_below_a_directory_with_a_callback_restarts(tmp_path: Path) -> None:
    server(tmp_path, CALLBACK + "import sys; sys.path.insert(0, 'pages'); import inside")
    (tmp_path / "pages").mkdir()
    inside = write(tmp_path / "pages" / "inside.py", "")
    async with python("server.py", cwd=tmp_path) as child:
        await child.until("value 1")
        write(inside, "A = 1")
        await child.until("inside.py modified; restarting")
