"""Content codings: bounded, strict about the end, the same however the bytes are cut."""

from __future__ import annotations

import gzip
import sys
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import FACTOR, LINEAR, growth
from zonda.http.content_coding import (
    MAX_MEMBERS,
    PIECE_SIZE,
    Decompressor,
    available_codings,
    decompress,
    make_compressor,
)
from zonda.http.errors import BodyTooLargeError, ContentCodingError, UnsupportedCodingError

CODINGS = ["gzip", "deflate", "br", "zstd"]
TEXT = b"".join([b"line %d of a text that can be compressed\n" % n for n in range(5000)])
LARGE = 1 << 30


def compress(data: bytes, coding: str) -> bytes:
    compressor = make_compressor(coding)
    return compressor.compress(data) + compressor.finish()


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


def expand(data: bytes, coding: str, size: int, max_size: int = LARGE) -> bytes:
    """Decompress *data* in pieces of *size* bytes."""
    decompressor = Decompressor(coding, max_size=max_size)
    pieces: list[bytes] = []
    for start in range(0, len(data), size):
        pieces += decompressor.decompress(data[start : start + size])
    decompressor.finish()
    assert all(0 < len(piece) <= 2 * PIECE_SIZE for piece in pieces)
    return b"".join(pieces)


def test_all_codings_are_installed_for_the_tests() -> None:
    assert sorted(available_codings()) == sorted(CODINGS)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_what_is_compressed_is_decompressed(coding: str, size: int) -> None:
    assert expand(compress(TEXT, coding), coding, size) == TEXT


@pytest.mark.parametrize("coding", CODINGS)
def test_the_shortest_body(coding: str) -> None:
    assert decompress(compress(b"", coding), coding, max_size=0) == b""


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_without_any_byte_is_complete(coding: str) -> None:
    assert decompress(b"", coding, max_size=0) == b""


@pytest.mark.parametrize("coding", CODINGS)
def test_levels(coding: str) -> None:
    for level in (1, 5, 9):
        compressor = make_compressor(coding, level)
        data = compressor.compress(TEXT) + compressor.finish()
        assert len(data) < len(TEXT) / 3
        assert decompress(data, coding, max_size=LARGE) == TEXT


@pytest.mark.parametrize("coding", CODINGS)
def test_what_is_flushed_can_be_read_at_once(coding: str) -> None:
    compressor = make_compressor(coding)
    decompressor = Decompressor(coding, max_size=LARGE)
    for event in (b"first", b"second", b"third"):
        data = compressor.compress(event) + compressor.flush()
        assert b"".join(decompressor.decompress(data)) == event
    assert b"".join(decompressor.decompress(compressor.finish())) == b""
    decompressor.finish()


def test_gzip_is_that_of_the_standard_library() -> None:
    assert gzip.decompress(compress(TEXT, "gzip")) == TEXT
    assert decompress(gzip.compress(TEXT), "x-gzip", max_size=LARGE) == TEXT
    assert decompress(compress(TEXT, "x-gzip"), "GZIP", max_size=LARGE) == TEXT


@pytest.mark.parametrize("size", [1, 2, 1 << 20])
@pytest.mark.parametrize("wrap", [zlib.compress, raw_deflate])
def test_deflate_with_and_without_a_wrapper(wrap: Callable[[bytes], bytes], size: int) -> None:
    assert expand(wrap(TEXT), "deflate", size) == TEXT


@pytest.mark.parametrize("header", ["", "identity", " Identity , "])
def test_no_coding(header: str) -> None:
    assert decompress(b"abc", header, max_size=1) == b"abc"


@pytest.mark.parametrize("header", ["gzip, br", "deflate , zstd,gzip", "br, identity, br"])
def test_codings_in_their_order(header: str) -> None:
    data = TEXT
    for coding in header.replace(" ", "").split(","):
        data = data if coding == "identity" else compress(data, coding)
    assert expand(data, header, 100) == TEXT
    with pytest.raises(BodyTooLargeError):
        expand(data, header, 100, len(TEXT) - 1)


@pytest.mark.parametrize("header", ["compress", "gzip;q=1", "x", "gzip, aes128gcm"])
def test_unknown_codings(header: str) -> None:
    with pytest.raises(
        UnsupportedCodingError, match=r"unknown content coding .* known are"
    ) as caught:
        Decompressor(header, max_size=1)
    assert caught.value.status == 415


def test_unknown_coding_for_a_compressor() -> None:
    with pytest.raises(UnsupportedCodingError, match="unknown content coding 'compress'"):
        make_compressor("compress")


def test_too_many_codings() -> None:
    with pytest.raises(UnsupportedCodingError, match="more than 3"):
        Decompressor("gzip, gzip, gzip, gzip", max_size=1)


