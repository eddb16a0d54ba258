"""What was signed comes back; what was changed does not."""

from __future__ import annotations

import hmac
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.web import (
    RequestHandler,
    create_signed_value,
    decode_signed_value,
    get_signature_key_version,
)
from zonda.web.signing import DEFAULT_MAX_AGE_DAYS

SECRET = "It's a secret to everybody"
PAST, NOW, FUTURE = (lambda: 1300000000 - 86400 * 60.0), (lambda: 1300000000.0), (lambda: 13e9)

# Written by Tornado 6.6.1 at 1600000000: (secret, name, key version, version, signed, value).
FROM_TORNADO = [
    (
        "a long and random key",
        "session",
        None,
        2,
        b"2|1:0|10:1600000000|7:session|12:R3LDvMOfZQ==|"
        b"62e5bca444bd33cf62269fe82af5a516ea36af0f8f4f727a233b0c76efa02da0",
        "Gr\u00fc\u00dfe",
    ),
    (
        "a long and random key",
        "session",
        None,
        1,
        b"R3LDvMOfZQ==|1600000000|bb4db25e5d193fded9b28fad2558e1ca72b6320a",
        "Gr\u00fc\u00dfe",
    ),
    (
        {3: "third key"},
        "user",
        3,
        2,
        b"2|1:3|10:1600000000|4:user|4:YWRh|"
        b"ce1f9c3eb95c0c26b5f8e0daf8bcc4e9eb37d154c6ab1b208f3e6bfb56c05739",
        "ada",
    ),
]


@pytest.mark.parametrize(
    ("secret", "name", "key_version", "version", "signed", "value"), FROM_TORNADO
)
def test_both_servers_read_and_write_the_same(
    secret: str | dict[int, str],
    name: str,
    key_version: int | None,
    version: int,
    signed: bytes,
    value: str,
) -> None:
    def clock() -> float:
        return 1600000000.0

    ours = create_signed_value(secret, name, value, version, clock, key_version)
    assert ours == signed
    assert decode_signed_value(secret, name, signed, clock=clock, min_version=1) == value.encode()


@given(st.text("abc_", min_size=1), st.binary(max_size=40))
def test_a_value_comes_back(name: str, value: bytes) -> None:
    for version in (1, 2):
        signed = create_signed_value(SECRET, name, value, version=version, clock=NOW)
        assert decode_signed_value(SECRET, name, signed, clock=NOW, min_version=1) == value


@given(st.integers(0, 200), st.integers(0, 7), st.sampled_from([1, 2]))
def test_any_flipped_bit_spoils_it(position: int, bit: int, version: int) -> None:
    signed = bytearray(create_signed_value(SECRET, "name", "value", version=version, clock=NOW))
    position %= len(signed)
    signed[position] ^= 1 << bit
    assert decode_signed_value(SECRET, "name", bytes(signed), clock=NOW, min_version=1) is None


@pytest.mark.parametrize("version", [1, 2])
def test_another_name_or_secret_spoils_it(version: int) -> None:
    signed = create_signed_value(SECRET, "foo", "bar", version=version, clock=NOW)
    assert decode_signed_value(SECRET, "food", signed, clock=NOW, min_version=1) is None
    assert decode_signed_value("other", "foo", signed, clock=NOW, min_version=1) is None


def test_characters_cannot_move_from_one_field_to_the_next() -> None:
    signed = create_signed_value(SECRET, "foo", "bar", clock=NOW).decode()
    shifted = signed.replace("3:foo|4:YmFy|", "4:fooY|3:mFy|")
    assert shifted != signed
    assert decode_signed_value(SECRET, "fooY", shifted, clock=NOW) is None
    old = create_signed_value(SECRET, "foo", "bar", version=1, clock=NOW).decode()
    value, rest = old.split("|", 1)
    assert (
        decode_signed_value(
            SECRET, "foo" + value[0], f"{value[1:]}|{rest}", clock=NOW, min_version=1
        )
        is None
    )


@pytest.mark.parametrize("version", [1, 2])
def test_signatures_are_compared_in_constant_time(
    version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WB-09: nothing else compares them, whether they are right or wrong."""
    signed = create_signed_value(SECRET, "a", "b", version=version, clock=NOW)
    signature = signed.rpartition(b"|")[2]
    seen: list[bytes] = []

    def compare(one: bytes, other: bytes) -> bool:
        seen.append(other)
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert decode_signed_value(SECRET, "a", signed, clock=NOW, min_version=1) is None
    assert seen == [signature]


def test_version_1_is_refused_unless_asked_for() -> None:
    signed = create_signed_value(SECRET, "a", "b", version=1, clock=NOW)
    assert decode_signed_value(SECRET, "a", signed, clock=NOW) is None
    assert decode_signed_value(SECRET, "a", signed, clock=NOW, min_version=1) == b"b"


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("clock", [PAST, FUTURE])
def test_too_old_and_from_the_future(version: int, clock: object) -> None:
    assert callable(clock)
    signed = create_signed_value(SECRET, "a", "b", version=version, clock=clock)
    assert decode_signed_value(SECRET, "a", signed, clock=NOW, min_version=1) is None


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "2|",
        "2|1:0",
        "2|x:0|",
        "2|1:0|10:1300000000|3:key|8:dmFsdWU=|",
        "||",
        "a|b|c",
        "2" * 9,
        "2|99999999:0|",
        "2|1:0|1:x|1:a|1:b|sig",
        "a|0300|c",
        "x" * 100_000,
        b"\xff",
        b"2|\xff",
        None,
    ],
)
def test_garbage_is_nothing(garbage: str | bytes | None) -> None:
    assert decode_signed_value(SECRET, "a", garbage, min_version=1) is None
    if garbage is not None:
        assert get_signature_key_version(garbage) in (None, 0)


def test_keys_rotate() -> None:
    secrets = {0: "old", 1: "new"}
    signed = create_signed_value(secrets, "a", "b", clock=NOW, key_version=1)
    assert get_signature_key_version(signed) == 1
    assert decode_signed_value(secrets, "a", signed, clock=NOW) == b"b"
    assert decode_signed_value({0: "old"}, "a", signed, clock=NOW) is None
    assert decode_signed_value({1: "other"}, "a", signed, clock=NOW) is None
    old = create_signed_value("old", "a", "b", version=1, clock=NOW)
    assert decode_signed_value(secrets, "a", old, clock=NOW, min_version=1) is None


@pytest.mark.parametrize(
    ("secret", "key_version", "version"), [({0: "a"}, None, 2), ({0: "a"}, 5, 2), ("a", None, 3)]
)
def test_wrong_use_is_an_error(
    secret: str | dict[int, str], key_version: int | None, version: int
) -> None:
    with pytest.raises(ValueError, match="version"):
        create_signed_value(secret, "a", "b", version, key_version=key_version)


def test_an_unknown_minimum_is_an_error() -> None:
    with pytest.raises(ValueError, match="min_version"):
        decode_signed_value(SECRET, "a", "2|x", min_version=3)


def test_a_cookie_is_valid_as_long_as_any_signed_value() -> None:
    """The module is imported with the first signed cookie, so the number stands twice."""
    parameters = inspect.signature(RequestHandler.get_signed_cookie).parameters
    assert parameters["max_age_days"].default == DEFAULT_MAX_AGE_DAYS
