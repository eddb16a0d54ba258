"""Compression: what a peer makes of it, and what is shared."""

from __future__ import annotations

import threading

import pytest

from zonda.websocket.deflater import Deflater, DeflateSettings, deflate_alone
from zonda.websocket.inflater import Inflater

ROOM = 1 << 20
SETTINGS = DeflateSettings(6, 15, 8)
MESSAGES = [b"x", b"hello hello hello", bytes(range(256)) * 300, b"hello hello hello"]


@pytest.mark.parametrize("bits", range(9, 16))
@pytest.mark.parametrize("level", [-1, 0, 1, 9])
@pytest.mark.parametrize("takeover", [True, False])
def test_a_peer_reads_it(bits: int, level: int, takeover: bool) -> None:
    deflater = Deflater(DeflateSettings(level, bits, 5), takeover=takeover)
    inflater = Inflater(bits, takeover=takeover)
    assert [inflater.whole(deflater.deflate(m), ROOM) for m in MESSAGES] == MESSAGES


def test_takeover_makes_what_repeats_smaller() -> None:
    message = b'{"kind": "greeting", "body": "good morning"}'
    deflater = Deflater(SETTINGS, takeover=True)
    first, second = deflater.deflate(message), deflater.deflate(message)
    assert len(second) < len(first) / 3


def test_messages_of_the_shared_compressor_stand_for_themselves() -> None:
    message = b"the same again and again"
    alone = deflate_alone(message, SETTINGS)
    assert Deflater(SETTINGS, takeover=False).deflate(message) == alone
    assert Inflater(15, takeover=False).whole(alone, ROOM) == message


def test_a_shared_message_between_own_ones_does_not_confuse_the_peer() -> None:
    deflater = Deflater(SETTINGS, takeover=True)
    inflater = Inflater(15, takeover=True)
    for own in (b"abcdefgh" * 10, b"abcdefgh" * 20, b"12345678" * 30):
        assert inflater.whole(deflater.deflate(own), ROOM) == own
        shared = own + b"shared"
        assert inflater.whole(deflate_alone(shared, SETTINGS), ROOM) == shared
        deflater.forget()


def test_threads_do_not_disturb_each_other() -> None:
    broken: list[bytes] = []

    def work(seed: int) -> None:
        for number in range(200):
            message = bytes([seed]) * number + b"%d" % number
            payload = deflate_alone(message, SETTINGS)
            if Inflater(15, takeover=False).whole(payload, ROOM) != message:
                broken.append(message)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken
