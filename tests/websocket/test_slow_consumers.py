"""The queue of a peer that does not read."""

from __future__ import annotations

from zonda.websocket.slow_consumers import SendQueue, Waiting


def message(text: str) -> Waiting:
    return Waiting(text, False, len(text))


def test_messages_are_taken_in_order_and_counted() -> None:
    queue = SendQueue(10)
    assert queue.add(message("1234"))
    assert queue.add(message("567890"))
    assert (len(queue), queue.size) == (2, 10)
    assert [queue.take().message, queue.take().message] == ["1234", "567890"]
    assert (len(queue), queue.size) == (0, 0)


def test_what_does_not_fit_is_refused_unless_it_is_alone() -> None:
    queue = SendQueue(10)
    assert queue.add(message("x" * 20))
    assert not queue.add(message("x"))
    assert len(queue) == 1


def test_the_oldest_make_room_if_they_may() -> None:
    queue = SendQueue(10)
    for text in ("1234", "5678", "90", "xyz"):
        assert queue.add(message(text), drop=True)
    assert [queue.take().message for _ in range(len(queue))] == ["5678", "90", "xyz"]


def test_it_can_be_emptied() -> None:
    queue = SendQueue(10)
    queue.add(message("1234"))
    queue.clear()
    assert (len(queue), queue.size) == (0, 0)