@pytest.mark.parametrize(
    ("coding", "module", "extra"),
    [("br", "brotli", "brotli"), ("zstd", "backports.zstd", "zstd")],
)
def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, coding: str, module: str, extra: str
) -> None:
    if sys.version_info >= (3, 14) and coding == "zstd":
        module = "compression.zstd"
    monkeypatch.setitem(sys.modules, module, None)
    for use in (lambda: Decompressor(coding, max_size=1), lambda: make_compressor(coding)):
        with pytest.raises(UnsupportedCodingError, match=rf"pip install 'zonda-http\[{extra}\]'"):
            use()


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("cut", [1, 10, 0.5, -1])
def test_a_body_that_is_cut_off(coding: str, cut: float) -> None:
    data = compress(TEXT, coding)
    short = data[: int(len(data) * cut) if cut == 0.5 else int(cut)]
    with pytest.raises(ContentCodingError, match="cut off") as caught:
        decompress(short, coding, max_size=LARGE)
    assert caught.value.status == 400


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("garbage", [b"x", b"\x00", b"garbage behind the end" * 1000])
@pytest.mark.parametrize("size", [1, 50, 1 << 20])
def test_something_behind_the_end(coding: str, garbage: bytes, size: int) -> None:
    data = compress(b"hello", coding) + garbage
    with pytest.raises(ContentCodingError, match=r"damaged|follows the end|cut off"):
        expand(data, coding, size)


@pytest.mark.parametrize("coding", CODINGS)
def test_damaged_bodies(coding: str) -> None:
    data = bytearray(compress(TEXT, coding))
    with pytest.raises(ContentCodingError):
        decompress(b"this is not compressed at all", coding, max_size=LARGE)
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    with pytest.raises(ContentCodingError):
        decompress(bytes(data), coding, max_size=LARGE)


def test_a_wrong_checksum() -> None:
    data = bytearray(gzip.compress(TEXT))
    data[-6] ^= 1
    with pytest.raises(ContentCodingError, match=r"damaged: .*incorrect data check"):
        decompress(bytes(data), "gzip", max_size=LARGE)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@pytest.mark.parametrize("size", [1, 30, 1 << 20])
def test_members_are_joined(coding: str, size: int) -> None:
    data = b"".join([compress(b"member %d " % n, coding) for n in range(100)])
    assert expand(data, coding, size) == b"".join([b"member %d " % n for n in range(100)])


@pytest.mark.parametrize("coding", ["deflate", "br"])
def test_only_gzip_and_zstd_have_members(coding: str) -> None:
    with pytest.raises(ContentCodingError):
        decompress(compress(b"a", coding) * 2, coding, max_size=LARGE)


def test_the_number_of_members_is_bounded() -> None:
    empty = gzip.compress(b"")
    assert decompress(empty * MAX_MEMBERS, "gzip", max_size=0) == b""
    with pytest.raises(ContentCodingError, match=f"more than {MAX_MEMBERS} parts"):
        decompress(empty * (MAX_MEMBERS + 1), "gzip", max_size=0)


@pytest.mark.parametrize("coding", CODINGS)
def test_the_limit_is_exact(coding: str) -> None:
    data = compress(TEXT, coding)
    assert decompress(data, coding, max_size=len(TEXT)) == TEXT
    for size in (100, 1 << 20):
        with pytest.raises(BodyTooLargeError, match=f"more than {len(TEXT) - 1} bytes") as caught:
            expand(data, coding, size, len(TEXT) - 1)
        assert caught.value.status == 413


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_costs_little_memory(coding: str) -> None:
    compressor = make_compressor(coding)
    bomb = b"".join([compressor.compress(bytes(1 << 20)) for _ in range(12)]) + compressor.finish()
    decompressor = Decompressor(coding, max_size=8 << 20)
    total = 0
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLargeError):
            for piece in decompressor.decompress(bomb):
                total += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total <= 8 << 20
    assert peak < 16 * PIECE_SIZE


def test_a_bomb_within_a_bomb() -> None:
    data = compress(compress(bytes(64 << 20), "gzip"), "gzip")
    with pytest.raises(BodyTooLargeError):
        decompress(data, "gzip, gzip", max_size=1 << 20)


def test_zstd_with_a_window_beyond_rfc_9659() -> None:
    zstd = pytest.importorskip("backports.zstd")
    options = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.compression_level: 1,
    }
    compressor = zstd.ZstdCompressor(options=options)
    data = compressor.compress(TEXT) + compressor.flush()
    with pytest.raises(ContentCodingError, match="damaged"):
        decompress(data, "zstd", max_size=LARGE)


@given(st.sampled_from(CODINGS), st.binary(max_size=2000), st.lists(st.integers(1, 100)))
def test_pieces_make_no_difference(coding: str, content: bytes, cuts: list[int]) -> None:
    data = compress(content, coding)
    decompressor = Decompressor(coding, max_size=len(content))
    result = b""
    for size in cuts:
        result += b"".join(decompressor.decompress(data[:size]))
        data = data[size:]
    result += b"".join(decompressor.decompress(data))
    decompressor.finish()
    assert result == content


@given(st.sampled_from(CODINGS), st.binary(), st.binary())
def test_any_bytes_are_decompressed_or_refused(coding: str, good: bytes, bad: bytes) -> None:
    for data in (bad, compress(good, coding) + bad, compress(good, coding)[: len(bad)] + bad):
        try:
            result = decompress(data, coding, max_size=10_000)
        except (ContentCodingError, BodyTooLargeError):
            continue
        assert len(result) <= 10_000


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_many_members_in_one_call_are_linear(coding: str) -> None:
    member = compress(b"", coding)

    def run(size: int) -> Callable[[], object]:
        data = member * min(size, MAX_MEMBERS)
        return lambda: decompress(data, coding, max_size=0)

    assert growth(run, MAX_MEMBERS // FACTOR) < LINEAR
