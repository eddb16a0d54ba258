"""The new process is started as the old one was, and inherits nothing that was opened since."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from tests.autoreload.child import python, write
from zonda.autoreload import AutoreloadError, add_reload_hook
from zonda.autoreload import restart as restart_module

# What is printed after a file is watched tells the test that it may change the file.
SHOW = """
import sys
from zonda import autoreload
autoreload.watch("trigger")
print("run", __name__, __spec__ and __spec__.name, sys.argv[1:], sys.flags.optimize,
      sys.warnoptions, sys._xoptions)
{extra}
autoreload.wait()
"""

# Each of these starts several processes, which takes long where the machine is busy.
pytestmark = pytest.mark.deadline(60)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (["program.py", "a", "b c"], "run __main__ None ['a', 'b c'] 0 [] {}"),
        (["-m", "package.program", "-x"], "run __main__ package.program ['-x'] 0 [] {}"),
        (["-m", "package"], "run __main__ package.__main__ [] 0 [] {}"),
        (
            ["-O", "-W", "error::UserWarning", "-X", "tag=1", "program.py", "--flag"],
            "run __main__ None ['--flag'] 1 ['error::UserWarning'] {'tag': '1'}",
        ),
        (["-c", SHOW.format(extra=""), "z"], "run __main__ None ['z'] 0 [] {}"),
    ],
)
async def test_command_line_is_kept(tmp_path: Path, start: list[str], expected: str) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    for name in ("program.py", "package/program.py", "package/__main__.py"):
        (tmp_path / name).write_text(SHOW.format(extra=""))
    async with python(*start, cwd=tmp_path) as child:
        for number in range(3):
            assert await child.line() == expected
            write(tmp_path / "trigger", str(number))


async def test_start_directory_is_restored(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    extra = "import os; print(os.getcwd()); os.chdir('other')"
    (tmp_path / "program.py").write_text(SHOW.format(extra=extra))
    async with python("program.py", cwd=tmp_path) as child:
        for _ in range(2):
            await child.until("run")
            assert Path(await child.line()).samefile(tmp_path)
            write(tmp_path / "trigger", "now")


async def test_deleted_start_directory_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    program = tmp_path / "program.py"
    program.write_text(
        "import os\n"
        f"if os.path.exists({str(tmp_path / 'gone')!r}): os.rmdir({str(tmp_path / 'gone')!r})\n"
        "from zonda import autoreload\n"
        f"autoreload.watch({str(tmp_path / 'trigger')!r})\nprint('run')\nautoreload.wait()\n"
    )
    async with python(str(program), cwd=tmp_path / "gone") as child:
        assert await child.line() == "run"
        write(tmp_path / "trigger", "now")
        assert await child.line() == "run"


async def test_hooks_run_in_order_and_a_failing_one_stops_nothing(tmp_path: Path) -> None:
    extra = (
        "autoreload.add_reload_hook(lambda: print('one', end=' '))\n"
        "autoreload.add_reload_hook(lambda: 1 / 0)\n"
        "autoreload.add_reload_hook(lambda: print('three'))\n"
    )
    (tmp_path / "program.py").write_text(SHOW.format(extra=extra))
    async with python("program.py", cwd=tmp_path) as child:
        await child.until("run")
        write(tmp_path / "trigger", "now")
        await child.until("Reload hook")
        await child.until("ZeroDivisionError")
        await child.until("run")
        assert "one " in "".join(child.seen)
        assert [line for line in child.seen if "three" in line]


async def test_descriptors_opened_since_the_start_are_closed(tmp_path: Path) -> None:
    extra = """
import socket
from zonda.autoreload.restart import inheritable
print("inherited", sorted(inheritable()))
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.set_inheritable(True)
print("connected")
"""
    (tmp_path / "program.py").write_text(SHOW.format(extra=extra))
    closed = asyncio.Queue[bytes]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        closed.put_nowait(await reader.read())
        writer.close()
        await writer.wait_closed()

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = str(listener.sockets[0].getsockname()[1])
    with socket.create_server(("127.0.0.1", 0)) as given:
        async with (
            listener,
            python("program.py", port, cwd=tmp_path, give=(given.fileno(),)) as child,
        ):
            first = ""
            for number in range(3):
                inherited = await child.until("inherited")
                first = first or inherited
                assert inherited == first and str(given.fileno()) in inherited
                await child.until("connected")
                write(tmp_path / "trigger", str(number))
                assert await closed.get() == b""  # the other end is gone
            await child.until("connected")
    assert await closed.get() == b""


async def test_timer_does_not_kill_the_new_process(tmp_path: Path) -> None:
    extra = (
        "import signal, os\n"
        "print('timer', signal.getitimer(signal.ITIMER_REAL)[0])\n"
        "signal.signal(signal.SIGALRM, lambda *_: None)\n"
        "signal.setitimer(signal.ITIMER_REAL, 3600)\n"
    )
    (tmp_path / "program.py").write_text(SHOW.format(extra=extra))
    async with python("program.py", cwd=tmp_path) as child:
        for _ in range(2):
            assert await child.until("timer") == "timer 0.0"
            write(tmp_path / "trigger", "now")


async def test_buffered_output_is_not_lost(tmp_path: Path) -> None:
    extra = "print('buffered'); print('ready', file=sys.stderr)"
    (tmp_path / "program.py").write_text(SHOW.format(extra=extra))
    async with python("program.py", cwd=tmp_path, PYTHONUNBUFFERED="") as child:
        assert await child.line() == "ready"
        write(tmp_path / "trigger", "now")
        await child.until("buffered")
        await child.until("ready")


async def test_interpreter_that_is_gone_is_an_error_and_the_process_goes_on(
    tmp_path: Path,
) -> None:
    (tmp_path / "program.py").write_text(
        "import sys\n"
        "from zonda import autoreload\n"
        "autoreload.watch('trigger')\n"
        "sys.executable = '/nowhere/python'\n"
        "print('run')\n"
        "try:\n    autoreload.wait()\n"
        "except autoreload.AutoreloadError as error:\n    print('refused:', error)\n"
    )
    async with python("program.py", cwd=tmp_path) as child:
        await child.until("run")
        write(tmp_path / "trigger", "now")
        assert await child.line() == (
            "refused: cannot restart /nowhere/python: [Errno 2] No such file or directory"
        )
        assert await child.end() == 0


def test_embedded_interpreter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(AutoreloadError, match=r"inside another program \(sys.executable is empty"):
        restart_module.command()


def test_descriptors_are_found_without_a_list_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> list[str]:
        raise FileNotFoundError(path)

    reader, writer = os.pipe()
    try:
        os.set_inheritable(reader, True)
        listed = restart_module.inheritable()
        monkeypatch.setattr(os, "listdir", refuse)
        assert restart_module.inheritable() == listed
        assert reader in listed and writer not in listed
    finally:
        os.close(reader)
        os.close(writer)


def test_hook_is_any_callable() -> None:
    before = list(restart_module._hooks)
    try:
        add_reload_hook(print)
        assert restart_module._hooks == [*before, print]
    finally:
        restart_module._hooks[:] = before
