"""What the IOLoop costs beside bare asyncio, on the same loop, in one run.

``nox -s bench -- benchmarks/loop.py --rounds 7 --loops asyncio uvloop``; ``--compiled`` before the
name measures the functions in C.

Each case is a program written twice: with the functions of asyncio, and with those of `IOLoop`.
Both run in turns on one and the same loop.  The figures are nanoseconds of processor time for one
operation, all threads and the loop's own work included; what a program leaves behind is cleared
away in its own time.

What is compared does the same thing as far as asyncio has it.  A callback of `IOLoop` can do more:
it has keyword arguments, may be a coroutine function, and the log says who scheduled it when it
fails.

- `IOLoop.add_callback` may be called from any thread, and so stands beside
  ``call_soon_threadsafe``.  ``call_soon``, which may not, is shown for comparison.  So is a
  function in Python that does nothing but call it: on uvloop, where all of that is C, no IOLoop in
  Python can cost less.
- A callback that is a coroutine function starts in the next round of the loop, as a task does.
- `IOLoop.call_later` with `IOLoop.remove_timeout` stand beside ``call_later`` and ``cancel``, a
  hundred times for each round of the loop, with 1,000 other timeouts pending.
- `PeriodicCallback` stands beside what one would write by hand to get the same times.
- `IOLoop.add_handler` stands beside ``add_reader``.  Handlers of ``ERROR`` have no counterpart.
- `eager.start` runs a coroutine's first step at once, which ``create_task`` puts off to the next
  round: the same in the end, and not in the same order.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Callable

from benchmarks.programs import pin_load, versions
from benchmarks.recording import Measure, Recording, arguments
from zonda.ioloop import IOLoop, PeriodicCallback, compiled, eager, new_event_loop

Program = Callable[[IOLoop], int]  # runs the loop, and returns the number of operations

OPERATIONS = 20_000
PENDING_TIMERS = 1_000  # as many as a server with a thousand connections has
TIMERS = 50
PERIOD_MS = 2
TICKS = 100  # of each timer


def nothing() -> None:
    """The callback: what is measured is what is around it."""


def chain(io_loop: IOLoop, schedule: Callable[[Callable[[], None]], object]) -> int:
    """Each callback schedules the next one: one round of the loop for each."""
    left = OPERATIONS

    def step() -> None:
        nonlocal left
        left -= 1
        if left:
            schedule(step)
        else:
            io_loop.asyncio_loop.stop()

    schedule(step)
    io_loop.start()
    return OPERATIONS


def wrapped(io_loop: IOLoop) -> Callable[..., None]:
    """The least that a function of Python's own can do."""
    call_soon = io_loop.asyncio_loop.call_soon

    def schedule(callback: Callable[..., None], *args: object) -> None:
        call_soon(callback, *args)

    return schedule


def burst(io_loop: IOLoop, schedule: Callable[[Callable[[], None]], object]) -> int:
    """A hundred callbacks for each round of the loop."""
    left = OPERATIONS // 100

    def hundred() -> None:
        nonlocal left
        for _ in range(99):
            schedule(nothing)
        left -= 1
        if left:
            schedule(hundred)
        else:
            io_loop.asyncio_loop.stop()

    io_loop.asyncio_loop.call_soon(hundred)
    io_loop.start()
    return OPERATIONS


def from_thread(io_loop: IOLoop, schedule: Callable[[Callable[[], None]], object]) -> int:
    """Another thread schedules a hundred callbacks, and waits until the last has run."""
    turn = threading.Semaphore(0)

    def produce() -> None:
        for _ in range(OPERATIONS // 1000):
            for _ in range(99):
                schedule(nothing)
            schedule(turn.release)
            turn.acquire()
        schedule(io_loop.asyncio_loop.stop)

    thread = threading.Thread(target=produce)
    io_loop.asyncio_loop.call_soon(thread.start)
    io_loop.start()
    thread.join()
    return OPERATIONS // 10


def churn(io_loop: IOLoop, renew: Callable[[int], None]) -> int:
    """A timeout is set for each operation, and taken back: hardly any comes to pass."""
    left = OPERATIONS // 100

    def hundred() -> None:
        nonlocal left
        for number in range(100):
            renew((left * 100 + number) % PENDING_TIMERS)
        left -= 1
        io_loop.asyncio_loop.call_soon(hundred if left else io_loop.asyncio_loop.stop)

    io_loop.asyncio_loop.call_soon(hundred)
    io_loop.start()
    return OPERATIONS


def churn_bare(io_loop: IOLoop) -> int:
    """With ``call_later`` and ``cancel``."""
    call_later = io_loop.asyncio_loop.call_later
    pending = [call_later(60, nothing) for _ in range(PENDING_TIMERS)]

    def renew(index: int) -> None:
        pending[index].cancel()
        pending[index] = call_later(60, nothing)

    operations = churn(io_loop, renew)
    for handle in pending:
        handle.cancel()
    io_loop.asyncio_loop.call_soon(io_loop.asyncio_loop.stop)
    io_loop.start()
    return operations


def churn_ours(io_loop: IOLoop) -> int:
    """The same with `IOLoop.call_later` and `IOLoop.remove_timeout`."""
    call_later, remove_timeout = io_loop.call_later, io_loop.remove_timeout
    pending = [call_later(60, nothing) for _ in range(PENDING_TIMERS)]

    def renew(index: int) -> None:
        remove_timeout(pending[index])
        pending[index] = call_later(60, nothing)

    operations = churn(io_loop, renew)
    for timeout in pending:
        remove_timeout(timeout)
    io_loop.asyncio_loop.call_soon(io_loop.asyncio_loop.stop)
    io_loop.start()
    return operations


class BareTimer:
    """What one would write by hand: a grid of times without drift, which errors do not end."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, callback: Callable[[], None], period: float
    ) -> None:
        self.loop = loop
        self.callback = callback
        self.period = period
        self.when = loop.time() + period
        self.handle = loop.call_at(self.when, self.tick)

    def tick(self) -> None:
        """One call, and the timer for the next."""
        try:
            self.callback()
        finally:
            now = self.loop.time()
            self.when += self.period
            if self.when <= now:
                self.when += self.period * ((now - self.when) // self.period + 1)
            self.handle = self.loop.call_at(self.when, self.tick)


class Counter:
    """The callback of the timers; stops the loop when all have ticked often enough."""

    def __init__(self, io_loop: IOLoop) -> None:
        self.io_loop = io_loop
        self.ticks = 0

    def tick(self) -> None:
        """One of the timers has ticked."""
        self.ticks += 1
        if self.ticks == TIMERS * TICKS:
            self.io_loop.asyncio_loop.stop()


def periodic_bare(io_loop: IOLoop) -> int:
    """Many timers with a short period, by hand."""
    counter = Counter(io_loop)
    loop = io_loop.asyncio_loop
    timers = [BareTimer(loop, counter.tick, PERIOD_MS / 1000) for _ in range(TIMERS)]
    loop.run_forever()
    for timer in timers:
        timer.handle.cancel()
    return counter.ticks


def periodic(io_loop: IOLoop) -> int:
    """The same with `PeriodicCallback`."""
    counter = Counter(io_loop)
    timers = [PeriodicCallback(counter.tick, PERIOD_MS) for _ in range(TIMERS)]
    io_loop.make_current()
    for timer in timers:
        timer.start()
    io_loop.start()
    for timer in timers:
        timer.stop()
    return counter.ticks


class PingPong:
    """Two sockets whose handlers throw one byte to and fro."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self.stop = stop
        self.left = OPERATIONS
        self.sides = socket.socketpair()
        self.by_descriptor = {side.fileno(): side for side in self.sides}
        for side in self.sides:
            side.setblocking(False)

    def handle(self, descriptor: int, events: int) -> None:
        """Receive the byte, and send it back."""
        side = self.by_descriptor[descriptor]
        byte = side.recv(1)
        self.left -= 1
        if self.left:
            side.send(byte)
        else:
            self.stop()

    def close(self) -> None:
        """Free the sockets."""
        for side in self.sides:
            side.close()


def descriptors_bare(io_loop: IOLoop) -> int:
    """A byte to and fro, with ``add_reader``."""
    loop = io_loop.asyncio_loop
    game = PingPong(loop.stop)
    for descriptor in game.by_descriptor:
        loop.add_reader(descriptor, game.handle, descriptor, io_loop.READ)
    game.sides[0].send(b".")
    loop.run_forever()
    for descriptor in game.by_descriptor:
        loop.remove_reader(descriptor)
    game.close()
    return OPERATIONS


def descriptors(io_loop: IOLoop, events: int = IOLoop.READ) -> int:
    """The same with `IOLoop.add_handler`."""
    game = PingPong(io_loop.stop)
    for descriptor in game.by_descriptor:
        io_loop.add_handler(descriptor, game.handle, events)
    game.sides[0].send(b".")
    io_loop.start()
    for descriptor in game.by_descriptor:
        io_loop.remove_handler(descriptor)
    game.close()
    return OPERATIONS


async def coroutine() -> None:
    """One that does not wait."""


def coroutines(io_loop: IOLoop, schedule: Callable[[], object]) -> int:
    """A hundred callbacks that are coroutine functions, for each round of the loop."""

    def hundred() -> None:
        for _ in range(100):
            schedule()
        io_loop.asyncio_loop.call_soon(io_loop.asyncio_loop.stop)

    for _ in range(OPERATIONS // 100):
        io_loop.asyncio_loop.call_soon(hundred)
        io_loop.start()
    return OPERATIONS


def coroutines_bare(io_loop: IOLoop) -> int:
    """With tasks, which nobody keeps as they do not wait."""
    create_task = io_loop.asyncio_loop.create_task
    return coroutines(io_loop, lambda: create_task(coroutine()))


def coroutines_ours(io_loop: IOLoop) -> int:
    """The same with `IOLoop.add_callback`."""
    add_callback = io_loop.add_callback
    return coroutines(io_loop, lambda: add_callback(coroutine))


def tasks_bare(io_loop: IOLoop) -> int:
    """A task for each coroutine, though none of them waits."""
    tasks: list[asyncio.Task[None]] = []

    def hundred() -> None:
        loop = io_loop.asyncio_loop
        tasks[:] = [loop.create_task(coroutine()) for _ in range(100)]
        loop.call_soon(io_loop.asyncio_loop.stop)

    for _ in range(OPERATIONS // 100):
        io_loop.asyncio_loop.call_soon(hundred)
        io_loop.start()
    return OPERATIONS


def tasks_eager(io_loop: IOLoop) -> int:
    """The same with `eager.start`."""
    started: list[eager.Started[None]] = []

    def hundred() -> None:
        started[:] = [eager.start(coroutine()) for _ in range(100)]
        io_loop.asyncio_loop.call_soon(io_loop.asyncio_loop.stop)

    for _ in range(OPERATIONS // 100):
        io_loop.asyncio_loop.call_soon(hundred)
        io_loop.start()
    return OPERATIONS


CASES: dict[str, tuple[Program, Program]] = {
    "add_callback, chained / call_soon_threadsafe": (
        lambda io_loop: chain(io_loop, io_loop.asyncio_loop.call_soon_threadsafe),
        lambda io_loop: chain(io_loop, io_loop.add_callback),
    ),
    "add_callback, chained / call_soon": (
        lambda io_loop: chain(io_loop, io_loop.asyncio_loop.call_soon),
        lambda io_loop: chain(io_loop, io_loop.add_callback),
    ),
    "add_callback, bursts / call_soon_threadsafe": (
        lambda io_loop: burst(io_loop, io_loop.asyncio_loop.call_soon_threadsafe),
        lambda io_loop: burst(io_loop, io_loop.add_callback),
    ),
    "add_callback, bursts / call_soon": (
        lambda io_loop: burst(io_loop, io_loop.asyncio_loop.call_soon),
        lambda io_loop: burst(io_loop, io_loop.add_callback),
    ),
    "a function around it, bursts / call_soon": (
        lambda io_loop: burst(io_loop, io_loop.asyncio_loop.call_soon),
        lambda io_loop: burst(io_loop, wrapped(io_loop)),
    ),
    "add_callback, from a thread / call_soon_threadsafe": (
        lambda io_loop: from_thread(io_loop, io_loop.asyncio_loop.call_soon_threadsafe),
        lambda io_loop: from_thread(io_loop, io_loop.add_callback),
    ),
    "call_later, remove_timeout / call_later, cancel": (churn_bare, churn_ours),
    "PeriodicCallback / a timer by hand": (periodic_bare, periodic),
    "add_handler READ / add_reader": (descriptors_bare, descriptors),
    "add_handler READ | ERROR / add_reader": (
        descriptors_bare,
        lambda io_loop: descriptors(io_loop, io_loop.READ | io_loop.ERROR),
    ),
    "add_callback of a coroutine function / create_task": (coroutines_bare, coroutines_ours),
    "eager.start / create_task": (tasks_bare, tasks_eager),
}


def nanoseconds(program: Program, io_loop: IOLoop) -> float:
    """Processor time of one operation."""
    start = time.process_time_ns()
    operations = program(io_loop)
    return (time.process_time_ns() - start) / operations


def measure(recording: Recording, loop_name: str, rounds: int) -> None:
    """All cases on one kind of loop."""
    with_uvloop = loop_name == "uvloop"
    io_loop = IOLoop(make_current=False, asyncio_loop=new_event_loop(uvloop=with_uvloop))
    for name, (bare, ours) in CASES.items():
        for _ in range(rounds):
            recording.add(f"{loop_name}: {name}", "asyncio", nanoseconds(bare, io_loop))
            recording.add(f"{loop_name}: {name}", "zonda", nanoseconds(ours, io_loop))
    io_loop.close()


def main() -> int:
    """Read the arguments, and measure."""
    parser = arguments(__doc__, rounds=7)
    parser.add_argument(
        "--loops", nargs="+", choices=("asyncio", "uvloop"), default=["asyncio", "uvloop"]
    )
    options = parser.parse_args()
    pin_load()
    recording = Recording("loop", (Measure("CPU ns", more_is_better=False),), ("asyncio",))
    found = versions(["zonda-ioloop", "uvloop"])
    recording.versions = {"zonda": f"{found}, compiled" if compiled else found}
    for name in options.loops:
        measure(recording, name, options.rounds)
    return recording.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
