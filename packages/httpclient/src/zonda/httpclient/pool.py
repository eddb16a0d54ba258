"""The connections of a client: which are in use, which are free, and who waits for one.

* A connection is kept under its `Route`; the one that was used last is used first, so that those
  which are not needed grow old and go.
* ``max_clients`` bounds the connections to all hosts, ``max_per_host`` those along one route.
  One that is free makes room for another route when it is needed: the one that is free longest.
* Who comes when there is no room waits.  Whoever has waited longest, among those whose route has
  room, is next: a slow host does not hold up the others.
* While anybody who could go on waits, nothing is kept free.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final, Protocol

from zonda.iostream import State

from .channel import Channel, Maker
from .route import Route

_OPEN: Final = State.OPEN


class Customer(Protocol):
    """Somebody who needs a connection.

    :ivar route: along which it goes.
    :ivar is_waiting: still needs one.
    """

    route: Route

    @property
    def is_waiting(self) -> bool:
        """Whether a connection is still wanted."""

    def connecting(self, task: asyncio.Task[None]) -> None:
        """A connection is being made; who wants it no more cancels *task*."""

    def connected(self, connection: Channel) -> None:
        """Here is the connection; it is to be used at once."""

    def failed(self, error: Exception) -> None:
        """No connection could be made."""


class Branch:
    """The connections along one route.

    :ivar idle: the free ones, the one that was used last at the end.
    :ivar active: how many are in use or being made.
    :ivar waiting: those who wait, in turn, with their place in the whole queue.
    """

    __slots__ = ("active", "idle", "route", "waiting")

    def __init__(self, route: Route) -> None:
        self.route = route
        self.idle: list[Channel] = []
        self.active = 0
        # Who gives up is found at once, since all may give up at the same moment; and in a plain
        # dictionary the first one is looked for behind all that have gone.
        self.waiting: OrderedDict[Customer, int] = OrderedDict()


class Pool:
    """Gives connections to those who need them.

    :param maker: makes the connections.
    :param max_clients: connections in all.
    :param max_per_host: connections along one route; None is no limit.
    :param idle_timeout: seconds that a free connection is kept; with 0 none is.
    """

    __slots__ = (
        "_branches",
        "_homes",
        "_idle_timeout",
        "_kept",
        "_loop",
        "_maker",
        "_max_clients",
        "_max_per_host",
        "_open",
        "_place",
        "_tasks",
        "_waiting",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        maker: Maker,
        max_clients: int,
        max_per_host: int | None,
        idle_timeout: float,
    ) -> None:
        self._loop = loop
        self._maker = maker
        self._max_clients = max_clients
        self._max_per_host = max_clients if max_per_host is None else max_per_host
        self._idle_timeout = float(idle_timeout)
        self._branches: dict[Route, Branch] = {}
        self._homes: dict[Channel, Branch] = {}
        self._kept: dict[Channel, Branch] = {}
        self._open = 0
        self._place = 0
        self._waiting = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def open_count(self) -> int:
        """How many connections there are, or are being made."""
        return self._open

    @property
    def idle_count(self) -> int:
        """How many connections are kept free."""
        return len(self._kept)

    @property
    def active_count(self) -> int:
        """How many connections are in use or being made."""
        return self._open - len(self._kept)

    @property
    def waiting_count(self) -> int:
        """How many wait for a connection."""
        return self._waiting

    def acquire(self, customer: Customer, fresh: bool = False) -> None:
        """Get *customer* a connection, at once or later.

        :param fresh: none that was used before.
        """
        branch = self._branches.get(customer.route)
        if branch is None:
            branch = self._branches[customer.route] = Branch(customer.route)
        idle = branch.idle
        while idle and not fresh:
            connection = idle.pop()
            del self._kept[connection]
            if connection.is_fresh:
                branch.active += 1
                customer.connected(connection)
                return
            self._open -= 1
            self._homes.pop(connection, None)
            connection.abort()
        if self._has_room(branch):
            self._connect(branch, customer)
            return
        self._place += 1
        self._waiting += 1
        branch.waiting[customer] = self._place

    def released(self, connection: Channel) -> None:
        """*connection* is not used any more."""
        branch = self._homes.get(connection)
        if branch is None:
            return
        branch.active -= 1
        if connection.state is _OPEN and self._idle_timeout > 0:
            turn = self._next_branch() if self._waiting else None
            if turn is None:
                connection.expire_after(self._idle_timeout)
                branch.idle.append(connection)
                self._kept[connection] = branch
                return
            if turn is branch and connection.is_fresh:
                branch.active += 1
                self._next_customer(branch).connected(connection)
                return
        del self._homes[connection]
        self._open -= 1
        connection.close()
        self._serve()
        self._prune(branch)

    def lost(self, connection: Channel) -> None:
        """*connection* ended while it was free, or after it was given back."""
        branch = self._kept.pop(connection, None)
        if branch is None:
            return
        del self._homes[connection]
        branch.idle.remove(connection)
        self._open -= 1
        self._serve()
        self._prune(branch)

    def left(self, customer: Customer) -> None:
        """*customer* does not wait any more."""
        branch = self._branches[customer.route]
        del branch.waiting[customer]
        self._waiting -= 1
        self._prune(branch)

    def close(self) -> None:
        """End all connections; nobody may need one any more."""
        for task in list(self._tasks):
            task.cancel()
        for connection in list(self._homes):
            connection.abort()

    async def wait_closed(self) -> None:
        """After `close`: wait until the transports have let go of their sockets."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.sleep(0)  # transports that are aborted end in the next turn of the loop,
        await asyncio.sleep(0)  # those that encrypt one later

    # Room.

    def _has_room(self, branch: Branch) -> bool:
        """Whether one more connection may be made along *branch*; makes room if it can."""
        if branch.active + len(branch.idle) >= self._max_per_host:
            if not branch.idle:
                return False
            self._evict(branch.idle[0])
        elif self._open >= self._max_clients:
            if not self._kept:
                return False
            self._evict(next(iter(self._kept)))
        return True

    def _evict(self, connection: Channel) -> None:
        branch = self._kept.pop(connection)
        branch.idle.remove(connection)
        self._homes.pop(connection, None)
        self._open -= 1
        connection.close()
        self._prune(branch)

    def _serve(self) -> None:
        """Make connections for those who wait, while there is room."""
        while self._waiting:
            branch = self._next_branch()
            if branch is None or not self._has_room(branch):
                return
            self._connect(branch, self._next_customer(branch))

    def _next_branch(self) -> Branch | None:
        """Whose turn it is: the longest waiting, among those whose route has room."""
        ready = [
            branch
            for branch in self._branches.values()
            if branch.waiting and branch.active < self._max_per_host
        ]
        return min(ready, key=lambda branch: next(iter(branch.waiting.values())), default=None)

    def _next_customer(self, branch: Branch) -> Customer:
        self._waiting -= 1
        return branch.waiting.popitem(last=False)[0]

    def _prune(self, branch: Branch) -> None:
        if not branch.active and not branch.idle and not branch.waiting:
            self._branches.pop(branch.route, None)

    # Connecting.

    def _connect(self, branch: Branch, customer: Customer) -> None:
        branch.active += 1
        self._open += 1
        task = self._loop.create_task(self._make(branch, customer))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._made(done, branch, customer))
        customer.connecting(task)

    async def _make(self, branch: Branch, customer: Customer) -> None:
        connection = await self._maker.make(branch.route, self)
        self._homes[connection] = branch
        if customer.is_waiting and connection.is_open:
            customer.connected(connection)
        else:
            self.released(connection)

    def _made(self, task: asyncio.Task[None], branch: Branch, customer: Customer) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is None:
            return
        branch.active -= 1
        self._open -= 1
        self._serve()
        self._prune(branch)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            customer.failed(error)
