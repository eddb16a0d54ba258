"""RabbitMQ on an IOLoop, through pika: ``pip install 'zonda-ioloop[pika]'``.

`IOLoopConnection` is to an `IOLoop` what pika's own adapters are to other loops, with the same
arguments and callbacks.  `Reconnector` keeps such a connection: it makes another when one is lost.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from .errors import MissingExtraError
from .loop import IOLoop
from .timers import Timeout

try:
    from pika.adapters.base_connection import BaseConnection  # type: ignore[import-untyped]
    from pika.adapters.utils.nbio_interface import (  # type: ignore[import-untyped]
        AbstractIOServices,
    )
    from pika.adapters.utils.selector_ioloop_adapter import (  # type: ignore[import-untyped]
        SelectorIOServicesAdapter,
    )
except ImportError as _error:
    _missing: ImportError | None = _error
    BaseConnection = AbstractIOServices = object
else:
    _missing = None

if TYPE_CHECKING:
    from pika.connection import Parameters  # type: ignore[import-untyped]

log = logging.getLogger("zonda.application")

#: Seconds before the first try to connect again; each failure doubles them.
FIRST_DELAY: Final = 0.5
#: The most seconds between two tries: short enough that nobody waits for a broker that is back.
LONGEST_DELAY: Final = 30.0
#: A connection that held for so many seconds was a good one, and the delays begin anew.
GOOD_SECONDS: Final = 10.0
# The share by which delays vary, so that a broker is not found by all its clients at once.
_JITTER: Final = 0.2


class IOLoopConnection(BaseConnection):  # type: ignore[misc]  # pika has no types
    """A connection to RabbitMQ on an IOLoop; everything else is pika's ``Connection``.

    :param parameters: pika's ``ConnectionParameters`` or ``URLParameters``; None means those of a
        broker on this machine.
    :param on_open_callback: called with the connection once it is open.
    :param on_open_error_callback: called with the connection and the error if it cannot be opened.
    :param on_close_callback: called with the connection and the reason when it was open, and is
        closed or lost.
    :param custom_ioloop: the loop; None takes the current one.
    :param internal_connection_workflow: pika's; False is for ``create_connection``.
    :raises zonda.ioloop.MissingExtraError: pika is not installed.
    """

    def __init__(
        self,
        parameters: Parameters | None = None,
        on_open_callback: Callable[[Any], object] | None = None,
        on_open_error_callback: Callable[[Any, BaseException], object] | None = None,
        on_close_callback: Callable[[Any, BaseException], object] | None = None,
        custom_ioloop: IOLoop | AbstractIOServices | None = None,
        internal_connection_workflow: bool = True,
    ) -> None:
        _require_pika()
        if not isinstance(custom_ioloop, AbstractIOServices):
            custom_ioloop = SelectorIOServicesAdapter(custom_ioloop or IOLoop.current())
        super().__init__(
            parameters,
            on_open_callback,
            on_open_error_callback,
            on_close_callback,
            custom_ioloop,
            internal_connection_workflow=internal_connection_workflow,
        )

    @classmethod
    def create_connection(
        cls,
        connection_configs: Sequence[Parameters],
        on_done: Callable[[Any], object],
        custom_ioloop: IOLoop | None = None,
        workflow: Any = None,
    ) -> Any:
        """Try several brokers in turn until one connection is open.

        :param connection_configs: the parameters of each.
        :param on_done: called with the open connection, or with the exception if there is none.
        :param custom_ioloop: the loop; None takes the current one.
        :param workflow: pika's; None makes one.
        :returns: the workflow, whose ``abort()`` gives up.
        :raises zonda.ioloop.MissingExtraError: pika is not installed.
        """
        _require_pika()
        services = SelectorIOServicesAdapter(custom_ioloop or IOLoop.current())

        def connect(parameters: Parameters) -> IOLoopConnection:
            return cls(parameters, custom_ioloop=services, internal_connection_workflow=False)

        return cls._start_connection_workflow(
            connection_configs=connection_configs,
            connection_factory=connect,
            nbio=services,
            workflow=workflow,
            on_done=on_done,
        )


class _State(enum.Enum):
    CLOSED = enum.auto()
    CONNECTING = enum.auto()
    OPEN = enum.auto()
    WAITING = enum.auto()  # to try again
    CLOSING = enum.auto()


class Reconnector:
    """Keeps a connection to a broker: when one is lost, it makes another, again and again.

    Between two tries it waits for :data:`FIRST_DELAY` seconds, then twice as long each time, up to
    :data:`LONGEST_DELAY`.  Every loss is logged with its reason.

    :param parameters: of the broker, or of several of them to try in turn.
    :param on_open: called with each new `IOLoopConnection`, to open channels and declare and
        consume what is needed; it may be a coroutine function.
    :param io_loop: the loop; None takes the one that is current when it is started.
    :raises zonda.ioloop.MissingExtraError: pika is not installed.
    """

    def __init__(
        self,
        parameters: Parameters | Sequence[Parameters],
        on_open: Callable[[IOLoopConnection], object],
        io_loop: IOLoop | None = None,
    ) -> None:
        _require_pika()
        #: The open connection; None while there is none.
        self.connection: IOLoopConnection | None = None
        several = isinstance(parameters, Sequence)
        self._parameters: list[Parameters] = list(parameters) if several else [parameters]
        self._on_open = on_open
        self._io_loop = io_loop
        self._state = _State.CLOSED
        self._candidate: IOLoopConnection  # while connecting
        self._untried: list[Parameters] = []
        self._timer: Timeout | None = None
        self._delay = FIRST_DELAY
        self._opened = 0.0
        self._closed: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Connect, and keep connected from now on; nothing happens where it does so already.

        :raises RuntimeError: it is being closed.
        """
        if self._state is _State.CLOSING:
            raise RuntimeError("the connection is being closed: await close() before start()")
        if self._state is _State.CLOSED:
            self._io_loop = self._io_loop or IOLoop.current()
            self._delay = FIRST_DELAY
            self._connect()

    def close(self) -> asyncio.Future[None]:
        """Close the connection, or give up connecting; the future tells when that is done."""
        if self._closed is None or self._closed.done():
            self._closed = self._loop.asyncio_loop.create_future()
        state, self._state = self._state, _State.CLOSING
        if state is _State.OPEN:
            assert self.connection is not None
            self.connection.close()
        elif state is _State.CONNECTING:
            self._candidate.close()
        elif state is not _State.CLOSING:
            self._finish()
        return self._closed

    @property
    def _loop(self) -> IOLoop:
        return self._io_loop or IOLoop.current()

    def _connect(self) -> None:
        """Try all brokers in turn."""
        self._state = _State.CONNECTING
        self._untried = list(self._parameters)
        self._try_next()

    def _try_next(self) -> None:
        self._candidate = IOLoopConnection(
            self._untried.pop(0),
            self._on_opened,
            lambda _, error: self._on_failed(error),
            lambda _, reason: self._on_lost(reason),
            self._loop,
        )

    def _on_opened(self, connection: IOLoopConnection) -> None:
        self._opened = self._loop.asyncio_loop.time()
        self._state = _State.OPEN
        self.connection = connection
        self._loop.add_callback(self._on_open, connection)

    def _on_failed(self, error: BaseException) -> None:
        if self._state is _State.CLOSING:
            self._finish()
        elif self._untried:
            self._try_next()
        else:
            self._wait("there is no connection", error)

    def _on_lost(self, reason: BaseException) -> None:
        self.connection = None
        if self._state is _State.CLOSING:
            self._finish()
            return
        if self._loop.asyncio_loop.time() - self._opened >= GOOD_SECONDS:
            self._delay = FIRST_DELAY
        self._wait("the connection is lost", reason)

    def _wait(self, what: str, why: BaseException) -> None:
        delay = self._delay * (1 + _JITTER * (random.random() - 0.5))
        self._delay = min(2 * self._delay, LONGEST_DELAY)
        log.warning("RabbitMQ: %s; the next try is in %.1f seconds: %r", what, delay, why)
        self._state = _State.WAITING
        self._timer = self._loop.call_later(delay, self._connect)

    def _finish(self) -> None:
        self._state = _State.CLOSED
        if self._timer is not None:
            self._loop.remove_timeout(self._timer)
            self._timer = None
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(None)


def _require_pika() -> None:
    if _missing is not None:
        raise MissingExtraError(
            "pika is needed and cannot be imported: pip install 'zonda-ioloop[pika]'"
        ) from _missing
