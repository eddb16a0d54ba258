"""Masking: all ways agree with the definition, and keys do not repeat."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.at_once import at_once
from tests.websocket.frames import xor
from zonda.websocket.masking import KEYS, KeySource, mask, mask_portably

KEY = b"\x12\x9a\xfe\x01"


@pytest.mark.parametrize("apply", [mask, mask_portably], ids=["chosen", "portable"])
class TestMask:
    @pytest.mark.parametrize("size", [*range(71), 125, 126, 511, 512, 513, 514, 515, 516, 70_001])
    def test_it_is_the_key_repeated(self, apply: object, size: int) -> None:
        assert callable(apply)
        data = os.urandom(size)
        assert apply(data, KEY) == xor(data, KEY)
        assert apply(apply(data, KEY), KEY) == data

    @pytest.mark.parametrize("offset", range(9))
    def test_every_alignment_of_the_data_gives_the_same(self, apply: object, offset: int) -> None:
        assert callable(apply)
        block = os.urandom(700)
        for size in (0, 1, 7, 8, 9, 63, 64, 65, 600):
            data = block[offset : offset + size]
            assert apply(data, KEY) == xor(data, KEY)

    @pytest.mark.parametrize("key", [b"", b"1", b"123", b"12345"])
    @pytest.mark.parametrize("size", [0, 3, 1000])
    def test_a_key_of_another_size_is_refused(self, apply: object, key: bytes, size: int) -> None:
        assert callable(apply)
        with pytest.raises(ValueError, match="mask"):
            apply(bytes(size), key)


@pytest.mark.parametrize("installed", [True, False])
def test_the_c_function_of_the_extra_is_taken_where_it_is_installed(installed: bool) -> None:
    program = (
        "import sys\n"
        f"if not {installed}: sys.modules['websockets.speedups'] = None\n"
        "from zonda.websocket import masking\n"
        "print(masking.mask is not masking.mask_portably)"
    )
    env = {**os.environ, "ZONDA_PURE": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=env)
    assert done.stdout.strip() == str(installed), done.stderr


def test_keys_have_four_bytes_and_do_not_repeat() -> None:
    source = KeySource()
    keys = [source.new_key() for _ in range(3000)]
    assert {len(key) for key in keys} == {4}
    assert len(set(keys)) > 2990


# The deadline of a test is a thread's affair, and Python warns where there are threads.
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_does_not_use_the_keys_of_its_parent() -> None:
    KEYS.new_key()
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, KEYS.new_key())
        os._exit(0)
    os.waitpid(child, 0)
    found = os.read(read, 4)
    os.close(read)
    os.close(write)
    assert found != KEYS.new_key()


def test_threads_share_keys_and_none_gets_that_of_another() -> None:
    source = KeySource()

    def draw() -> list[bytes]:
        return [source.new_key() for _ in range(10_000)]

    keys = [key for drawn in at_once([draw] * 4) for key in drawn]
    assert {len(key) for key in keys} == {4}
    assert len(set(keys)) > 39_900
