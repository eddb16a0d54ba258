"""The wrapper runs a program as Python does, and again after a change, whatever went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.autoreload.child import python, write
from zonda.autoreload import AutoreloadError
from zonda.autoreload.wrapper import Program, parse

# Each of these starts several processes, which takes long where the machine is busy.
pytestmark = pytest.mark.deadline(60)

WRAPPER = ("-m", "zonda.autoreload")


async def test_script_is_run_again_after_a_change(tmp_path: Path) -> None:
    script = write(tmp_path / "script.py", "print('one')")
    async with python(*WRAPPER, "script.py", cwd=tmp_path) as child:
        assert await child.line() == "one"
        assert await child.line() == "[autoreload] script.py ended; waiting for a change"
        write(script, "print('two')")
        await child.until("two")


async def test_script_sees_what_python_would_give_it(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    write(tmp_path / "below" / "neighbour.py", "class Thing: pass")
    write(
        tmp_path / "below" / "script.py",
        "import sys, pickle, neighbour\n"
        "class Own: pass\n"
        "pickle.loads(pickle.dumps(Own()))\n"
        "print(__name__, sys.argv, sys.path[0], neighbour.__name__)\n",
    )
    async with python(*WRAPPER, "below/script.py", "--until-success", "x", cwd=tmp_path) as child:
        expected = f"__main__ ['below/script.py', '--until-success', 'x'] {tmp_path / 'below'}"
        assert await child.line() == f"{expected} neighbour"


async def test_module_is_run_again_after_a_change(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    write(tmp_path / "package" / "__init__.py", "")
    program = write(tmp_path / "package" / "__main__.py", "import sys; print('one', sys.argv[1:])")
    async with python(*WRAPPER, "-m", "package", "-q", cwd=tmp_path) as child:
        assert await child.line() == "one ['-q']"
        await child.until("waiting for a change")
        write(program, "print('two')")
        await child.until("two")


async def test_directory_with_a_main_is_a_script(tmp_path: Path) -> None:
    (tmp_path / "program").mkdir()
    main = write(tmp_path / "program" / "__main__.py", "print('one')")
    async with python(*WRAPPER, "program", cwd=tmp_path) as child:
        await child.until("waiting")
        write(main, "print('two')")
        await child.until("two")


async def test_syntax_error_of_the_script_waits_for_the_fix(tmp_path: Path) -> None:
    script = write(tmp_path / "script.py", "print('one'")
    async with python(*WRAPPER, "--until-success", "script.py", cwd=tmp_path) as child:
        await child.until("SyntaxError: '(' was never closed")
        await child.until("script.py failed; waiting for a change")
        write(script, "print('mended')")
        await child.until("mended")
        assert await child.end() == 0


async def test_error_in_an_imported_module_waits_for_the_fix(tmp_path: Path) -> None:
    write(tmp_path / "script.py", "import part\nprint('value', part.VALUE)")
    part = write(tmp_path / "part.py", "VALUE = 1 / 0")
    async with python(*WRAPPER, "--until-success", "script.py", cwd=tmp_path) as child:
        await child.until("ZeroDivisionError")
        assert not [line for line in child.seen if "wrapper.py" in line or "runpy" in line]
        await child.until("waiting")
        write(part, "VALUE = 2 +")
        # It is no imported module, so the change starts a run, which shows the new error.
        await child.until("SyntaxError")
        await child.until("waiting")
        write(part, "VALUE = 2")
        await child.until("value 2")
        assert await child.end() == 0


async def test_error_during_the_handling_of_another_is_watched_too(tmp_path: Path) -> None:
    write(
        tmp_path / "script.py",
        "try:\n    import part\nexcept ZeroDivisionError:\n    raise ValueError('second')\n",
    )
    part = write(tmp_path / "part.py", "1 / 0")
    async with python(*WRAPPER, "--until-success", "script.py", cwd=tmp_path) as child:
        await child.until("waiting")
        write(part, "")
        assert await child.end() == 0


@pytest.mark.parametrize("name", ["part.py", "part/__init__.py"])
async def test_missing_module_may_appear(tmp_path: Path, name: str) -> None:
    write(tmp_path / "script.py", "import part\nprint('value', part.VALUE)")
    async with python(*WRAPPER, "--until-success", "script.py", cwd=tmp_path) as child:
        await child.until("No module named 'part'")
        await child.until("waiting")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, "VALUE = 3")
        await child.until("value 3")
        assert await child.end() == 0


async def test_module_of_the_command_line_may_appear(tmp_path: Path) -> None:
    async with python(*WRAPPER, "--until-success", "-m", "late", cwd=tmp_path) as child:
        await child.until("waiting")
        assert any("No module named 'late'" in line for line in child.seen)
        write(tmp_path / "late.py", "print('here')")
        await child.until("here")
        assert await child.end() == 0


@pytest.mark.parametrize(
    ("ending", "success"),
    [
        ("", True),
        ("raise SystemExit", True),
        ("import sys; sys.exit(0)", True),
        ("import sys; sys.exit(1)", False),
        ("import sys; sys.exit('reason of the end')", False),
        ("raise ValueError('wrong')", False),
    ],
)
async def test_until_success_ends_with_the_first_success(
    tmp_path: Path, ending: str, success: bool
) -> None:
    script = write(tmp_path / "script.py", ending)
    async with python(*WRAPPER, "--until-success", "script.py", cwd=tmp_path) as child:
        if not success:
            await child.until("failed; waiting for a change")
            assert ("reason of the end" in child.seen) == ("reason" in ending)
            write(script, "print('good')")
            await child.until("good")
        assert await child.end() == 0


@pytest.mark.parametrize("moment", ["running", "waiting"])
async def test_interrupt_ends_the_wrapper(tmp_path: Path, moment: str) -> None:
    # Short sleeps: Python misses a signal that comes just before it sleeps.
    forever = "import time\nprint('running', flush=True)\nwhile True: time.sleep(0.01)"
    write(tmp_path / "script.py", forever if moment == "running" else "")
    async with python(*WRAPPER, "script.py", cwd=tmp_path) as child:
        await child.until(moment)
        child.interrupt()
        assert await child.end() != 0
        assert "KeyboardInterrupt" in child.seen[-1]


@pytest.mark.parametrize("option", ["-h", "--help"])
async def test_help(tmp_path: Path, option: str) -> None:
    async with python(*WRAPPER, option, cwd=tmp_path) as child:
        assert (await child.line()).startswith("usage: python -m zonda.autoreload")
        assert await child.end() == 0


async def test_wrong_command_line_is_refused_at_once(tmp_path: Path) -> None:
    async with python(*WRAPPER, "missing.py", cwd=tmp_path) as child:
        assert await child.end() == 2
        assert child.seen[-1] == "error: there is no file missing.py"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "a script is missing"),
        (["--until-success"], "a script is missing"),
        (["-m"], "-m needs a module"),
        (["--sometimes", "script.py"], "unknown option --sometimes"),
        (["no/such/script.py"], "there is no file no/such/script.py"),
    ],
)
def test_what_is_wrong_with_a_command_line(arguments: list[str], reason: str) -> None:
    with pytest.raises(AutoreloadError, match=f"^{reason}$"):
        parse(arguments)


def test_options_after_the_program_are_its_own() -> None:
    assert parse(["--until-success", "-m", "tool", "-m", "--until-success"]) == Program(
        "tool", True, ["-m", "--until-success"], True
    )
