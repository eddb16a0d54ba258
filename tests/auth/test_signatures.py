"""What a browser keeps cannot be changed, and is good under one name only."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.auth import signatures
from zonda.auth.signatures import MAX_SIGNED_SIZE, sign, signing_keys, verify

SETTINGS = {"cookie_secret": "secret"}
KEYS = signing_keys(SETTINGS)


@given(st.text(max_size=100))
def test_what_was_signed_comes_back(text: str) -> None:
    signed = sign(KEYS[0], "name", text)
    assert verify(KEYS, "name", signed) == text
    assert verify(KEYS, "nam", signed) is None
    assert verify(signing_keys({"cookie_secret": "other"}), "name", signed) is None


def test_no_character_can_be_changed() -> None:
    signed = sign(KEYS[0], "name", "text")
    for position, character in enumerate(signed):
        for other in {"A", "_", ".", "é"} - {character}:
            forged = signed[:position] + other + signed[position + 1 :]
            # The last character of base64 has bits that mean nothing: it is compared as text.
            assert verify(KEYS, "name", forged) is None
        assert verify(KEYS, "name", signed[:position]) is None


def test_name_and_text_cannot_be_shifted() -> None:
    signed = sign(KEYS[0], "name", "text")
    assert verify(KEYS, "name=" + signed[:2], signed[2:]) is None


@pytest.mark.parametrize("signed", ["", ".", "a", "a.b", "x" * MAX_SIGNED_SIZE + ".", "=.="])
def test_what_nobody_signed(signed: str) -> None:
    assert verify(KEYS, "name", signed) is None


def test_what_is_signed_and_no_text() -> None:
    for encoded in ("_w", "A"):
        signed = f"{encoded}.{signatures._signature(KEYS[0], 'name', encoded)}"
        assert verify(KEYS, "name", signed) is None


def test_keys_that_change() -> None:
    old = sign(signing_keys({"cookie_secret": "old"})[0], "name", "text")
    settings = {"cookie_secret": {1: "old", 2: "new"}, "key_version": 2}
    assert verify(signing_keys(settings), "name", old) == "text"
    new = sign(signing_keys(settings)[0], "name", "text")
    assert verify(signing_keys({"cookie_secret": b"new"}), "name", new) == "text"


def test_without_a_secret_there_is_one_of_the_process(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signatures, "_warned", set())
    with caplog.at_level(logging.WARNING):
        keys = signing_keys({})
        assert signing_keys({"cookie_secret": None}) == keys
    assert verify(keys, "name", sign(keys[0], "name", "text")) == "text"
    (message,) = caplog.messages
    assert "no cookie_secret" in message
