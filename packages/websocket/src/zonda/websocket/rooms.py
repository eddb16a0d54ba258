"""Rooms: who is in one gets what is said there, in whichever process."""

from __future__ import annotations

from collections.abc import Awaitable

from zonda.iostream import READY

from .broadcast import Member, broadcast, prepare
from .broadcaster import Broadcaster, LocalBroadcaster
from .handler import WebSocketHandler
from .outgoing import Message


class Rooms:
    """The rooms of one process, joined with those of the others by a `Broadcaster`.

    >>> rooms = Rooms()
    >>> class Chat(WebSocketHandler):
    ...     def open(self) -> None:
    ...         rooms.join("lobby", self)
    ...     def on_message(self, message: str | bytes) -> None:
    ...         rooms.publish("lobby", message)

    A member leaves its rooms when its websocket ends.  Messages of one publisher arrive in order.

    :param broadcaster: carries messages to other processes; without, there are none.
    """

    def __init__(self, broadcaster: Broadcaster | None = None) -> None:
        self._broadcaster = broadcaster if broadcaster is not None else LocalBroadcaster()
        self._broadcaster.deliver_to(self._deliver)
        self._members: dict[str, set[Member]] = {}

    def join(self, room: str, member: WebSocketHandler) -> Awaitable[None]:
        """Let *member* hear what is said in *room*; it may be in several.

        :return: awaiting it waits until messages of other processes arrive here too.
        """
        connection = member.ws_connection
        if connection is None:
            return READY
        members = self._members.get(room)
        if members is None:
            members = self._members[room] = set()
        if member not in members:
            members.add(member)
            connection.add_end_callback(lambda: self._forget(room, member))
        return self._broadcaster.subscribe(room) if len(members) == 1 else READY

    def leave(self, room: str, member: WebSocketHandler) -> Awaitable[None]:
        """Let *member* hear no more of *room*; one that is not there is ignored."""
        members = self._members.get(room)
        if members is None or member not in members:
            return READY
        members.discard(member)
        if members:
            return READY
        del self._members[room]
        return self._broadcaster.unsubscribe(room)

    def publish(self, room: str, message: Message, binary: bool = False) -> Awaitable[None]:
        """Send a message to everybody in *room*, in all processes.

        :param message: as of `WebSocketHandler.write_message`.
        :return: awaiting it waits until the broadcaster has taken the message.
        :raises BroadcasterError: the broadcaster cannot take more.
        :raises ValueError: bytes that are sent as text are not UTF-8.
        """
        prepared = prepare(message, binary)
        text = prepared.payload if prepared.binary else prepared.payload.decode()
        return self._broadcaster.publish(room, text)

    def members(self, room: str) -> frozenset[Member]:
        """Who is in *room* in this process."""
        return frozenset(self._members.get(room, ()))

    async def close(self) -> None:
        """End the broadcaster."""
        await self._broadcaster.close()

    def _deliver(self, room: str, message: str | bytes) -> None:
        members = self._members.get(room)
        if members:
            broadcast(members, message, binary=isinstance(message, bytes))

    def _forget(self, room: str, member: WebSocketHandler) -> None:
        self.leave(room, member)
