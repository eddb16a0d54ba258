"""Child processes whose standard streams are `PipeIOStream` objects."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar, Final

from .errors import StreamBusyError
from .event_loop import event_loop
from .pipe_stream import PipeIOStream


class Subprocess:
    """A `subprocess.Popen` for the event loop.

    The arguments are those of `subprocess.Popen`; ``stdin``, ``stdout`` and ``stderr`` may also be
    `Subprocess.STREAM`, which makes the attribute of the same name a `PipeIOStream`.  Close these
    streams when you are done with them.

    The exit is noticed without signal handlers: any thread's loop may start processes.

    :ivar proc: the `subprocess.Popen` object.
    :ivar pid: the process number.
    :ivar returncode: the exit status, negative for a signal; None until the exit was noticed by
        `wait_for_exit` or the callback of `set_exit_callback`.
    :raises OSError: the program cannot be started.
    """

    STREAM: Final = object()

    _watched: ClassVar[set[Subprocess]] = set()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._loop = event_loop()
        self._exited: asyncio.Future[int] | None = None
        self._exit_callback: Callable[[int], object] | None = None
        self.returncode: int | None = None
        ours: dict[str, int] = {}
        with ExitStack() as on_error, ExitStack() as always:
            for name in ("stdin", "stdout", "stderr"):
                if kwargs.get(name) is not self.STREAM:
                    continue
                reader, writer = os.pipe()
                child, parent = (reader, writer) if name == "stdin" else (writer, reader)
                always.callback(os.close, child)
                on_error.callback(os.close, parent)
                kwargs[name] = child
                ours[name] = parent
            self.proc: subprocess.Popen[Any] = subprocess.Popen(*args, **kwargs)
            on_error.pop_all()
        self.pid = self.proc.pid
        self.stdin = PipeIOStream(ours["stdin"]) if "stdin" in ours else self.proc.stdin
        self.stdout = PipeIOStream(ours["stdout"]) if "stdout" in ours else self.proc.stdout
        self.stderr = PipeIOStream(ours["stderr"]) if "stderr" in ours else self.proc.stderr

    def set_exit_callback(self, callback: Callable[[int], object]) -> None:
        """Call *callback* with the exit status once the process has ended.

        :raises StreamBusyError: there is a callback already.
        """
        if self._exit_callback is not None:
            raise StreamBusyError("this process has an exit callback already")
        self._exit_callback = callback
        self._watch().add_done_callback(lambda exited: callback(exited.result()))

    def wait_for_exit(self, raise_error: bool = True) -> asyncio.Future[int]:
        """Wait for the end of the process; the result is its exit status.

        May be called several times, and together with `set_exit_callback`.

        :param raise_error: whether a status other than 0 becomes an error: the future then fails
            with `subprocess.CalledProcessError`.
        """
        waiter: asyncio.Future[int] = self._loop.create_future()

        def answer(exited: asyncio.Future[int]) -> None:
            code = exited.result()
            if waiter.done():
                return
            if code and raise_error:
                waiter.set_exception(subprocess.CalledProcessError(code, self.proc.args))
            else:
                waiter.set_result(code)

        self._watch().add_done_callback(answer)
        return waiter

    @classmethod
    def initialize(cls) -> None:
        """Do nothing: no signal handler is needed to notice an exit."""

    @classmethod
    def uninitialize(cls) -> None:
        """Do nothing, as `initialize` does."""

    def _watch(self) -> asyncio.Future[int]:
        """The exit status to come; noticed from the first call on."""
        if self._exited is None:
            self._exited = self._loop.create_future()
            self._watched.add(self)
            descriptor = _open_process(self.pid)
            if descriptor is None:
                threading.Thread(target=self._wait_in_thread, daemon=True).start()
            else:
                self._loop.add_reader(descriptor, self._descriptor_ready, descriptor)
        return self._exited

    def _descriptor_ready(self, descriptor: int) -> None:
        self._loop.remove_reader(descriptor)
        os.close(descriptor)
        self._note_exit(self.proc.wait())

    def _wait_in_thread(self) -> None:
        code = self.proc.wait()
        try:
            self._loop.call_soon_threadsafe(self._note_exit, code)
        except RuntimeError:  # the loop was closed meanwhile
            self._watched.discard(self)

    def _note_exit(self, code: int) -> None:
        assert self._exited is not None
        self._watched.discard(self)
        self.returncode = code
        if not self._exited.done():
            self._exited.set_result(code)


def _open_process(pid: int) -> int | None:
    """A descriptor that is readable once the process has ended; None on systems without."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
