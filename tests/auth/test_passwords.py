"""A password is recognised, and nothing else is."""

from __future__ import annotations

import base64
import hashlib

import pytest

from zonda.auth import (
    MAX_PASSWORD_SIZE,
    PasswordError,
    check_password,
    hash_password,
    needs_rehash,
    passwords,
)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "LOG_COST", 4)


@pytest.mark.parametrize("password", ["a", "correct horse", "Grüße 🐎", "x" * MAX_PASSWORD_SIZE])
async def test_a_password_is_recognised(password: str) -> None:
    stored = await hash_password(password)
    assert await check_password(password, stored)
    assert not await check_password(password + "x", stored)
    assert not await check_password(password[:-1], stored)
    assert stored != await hash_password(password)
    assert not needs_rehash(stored)


async def test_the_hash_is_scrypt_as_the_standard_library_computes_it() -> None:
    stored = await hash_password("password")
    _, name, parameters, salt, digest = stored.split("$")
    assert (name, parameters) == ("scrypt", "ln=4,r=8,p=1")
    raw = base64.b64decode(salt + "==")
    expected = hashlib.scrypt(b"password", salt=raw, n=16, r=8, p=1, dklen=32)
    assert base64.b64decode(digest + "=") == expected


@pytest.mark.parametrize("password", ["", "x" * (MAX_PASSWORD_SIZE + 1)])
async def test_texts_that_are_no_passwords(password: str) -> None:
    with pytest.raises(PasswordError):
        await hash_password(password)
    assert not await check_password(password, await hash_password("x" * MAX_PASSWORD_SIZE))


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "plain",
        "$scrypt$ln=4,r=8,p=1$$",
        "$scrypt$ln=99,r=8,p=1$AAAA$" + "A" * 43,
        "$scrypt$ln=4,r=99,p=1$AAAA$" + "A" * 43,
        "$scrypt$ln=20,r=32,p=1$AAAA$" + "A" * 43,
        "$scrypt$ln=4,r=8,p=0$AAAA$" + "A" * 43,
        "$scrypt$ln=4,r=8,p=1$AAAA$AA",
        "$scrypt$ln=4,r=8,p=1$A$" + "A" * 43,
    ],
)
async def test_what_is_no_hash_is_never_the_right_one(stored: str | None) -> None:
    assert not await check_password("", stored)
    assert not await check_password("password", stored)
    assert needs_rehash(stored or "")


async def test_cheaper_hashes_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = await hash_password("password")
    monkeypatch.setattr(passwords, "LOG_COST", 5)
    assert needs_rehash(stored)
    assert await check_password("password", stored)


async def test_letters_are_the_same_however_they_are_composed() -> None:
    stored = await hash_password("Gru\u0308\u00dfe")
    assert await check_password("Gr\u00fc\u00dfe", stored)
    assert not await check_password("Gru\u00dfe", stored)


async def test_what_is_no_text_is_no_password_either() -> None:
    assert not await check_password("\udcff", await hash_password("a"))
