"""Which event loop a program gets."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator

import pytest

from zonda.ioloop import IOLoop, MissingExtraError, new_event_loop

VARIABLE = "ZONDA_UVLOOP"

needs_uvloop = pytest.mark.skipif(
    importlib.util.find_spec("uvloop") is None, reason="uvloop is not installed"
)


@pytest.fixture
def without_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def without_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)


@pytest.fixture
def own_policy() -> Iterator[type[asyncio.AbstractEventLoop]]:
    class Loop(asyncio.SelectorEventLoop):
        pass

    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return Loop()

    previous = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(Policy())
    yield Loop
    asyncio.set_event_loop_policy(previous)


def is_uvloop(choice: bool | None = None) -> bool:
    loop = new_event_loop(choice)
    try:
        return type(loop).__module__.startswith("uvloop")
    finally:
        loop.close()


@needs_uvloop
@pytest.mark.usefixtures("without_variable")
def test_uvloop_is_used_where_it_is_installed() -> None:
    assert is_uvloop()
    assert is_uvloop(True)


@pytest.mark.usefixtures("without_variable")
def test_argument_refuses_uvloop() -> None:
    assert not is_uvloop(False)


@needs_uvloop
@pytest.mark.parametrize(("value", "expected"), [("0", False), ("1", True), ("", True)])
def test_variable(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv(VARIABLE, value)
    assert is_uvloop() is expected


@needs_uvloop
def test_argument_overrides_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0")
    assert is_uvloop(True)
    monkeypatch.setenv(VARIABLE, "1")
    assert not is_uvloop(False)


@pytest.mark.parametrize("value", ["yes", "2", "uvloop", " 1"])
def test_other_values_of_the_variable_are_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(ValueError, match="ZONDA_UVLOOP must be 0, 1 or empty, not "):
        new_event_loop()


@pytest.mark.usefixtures("without_variable", "without_uvloop")
def test_without_uvloop_it_is_the_loop_of_asyncio() -> None:
    assert not is_uvloop()


@pytest.mark.usefixtures("without_uvloop")
def test_demanding_what_is_not_installed_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'zonda-ioloop\[uvloop\]'"):
        new_event_loop(True)
    monkeypatch.setenv(VARIABLE, "1")
    with pytest.raises(MissingExtraError):
        new_event_loop()


@needs_uvloop
@pytest.mark.filterwarnings("ignore:'asyncio.*(P|p)olicy' is deprecated:DeprecationWarning")
@pytest.mark.usefixtures("without_variable")
def test_policy_that_the_program_has_set_is_respected(
    own_policy: type[asyncio.AbstractEventLoop],
) -> None:
    loop = new_event_loop()
    assert isinstance(loop, own_policy)
    loop.close()
    assert is_uvloop(True)


def test_new_loop_is_not_current() -> None:
    IOLoop.clear_current()
    loop = new_event_loop()
    assert IOLoop.current(instance=False) is None
    loop.close()


def test_asking_for_the_current_one_makes_none() -> None:
    """As ``asyncio.get_event_loop`` would, in the main thread."""
    made: list[object] = []

    def work() -> None:
        made.append(IOLoop.current(instance=False))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert made == [None]


@pytest.mark.parametrize("choice", [False, pytest.param(True, marks=needs_uvloop)])
def test_a_program_that_is_told_to_end_while_it_reads_ends(choice: bool) -> None:
    code = f"""
        import asyncio, sys
        from zonda.ioloop import run

        class Protocol(asyncio.Protocol):
            def data_received(self, data):
                sys.exit(3)  # as a handler of a signal does that comes just then

        async def main():
            loop = asyncio.get_running_loop()
            server = await loop.create_server(Protocol, "127.0.0.1", 0)
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"x")
            await asyncio.Event().wait()

        run(main, uvloop={choice})
        """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], timeout=60, check=False)
    assert done.returncode == 3
