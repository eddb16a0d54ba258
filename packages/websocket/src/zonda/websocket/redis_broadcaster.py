"""Rooms over Redis: what one worker publishes, the members in all workers get.

Redis keeps nothing of what is published: a worker that is not connected misses what is said
meanwhile.  What this worker publishes waits for a server that is away, up to a limit; if the
connection breaks in the middle of sending, a few messages may be sent twice.

One task writes, so the messages of a process stay in order, one reads, and one keeps subscriptions
up to date.  All begin again, with growing delays, when the connection breaks.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from zonda.iostream import READY

from .back_off import BackOff
from .broadcaster import BroadcasterError, Deliver
from .errors import WebSocketError

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

log = logging.getLogger("zonda.general")

# Messages that may wait for a server that is away.
MAX_WAITING: Final = 10_000
# Messages that are sent in one exchange.
MAX_BATCH: Final = 500
# Seconds between attempts to connect: the first, and the longest.
FIRST_DELAY: Final = 0.1
LONGEST_DELAY: Final = 5.0
# Seconds to wait for the server's answer.
ANSWER_TIMEOUT: Final = 5.0
# Seconds without a message after which the server is asked whether it is there.
QUIET: Final = 20.0

_TEXT: Final = b"t"
_BINARY: Final = b"b"


class RedisBroadcaster:
    """A `Broadcaster` over a Redis server.

    It needs the extra ``redis``: ``pip install zonda-websocket[redis]``.  Nothing happens before
    the first call from a running event loop, so it may be made before workers are forked.

    :param url: such as ``redis://localhost:6379/0``.
    :param prefix: stands before the names of rooms, so that programs can share a server.
    :raises WebSocketError: the extra is not installed.
    """

    def __init__(self, url: str, prefix: str = "zonda:room:") -> None:
        self._redis = _import_redis()
        self._driver_info = _driver_info(self._redis)
        self._url = url
        self._prefix = prefix
        self._deliver: Deliver | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._outgoing: deque[tuple[str, bytes, asyncio.Future[None]]] = deque()
        self._something_to_send = asyncio.Event()
        # By room, what is done when the server has confirmed the subscription.
        self._rooms: dict[str, asyncio.Future[None]] = {}
        self._asked: set[str] = set()
        self._rooms_changed = asyncio.Event()

    def deliver_to(self, deliver: Deliver) -> None:
        """See `Broadcaster.deliver_to`."""
        self._deliver = deliver

    def publish(self, room: str, message: str | bytes) -> Awaitable[None]:
        """See `Broadcaster.publish`; done when the server has the message."""
        if len(self._outgoing) >= MAX_WAITING:
            raise BroadcasterError(f"{MAX_WAITING} messages wait for Redis already")
        self._start()
        data = _TEXT + message.encode() if isinstance(message, str) else _BINARY + message
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outgoing.append((self._prefix + room, data, done))
        self._something_to_send.set()
        return done

    def subscribe(self, room: str) -> Awaitable[None]:
        """See `Broadcaster.subscribe`; done when the server has confirmed it."""
        self._start()
        confirmed = self._rooms.get(room)
        if confirmed is None:
            confirmed = self._rooms[room] = asyncio.get_running_loop().create_future()
            self._rooms_changed.set()
        return asyncio.shield(confirmed)

    def unsubscribe(self, room: str) -> Awaitable[None]:
        """See `Broadcaster.unsubscribe`."""
        confirmed = self._rooms.pop(room, None)
        if confirmed is not None:
            confirmed.cancel()
            self._rooms_changed.set()
        return READY

    async def close(self) -> None:
        """See `Broadcaster.close`; what waits to be sent is given up."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _, _, done in self._outgoing:
            done.cancel()
        for confirmed in self._rooms.values():
            confirmed.cancel()
        self._outgoing.clear()
        self._rooms.clear()
        self._deliver = None

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [
                asyncio.ensure_future(self._again_and_again(work))
                for work in (self._write, self._read)
            ]

    async def _again_and_again(self, work: Callable[[Redis, BackOff], Awaitable[None]]) -> None:
        back_off = BackOff(FIRST_DELAY, LONGEST_DELAY)
        while True:
            try:
                async with self._connect() as client:
                    await work(client, back_off)
            except (self._redis.RedisError, OSError, TimeoutError) as error:
                log.warning("Redis at %s: %s", self._url.rpartition("@")[2], error)
            except Exception:
                log.exception("Redis at %s", self._url.rpartition("@")[2])
            await asyncio.sleep(back_off.next())

    def _connect(self) -> Redis:
        client: Redis = self._redis.asyncio.Redis.from_url(
            self._url,
            socket_connect_timeout=ANSWER_TIMEOUT,
            socket_timeout=ANSWER_TIMEOUT,
            retry=self._redis.asyncio.retry.Retry(self._redis.backoff.NoBackoff(), 0),
            single_connection_client=True,
            **self._driver_info,
        )
        return client

    async def _write(self, client: Redis, back_off: BackOff) -> None:
        outgoing = self._outgoing
        while True:
            if not outgoing:
                self._something_to_send.clear()
                await self._something_to_send.wait()
            size = min(len(outgoing), MAX_BATCH)
            async with client.pipeline(transaction=False) as pipeline:
                for index in range(size):
                    channel, data, _ = outgoing[index]
                    pipeline.publish(channel, data)
                await pipeline.execute()
            back_off.reset()
            for _ in range(size):
                done = outgoing.popleft()[2]
                if not done.done():
                    done.set_result(None)

    async def _read(self, client: Redis, back_off: BackOff) -> None:
        async with client.pubsub() as pubsub:
            # A channel that is always there: it makes the connection, and something to wait for.
            await pubsub.subscribe(self._prefix)
            self._asked = set()
            self._rooms_changed.set()
            subscribing = asyncio.ensure_future(self._keep_subscribed(pubsub))
            try:
                asked_for_life = False
                while True:
                    message = await pubsub.get_message(timeout=QUIET)
                    if subscribing.done():
                        subscribing.result()
                    if message is not None:
                        asked_for_life = False
                        back_off.reset()
                        self._received(message)
                    elif asked_for_life:
                        raise TimeoutError("the server does not answer")
                    else:
                        asked_for_life = True
                        await pubsub.ping()
            finally:
                subscribing.cancel()

    async def _keep_subscribed(self, pubsub: PubSub) -> None:
        while True:
            await self._rooms_changed.wait()
            self._rooms_changed.clear()
            wanted = set(self._rooms)
            new, old = wanted - self._asked, self._asked - wanted
            self._asked = wanted
            if new:
                await pubsub.subscribe(*[self._prefix + room for room in sorted(new)])
            if old:
                await pubsub.unsubscribe(*[self._prefix + room for room in sorted(old)])

    def _received(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind not in ("message", "subscribe"):
            return
        room = message["channel"].decode().removeprefix(self._prefix)
        if kind == "subscribe":
            confirmed = self._rooms.get(room)
            if confirmed is not None and not confirmed.done():
                confirmed.set_result(None)
            return
        data: bytes = message["data"]
        if self._deliver is not None and room in self._rooms:
            try:
                self._deliver(room, data[1:].decode() if data[:1] == _TEXT else data[1:])
            except Exception:
                log.exception("Uncaught exception while delivering to room %r", room)


def _driver_info(redis: Any) -> dict[str, Any]:
    """The driver's name for the server, which newer drivers else read from a file each time."""
    kind = getattr(redis, "DriverInfo", None)
    return {} if kind is None else {"driver_info": kind(lib_version=redis.__version__)}


def _import_redis() -> Any:
    try:
        import redis.asyncio.retry
        import redis.backoff
    except ImportError:
        raise WebSocketError(
            "RedisBroadcaster needs the extra: pip install zonda-websocket[redis]"
        ) from None
    return redis
